/** Plans whose statements a reader can check: one file per case, from an observed state and a declaration to the masked SQL. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadGrammar } from "../../src/declare/policy";
import { planAccess } from "../../src/diff/access";
import { newDatabase } from "../../src/diff/database";
import type { ObservedAccess, ObservedDatabase } from "../../src/model/access";
import type { Plan } from "../../src/model/plan";
import { Secret } from "../../src/model/secret";
import { expectGolden } from "../support/golden";
import { desiredOf, fixedSalt, type Arguments } from "../support/postgres-host";

beforeAll(loadGrammar);

const CASES = join(__dirname, "../cases/access");

interface Case {
  readonly observed: Partial<ObservedAccess> & { readonly databases?: readonly Partial<ObservedDatabase>[] };
  readonly declared: Arguments;
}

function read(name: string): { readonly observed: ObservedAccess; readonly plan: Plan } {
  const { observed, declared } = JSON.parse(readFileSync(join(CASES, `${name}.json`), "utf8"), (key, value: unknown) => (key === "verifier" && value !== null ? new Secret(value) : value)) as Case;
  const desired = desiredOf(declared);
  const databases = (observed.databases ?? []).map((database, index) => ({ ...newDatabase(desired.databases[index] as (typeof desired.databases)[number], "postgres"), ...database }));
  const state: ObservedAccess = { instance: desired.instance, bootstrap: "postgres", roleNames: ["postgres", ...(observed.roles ?? []).map((role) => role.name)], ...observed, databases };
  return { observed: state, plan: planAccess(state, desired, fixedSalt) };
}

/** Changes first, then each step with the statements psql gets. */
function show({ changes, prepare, finish }: Plan): string {
  const statements = (masked: string): string => masked.replace(/^env -C .*PGDATABASE=('[^']*'|\S+) .*$/gm, "\\connect $1").replace(/\nPGRAMPART_INPUT_*$/, "");
  return [
    ...changes.map(({ kind, path, before, after, hazards }) => `-- ${kind} ${path}: ${JSON.stringify(before ?? null)} -> ${JSON.stringify(after ?? null)}${hazards.length === 0 ? "" : ` [${hazards.join(", ")}]`}`),
    ...[...prepare, ...finish].flatMap((step) => ["", `-- ${step.title}`, statements(step.script.masked)]),
    "",
  ].join("\n");
}

it.each(readdirSync(CASES).map((file) => file.replace(".json", "")))("%s", (name) => {
  expectGolden(`access/${name}.sql`, show(read(name).plan));
});

it("tries every transaction first where there are several, and not where there is one", () => {
  expect(read("first-light").plan.validate.map((step) => step.title)).toEqual(["trying roles and memberships", "trying privileges in \"shop\""]);
  expect(read("first-light").plan.validate.every((step) => step.script.masked.trimEnd().endsWith("ROLLBACK;\nPGRAMPART_INPUT"))).toBe(true);
  expect(read("passed-on").plan.validate).toEqual([]);
});

it("says what is missing before anything else, with its path", () => {
  const { plan } = read("missing");
  expect(plan.prepare[0]?.script.masked).toContain("databases.shop.grants[0].on: table app.nowhere does not exist");
  expect(plan.changes.map((change) => change.path)).toContain("databases.shop.grants[0].on");
});
