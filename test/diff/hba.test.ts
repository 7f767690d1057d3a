/** Changes at the properties that declare them, with what they endanger; plans that follow from them. */
import { declareHba } from "../../src/declare/hba";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { planHba, retireHba } from "../../src/diff/host-based-access";
import { digestHba, hbaFiles, spellEntry, spellIdentEntry } from "../../src/render/hba";
import type { HbaLine } from "../../src/model/hba";
import type { DesiredHba, ObservedHba } from "../../src/model/hba-state";
import { instancePaths } from "../../src/model/instance";
import { EMPTY_PLAN } from "../../src/model/plan";
import { reveal, Secret } from "../../src/model/secret";
import { resolveClosedHba, resolveHba } from "../../src/resolve/hba";

const APP = { databases: "app", users: "app_rw", address: "10.0.0.0/24" };
const ANN = { databases: "app", users: "ann", address: "10.0.1.0/24", method: "cert" };
const OPS = { databases: "all", users: "+ops", address: "10.0.2.0/24", options: { clientcert: "verify-full" } };

function desired(records: readonly unknown[], more: Record<string, unknown> = {}): DesiredHba {
  const issues = new IssueCollector();
  const declaration = declareHba({ instance: { major: 17 }, records, ...more }, { host: "db", hostKeys: ["ssh-ed25519 AAAA"] }, issues);
  if (declaration === undefined) {
    throw new Error(issues.issues.map(formatIssue).join("\n"));
  }
  return resolveHba(declaration);
}

/** What a host shows that was given `state`. */
function observed(state: DesiredHba): ObservedHba {
  const { hbaFile, identFile } = instancePaths(state.instance);
  return {
    instance: state.instance,
    files: hbaFiles(state).map(({ content, path, owner, group, mode }) => ({ path, owner, group, mode, sha256: digestHba(reveal(content)) })),
    records: state.records.map(({ entry }, index) => ({ line: index + 6, ...spellEntry(entry) })),
    identMappings: state.identMappings.map(({ entry }, index) => ({ line: index + 5, ...spellIdentEntry(entry) })),
    server: { hbaFile, identFile, isLoaded: true, faults: [] },
  };
}

const told = (before: DesiredHba, after: DesiredHba): readonly string[] =>
  planHba(observed(before), after).changes.map(({ path, kind, hazards }) => `${kind} ${path}: ${hazards.filter((hazard) => hazard !== "reload").join(" ")}`.trimEnd());

it("nothing differs from itself", () => {
  const state = desired([APP, ANN, { ...OPS, comment: "operators" }], { identMappings: [{ mapName: "m", systemUsername: "a", databaseUsername: "b" }] });
  expect(planHba(observed(state), state)).toBe(EMPTY_PLAN);
});

it.each<[string, readonly unknown[], readonly unknown[], readonly string[]]>([
  ["a record added", [APP], [APP, ANN], ["add records[1]: access-widened"]],
  ["a record removed", [APP, ANN], [APP], ["delete observed.records[2]: access-narrowed"]],
  ["a record inserted on top", [APP], [ANN, APP], ["add records[0]: access-widened"]],
  ["two exchanged", [APP, ANN], [ANN, APP], ["update records[1]: access-widened access-narrowed"]],
  ["an address widened", [APP], [{ ...APP, address: "10.0.0.0/16" }], ["update records[0].address: access-widened"]],
  ["an address narrowed", [APP], [{ ...APP, address: "10.0.0.0/25" }], ["update records[0].address: access-narrowed"]],
  ["an address moved", [APP], [{ ...APP, address: "10.9.0.0/24" }], ["update records[0].address: access-widened access-narrowed"]],
  ["a user added", [APP], [{ ...APP, users: ["app_rw", "app_ro"] }], ["update records[0].users: access-widened"]],
  ["TLS no longer asked for", [APP], [{ ...APP, type: "host", allowInsecure: { plaintext: "a driver without TLS" } }], ["update records[0].type: access-widened"]],
  ["a weaker method", [APP], [{ ...APP, method: "md5", allowInsecure: { md5: "a driver without SCRAM" } }], ["update records[0].method: access-widened"]],
  ["a stronger method", [{ ...APP, method: "md5", allowInsecure: { md5: "a driver without SCRAM" } }], [APP], ["update records[0].method: access-narrowed"]],
  ["another kind of proof", [APP], [{ ...APP, method: "cert" }], ["update records[0].method: access-widened access-narrowed"]],
  ["a certificate asked for", [APP], [{ ...APP, options: { clientcert: "verify-ca" } }], ["add records[0].options.clientcert: access-narrowed"]],
  ["its name asked for, too", [{ ...APP, options: { clientcert: "verify-ca" } }], [{ ...APP, options: { clientcert: "verify-full" } }], ["update records[0].options.clientcert: access-narrowed"]],
  ["a certificate no longer asked for", [OPS], [{ ...OPS, options: {} }], ["delete records[0].options.clientcert: access-widened"]],
  ["a refusal added", [APP], [{ ...APP, address: "10.0.0.7/32", method: "reject" }, APP], ["add records[0]: access-narrowed"]],
  ["a refusal removed", [{ ...APP, address: "10.0.0.7/32", method: "reject" }, APP], [APP], ["delete observed.records[1]: access-widened"]],
  ["a refusal widened", [{ ...APP, address: "10.0.0.7/32", method: "reject" }, APP], [{ ...APP, address: "10.0.0.0/28", method: "reject" }, APP], ["update records[0].address: access-narrowed"]],
  ["a refusal turned round", [{ ...APP, method: "reject" }], [APP], ["update records[0].method: access-widened"]],
  ["a comment", [APP], [{ ...APP, comment: "new" }], ["add records[0].comment:"]],
  ["a record moved with its comment", [{ ...APP, comment: "a" }, ANN, OPS], [ANN, OPS, { ...APP, comment: "b" }], ["update records[2]: access-widened access-narrowed"]],
  ["an edit between others", [APP, ANN, OPS], [APP, { ...ANN, users: "bob" }, OPS], ["update records[1].users: access-widened access-narrowed"]],
])("%s", (_, before, after, changes) => {
  expect(told(desired(before), desired(after))).toEqual(changes);
});

