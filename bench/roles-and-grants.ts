/**
 * 1,000 roles and 10,000 grants on a real server, over a real connection: inspect, diff, apply, and a second run that
 * must find nothing to do. The stages are called one by one, as the provider calls them, so that each has its own time.
 */
import { applyPlan } from "../src/apply/execute";
import type { AccessArgs } from "../src/declare/access";
import { IssueCollector } from "../src/declare/issue";
import { postgresMajor } from "../src/lab/recipe";
import type { Plan } from "../src/model/plan";
import { accessKind } from "../src/provider/access";
import type { PropertyMap } from "../src/provider/kind";
import { sh } from "../src/render/shell";
import { SshTransport } from "../src/transport/ssh";
import { runAsRoot } from "./peers/raw";
import { connectionOf } from "./pgrampart/declaration";
import type { What } from "./unit-of-work";

export interface AccessResult {
  readonly roles: number;
  readonly memberships: number;
  readonly grants: number;
  readonly statements: number;
  /** Seconds, by stage, in order. */
  readonly stages: readonly (readonly [stage: string, seconds: number])[];
}

const GROUPS = 100;
const MEMBERS = 900;
const TABLES = 100;
const PASSWORDS = 100;
const DATABASE = "bench";

export async function measureRolesAndGrants({ inventory, log }: What): Promise<AccessResult> {
  const [host] = inventory.hosts;
  if (host === undefined) {
    throw new Error("the lab has no host");
  }
  const major = postgresMajor(inventory.suite);
  log(`installing PostgreSQL ${major} on ${host.name}`);
  await runAsRoot(inventory, host, prepareServer(major));
  const args: AccessArgs = { connection: connectionOf(inventory, host), instance: { major: major as 15 | 17 | 18 }, ...declaration() };
  const transport = new SshTransport(args.connection);
  const stages: [string, number][] = [];
  const stage = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    stages.push([name, (performance.now() - start) / 1000]);
    log(`${name}: ${stages.at(-1)?.[1].toFixed(2)} s`);
    return result;
  };
  try {
    await accessKind.ready?.();
    await transport.run("connecting", sh`:`);
    const desired = await stage("declare and resolve", () => {
      const issues = new IssueCollector();
      const declared = accessKind.declare(args as unknown as PropertyMap, issues);
      if (declared === undefined) {
        throw new Error(issues.issues.map((issue) => issue.path).join(", "));
      }
      return accessKind.resolve(declared);
    });
    const before = await stage("inspect", () => transport.observe(accessKind.probe(desired)));
    const plan = await stage("diff and render", () => accessKind.plan(before, desired));
    await stage("apply, tried first and rolled back", () => applyPlan(transport, plan));
    const after = await stage("inspect again", () => transport.observe(accessKind.probe(desired)));
    const left = await stage("diff again", () => accessKind.plan(after, desired));
    if (left.changes.length > 0) {
      throw new Error(`the second run would change ${left.changes.length} things`);
    }
    return { roles: GROUPS + MEMBERS, memberships: MEMBERS, grants: GROUPS * TABLES, statements: countStatements(plan), stages };
  } finally {
    await transport.close();
  }
}

/** Groups with a grant on every table; members with one membership each, some of them with a password. */
function declaration(): Pick<AccessArgs, "roles" | "memberships" | "databases"> {
  const group = (index: number): string => `group_${String(index).padStart(3, "0")}`;
  const member = (index: number): string => `member_${String(index).padStart(3, "0")}`;
  const rights = [["SELECT"], ["SELECT", "INSERT"], ["SELECT", "UPDATE", "DELETE"]] as const;
  return {
    roles: [
      ...range(GROUPS).map((index) => ({ name: group(index) })),
      ...range(MEMBERS).map((index) => ({ name: member(index), login: true, ...(index < PASSWORDS ? { password: `not secret ${index}` } : {}) })),
    ],
    memberships: range(MEMBERS).map((index) => ({ role: group(index % GROUPS), member: member(index) })),
    databases: {
      [DATABASE]: {
        grants: range(GROUPS).flatMap((one) => range(TABLES).map((table) => ({
          on: { kind: "table" as const, schema: "public", name: `t_${table}` }, to: [group(one)], privileges: [...(rights[(one + table) % rights.length] ?? [])],
        }))),
      },
    },
  };
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** Shell for root: a server with one database and its tables, as new. */
function prepareServer(major: number): string {
  const tables = range(TABLES).map((index) => `CREATE TABLE public.t_${index} (id int, owner text);`).join("\n");
  return `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get install -q -y --no-install-recommends postgresql-${major} >/dev/null
pg_dropcluster --stop ${major} main 2>/dev/null || :
pg_createcluster --start ${major} main >/dev/null
cd /
runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE DATABASE ${DATABASE}'
runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 ${DATABASE} <<'SQL'
${tables}
SQL
`;
}

/** What is sent to be done; the trial before it sends the same once more. */
function countStatements({ prepare, activate, finish }: Plan): number {
  return [...prepare, ...activate, ...finish].reduce((count, step) => count + step.script.masked.split("\n").filter((line) => /;$|\\gexec$/.test(line)).length, 0);
}
