/**
 * 1,000 roles and 10,000 grants on a real server: inspect, diff, apply, and a second run that must be empty. Reports the
 * time of each stage and the number of statements. Alone: PGRAMPART_POSTGRES=major:port:socketDirectory.
 */
import { loadGrammar } from "../src/declare/policy";
import { planAccess, retireAccess } from "../src/diff/access";
import type { LabInventory } from "../src/lab/inventory";
import { DEFAULT_INSTANCE } from "../src/model/instance";
import type { Plan } from "../src/model/plan";
import { sh } from "../src/render/shell";
import { accessHosts } from "../test/support/access-hosts";
import { desiredOf, fixedSalt, PostgresHost, type Arguments } from "../test/support/postgres-host";

const ROLES = 1000;
const GROUPS = 100;
const TABLES = 100;

/** Milliseconds of each stage, but for the two counts. */
export interface AccessSample {
  readonly declare: number;
  readonly inspect: number;
  readonly diff: number;
  readonly statements: number;
  readonly apply: number;
  readonly inspectAgain: number;
  readonly diffAgain: number;
  /** Zero, or the measurement is void. */
  readonly changesLeft: number;
}

export interface AccessMeasurement {
  readonly roles: number;
  readonly grants: number;
  readonly samples: readonly AccessSample[];
}

/** On the last host of the lab, where PostgreSQL is installed first if it is not there. */
export async function measureAccess(what: { readonly inventory: LabInventory; readonly runs: number; readonly log: (line: string) => void }): Promise<AccessMeasurement> {
  await loadGrammar();
  const { sshConfig, hosts } = what.inventory;
  const host = new PostgresHost({ major: 17, ...DEFAULT_INSTANCE }, ["ssh", "-F", sshConfig, hosts.at(-1)?.name ?? "", "sudo -n sh"]);
  what.log("access: installing PostgreSQL where it is missing");
  host.run(sh`[ -d /etc/postgresql/17/main ] || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 >/dev/null`);
  const samples = Array.from({ length: what.runs }, (_, index) => {
    what.log(`access: run ${index + 1} of ${what.runs}`);
    return measure(host);
  });
  return { roles: ROLES, grants: GROUPS * TABLES, samples };
}

/** 100 groups with one grant on each of 100 tables; 900 members with one membership each, 100 of them with a password. */
function declaration(host: PostgresHost): Arguments {
  const name = (word: string, index: number): string => `${word}_${String(index).padStart(3, "0")}`;
  const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
  const privileges = [["SELECT"], ["SELECT", "INSERT"], ["SELECT", "UPDATE", "DELETE"]] as const;
  return {
    instance: host.instance, retire: "drop",
    roles: [
      ...range(GROUPS).map((index) => ({ name: name("group", index) })),
      ...range(ROLES - GROUPS).map((index) => ({ name: name("member", index), login: true, ...(index < 100 ? { password: `p${index}` } : {}) })),
    ],
    memberships: range(ROLES - GROUPS).map((index) => ({ role: name("group", index % GROUPS), member: name("member", index) })),
    databases: { bench: { grants: range(GROUPS).flatMap((group) => range(TABLES).map((table) => ({
      on: { kind: "table" as const, schema: "public", name: `t_${table}` }, to: [name("group", group)], privileges: privileges[(group + table) % 3] ?? [],
    }))) } },
  };
}

function measure(host: PostgresHost): AccessSample {
  const args = declaration(host);
  host.sql("postgres", "DROP DATABASE IF EXISTS bench WITH (FORCE)");
  host.sql("postgres", "CREATE DATABASE bench");
  host.sql("bench", Array.from({ length: TABLES }, (_, index) => `CREATE TABLE public.t_${index} (id int, owner text)`).join(";"));
  const desired = timed(() => desiredOf(args));
  const before = timed(() => host.inspect(desired.result));
  const plan = timed(() => planAccess(before.result, desired.result, fixedSalt));
  const applied = timed(() => host.carryOut(plan.result));
  const after = timed(() => host.inspect(desired.result));
  const second = timed(() => planAccess(after.result, desired.result, fixedSalt));
  host.carryOut(retireAccess(after.result, desired.result, fixedSalt));
  host.sql("postgres", "DROP DATABASE bench WITH (FORCE)");
  return {
    declare: desired.milliseconds, inspect: before.milliseconds, diff: plan.milliseconds, statements: countStatements(plan.result), apply: applied.milliseconds,
    inspectAgain: after.milliseconds, diffAgain: second.milliseconds, changesLeft: second.result.changes.length,
  };
}

function timed<T>(work: () => T): { readonly result: T; readonly milliseconds: number } {
  const start = performance.now();
  const result = work();
  return { result, milliseconds: Math.round(performance.now() - start) };
}

/** Each ends its line with a semicolon, or with psql's \gexec. */
function countStatements({ prepare, finish }: Plan): number {
  return [...prepare, ...finish].reduce((count, step) => count + step.script.masked.split("\n").filter((line) => /;$|\\gexec$/.test(line)).length, 0);
}

if (require.main === module) {
  void loadGrammar().then(() => accessHosts().forEach(([label, host]) => console.log(label, measure(host))));
}
