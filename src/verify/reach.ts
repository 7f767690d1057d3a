/**
 * Proof by trying: real logins from where a client, or an attacker, would be. An attempt says what must happen and, when
 * it must fail, why; a refusal for another reason proves nothing and counts as a fault.
 */
import type { PlannedLogin } from "./attempts";
import type { Finding } from "./report";

/** Where attempts start from: a place that can run libpq's `psql` (a client network of the lab, a jump host). */
export interface Vantage {
  readonly name: string;
  run(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>;
}

export interface Attempt {
  /** Stable code of the finding: an id of the acceptance list or of the baseline. */
  readonly code: string;
  /** Completes the sentence "a login with …": "the right certificate from the right network". */
  readonly title: string;
  readonly from: Vantage;
  /** libpq connection parameters by keyword; each becomes part of a conninfo string, never of a shell command. */
  readonly parameters: Readonly<Record<string, string>>;
  /** libpq environment: never on the command line. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default - "select session_user" */
  readonly statement?: string;
  /** `admitted`, or the pattern of the one reason for which it must be refused. */
  readonly expected: "admitted" | RegExp;
  /** What the statement must print, when admitted. @default - anything */
  readonly answer?: string;
}

/** One `keyword='value'` text as libpq reads it (PostgreSQL manual, libpq-connect, "Keyword/Value Connection Strings"). */
export function conninfo(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([keyword, value]) => `${keyword}='${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`)
    .join(" ");
}

/** Seconds an attempt waits for an answer that a silent drop never gives. */
const CONNECT_TIMEOUT = 3;

export async function tryAttempt(attempt: Attempt): Promise<Finding> {
  const parameters = { connect_timeout: String(CONNECT_TIMEOUT), ...attempt.parameters };
  const result = await attempt.from.run(
    ["psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--command", attempt.statement ?? "select session_user", conninfo(parameters)],
    { PGSSLCERTMODE: "allow", ...attempt.environment },
  );
  const answer = result.stdout.trim();
  const reason = reasonOf(result.stderr, attempt.expected);
  const admitted = result.status === 0;
  const asExpected = attempt.expected === "admitted"
    ? admitted && (attempt.answer === undefined || attempt.answer === answer)
    : !admitted && attempt.expected.test(result.stderr);
  return {
    code: attempt.code,
    title: `${attempt.title}, from ${attempt.from.name}`,
    passed: asExpected,
    expected: attempt.expected === "admitted" ? "admitted" : `refused (${attempt.expected.source})`,
    observed: admitted ? `admitted${answer === "" ? "" : `: ${answer}`}` : `refused: ${reason}`,
  };
}

/** The line that tells why: the expected one where it is there, else the first; without what every attempt says. */
function reasonOf(stderr: string, expected: Attempt["expected"]): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const telling = lines.find((line) => expected !== "admitted" && expected.test(line)) ?? lines[0] ?? "";
  return telling.replace(/^psql: error: (connection to server .*? failed: )?/, "");
}

/** What is needed to carry out planned logins. */
export interface ReachTools {
  readonly vantages: ReadonlyMap<string, Vantage>;
  /** libpq's parameters that name the files of a login. */
  parameters(login: PlannedLogin): Promise<Readonly<Record<string, string>>>;
}

/**
 * All of them; findings in the order given. Logins of one role go one after the other, since it may have few
 * connections; those that get no answer hold none and go all at once.
 */
export async function tryLogins(logins: readonly PlannedLogin[], tools: ReachTools, onFinding: (finding: Finding) => void = () => undefined): Promise<Finding[]> {
  const lanes = new Map<string, Promise<unknown>>();
  return Promise.all(logins.map((login, index) => {
    const lane = login.isSilent ? `silent ${index}` : (login.parameters["user"] ?? "");
    const finding = (lanes.get(lane) ?? Promise.resolve()).then(() => tryLogin(login, tools));
    lanes.set(lane, finding);
    return finding.then((found) => {
      onFinding(found);
      return found;
    });
  }));
}

async function tryLogin(login: PlannedLogin, tools: ReachTools): Promise<Finding> {
  const from = tools.vantages.get(login.from) as Vantage;
  return tryAttempt({ ...login, from, parameters: { ...login.parameters, ...(await tools.parameters(login)) } });
}