it("a mapping only ever admits", () => {
  const mapped = (...mappings: readonly unknown[]): DesiredHba => desired([], { identMappings: mappings });
  const [m, n] = [{ mapName: "m", systemUsername: "a", databaseUsername: "b" }, { mapName: "n", systemUsername: "a", databaseUsername: "b" }];
  expect(told(mapped(m), mapped(m, n))).toEqual(["add identMappings[1]: access-widened"]);
  expect(told(mapped(m, n), mapped(n))).toEqual(["delete observed.identMappings[0]: access-narrowed"]);
});

it("foreign and broken lines are drift, shown as they stand", () => {
  const state = desired([APP]);
  const host = observed(state);
  const foreign: HbaLine & { line: number } = { line: 1, type: "host", databases: ["all"], users: ["all"], address: "all", method: "trust" };
  const records = [foreign, ...host.records, { line: 11, fault: "invalid connection type" }];
  expect(planHba({ ...host, records, files: host.files.map((file) => ({ ...file, sha256: "0" })) }, state).changes).toEqual([
    { path: "observed.records[0]", kind: "delete", before: "host all all all trust", hazards: ["access-narrowed", "reload"] },
    { path: "observed.records[5]", kind: "delete", before: "line 11: invalid connection type", hazards: ["reload"] },
  ]);
});

it("a built-in record that is gone comes back", () => {
  const state = desired([APP]);
  const host = observed(state);
  const { changes } = planHba({ ...host, records: host.records.slice(1, -1), files: host.files.map((file) => ({ ...file, sha256: "0" })) }, state);
  expect(changes.map(({ path, kind, after }) => [path, kind, after])).toEqual([["records", "add", "local all postgres peer"], ["records", "add", "host all,replication all all reject"]]);
});

it("a file's owner, group and mode, and a missing load, are changes of their own", () => {
  const state = desired([APP]);
  const host = observed(state);
  const [hba, ident] = host.files;
  const open = planHba({ ...host, files: [{ ...hba, mode: "0666", owner: "nobody" }, ident] as never }, state);
  expect(open.changes.map(({ path, before, after }) => [path, before, after])).toEqual([
    ['observed.files["pg_hba.conf"].owner', "nobody", "root"], ['observed.files["pg_hba.conf"].mode', "0666", "0640"]]);
  expect(open.files.map(({ path }) => path)).toEqual(["/etc/postgresql/17/main/pg_hba.conf"]);
  const stale = planHba({ ...host, server: { ...(host.server as NonNullable<typeof host.server>), isLoaded: false } }, state);
  expect(stale).toMatchObject({ files: [], guard: null, restore: [], changes: [{ path: "observed.server.isLoaded" }] });
  expect(stale.activate).toHaveLength(2);
});

it("the server checks before it loads; proofs run under the guard, and old files are loaded again", () => {
  const plan = planHba(null, desired([APP], { guardSeconds: 45, proofs: [{ title: "logging in as the application", command: "true" }] }));
  expect(plan.activate.map(({ title }) => title)).toEqual(["having the server check pg_hba.conf and pg_ident.conf", "loading pg_hba.conf and pg_ident.conf"]);
  expect(plan.guard).toMatchObject({ seconds: 45, proofs: [{ title: "logging in as the local administrator" }, { title: "logging in as the application", script: { masked: "true" } }] });
  expect(plan.restore).toHaveLength(1);
  expect(plan.files.map((file) => file.path)).toEqual(["/etc/postgresql/17/main/pg_hba.conf", "/etc/postgresql/17/main/pg_ident.conf"]);
});

it("a secret that changed is told without being shown", () => {
  const ldap = (password: string): DesiredHba => desired([{ ...APP, method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapbasedn: "dc=x", ldapbindpasswd: new Secret(password) } }]);
  const plan = planHba(observed(ldap("geheim")), ldap("anders"));
  expect(plan.changes.map(({ path }) => path)).toEqual(["records[0].options.ldapbindpasswd"]);
  expect(plan.files).toHaveLength(1);
  expect(JSON.stringify(plan)).not.toMatch(/geheim|anders/);
  expect(planHba(observed(ldap("geheim")), ldap("geheim"))).toBe(EMPTY_PLAN);
});

it("retiring closes, and needs no server that runs", () => {
  const state = desired([APP]);
  const closed = resolveClosedHba(state.instance, 60);
  expect(retireHba(observed(state), closed).changes.map(({ kind, path }) => [kind, path])).toEqual([["delete", "observed.records[1]"]]);
  expect(retireHba({ ...observed(state), server: null }, closed)).toMatchObject({ activate: [], guard: null });
  expect(retireHba({ ...observed(state), files: [], records: [], server: null }, closed)).toBe(EMPTY_PLAN);
});
