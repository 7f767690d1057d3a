/** Every bad declaration of an Access is refused before a host is touched, at its path; what is legal but ugly is not. */
import { declareAccess } from "../../src/declare/access";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { loadGrammar } from "../../src/declare/policy";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";
import { CONNECTION } from "../support/postgres-host";

beforeAll(loadGrammar);

const BASE = { instance: { major: 17 } };
const ROLES = [{ name: "app" }, { name: "alice", login: true }, { name: "bob" }];

function faults(args: Record<string, unknown>): readonly string[] {
  const issues = new IssueCollector();
  const declaration = declareAccess({ ...BASE, ...args }, CONNECTION, issues);
  expect(declaration === undefined).toBe(issues.issues.length > 0);
  issues.issues.forEach((issue) => {
    expect(issue.allowed).not.toBe("");
    expect(issue.remedy).toMatch(/^[A-Z].*\.$/s);
  });
  return issues.issues.map((issue) => issue.path);
}

const shop = (database: Record<string, unknown>): Record<string, unknown> => ({ databases: { shop: database } });
const granted = (grant: Record<string, unknown>): Record<string, unknown> => shop({ grants: [{ privileges: ["SELECT"], to: ["app"], ...grant }] });
const table = { kind: "table", schema: "s", name: "t" };
const policy = (body: Record<string, unknown>): Record<string, unknown> => shop({ rowSecurity: [{ schema: "s", table: "t", policies: [{ name: "p", using: "true", ...body }] }] });
const at = "databases.shop";
const policyAt = `${at}.rowSecurity[0].policies[0]`;

const BAD: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ["an unknown property", { rolls: [] }, ["rolls"]],
  ["an unknown major version", { instance: { major: 14 } }, ["instance.major"]],
  ["an unknown mode", { mode: "strict" }, ["mode"]],
  ["an unknown retirement", { retire: "delete" }, ["retire"]],
  ["an heir without drop", { heir: "app", roles: ROLES }, ["heir"]],
  ["an heir nobody declared", { heir: "carol", retire: "drop", roles: ROLES }, ["heir"]],
  ["a role without name", { roles: [{ login: true }] }, ["roles[0].name"]],
  ["an empty role name", { roles: [{ name: "" }] }, ["roles[0].name"]],
  ["a role name of 64 bytes", { roles: [{ name: "x".repeat(64) }] }, ["roles[0].name"]],
  ["a role name of 32 characters in 64 bytes", { roles: [{ name: "é".repeat(32) }] }, ["roles[0].name"]],
  ["a role name with NUL", { roles: [{ name: "a\0b" }] }, ["roles[0].name"]],
  ["a role name with half a pair", { roles: [{ name: "a\ud800" }] }, ["roles[0].name"]],
  ["a role named public", { roles: [{ name: "Public" }] }, ["roles[0].name"]],
  ["a role named none", { roles: [{ name: "none" }] }, ["roles[0].name"]],
  ["a role of the server's own", { roles: [{ name: "pg_monitor" }] }, ["roles[0].name"]],
  ["a role name that is a number", { roles: [{ name: 7 }] }, ["roles[0].name"]],
  ["a role declared twice", { roles: [{ name: "a" }, { name: "b" }, { name: "a" }] }, ["roles[2]"]],
  ["a misspelt attribute", { roles: [{ name: "a", superUser: true }] }, ["roles[0].superUser"]],
  ["an attribute that is a text", { roles: [{ name: "a", login: "yes" }] }, ["roles[0].login"]],
  ["a connection limit below -1", { roles: [{ name: "a", connectionLimit: -2 }] }, ["roles[0].connectionLimit"]],
  ["a broken connection limit", { roles: [{ name: "a", connectionLimit: 1.5 }] }, ["roles[0].connectionLimit"]],
  ["an end of validity without zone", { roles: [{ name: "a", validUntil: "2027-01-01T00:00:00" }] }, ["roles[0].validUntil"]],
  ["an end of validity that is no day", { roles: [{ name: "a", validUntil: "2027-02-30T00:00:00Z" }] }, ["roles[0].validUntil"]],
  ["an empty password", { roles: [{ name: "a", password: new Secret("") }] }, ["roles[0].password"]],
  ["an MD5 hash as password", { roles: [{ name: "a", password: new Secret(`md5${"0".repeat(32)}`) }] }, ["roles[0].password"]],
  ["a password to set and to keep", { roles: [{ name: "a", password: new Secret("x"), keepPassword: true }] }, ["roles[0].keepPassword"]],
  ["a setting with a bad name", { roles: [{ name: "a", settings: { "work_mem; drop": "1" } }] }, ['roles[0].settings["work_mem; drop"]']],
  ["a list for a single value", { roles: [{ name: "a", settings: { work_mem: ["1", "2"] } }] }, ["roles[0].settings.work_mem"]],
  ["a single text for a list", { roles: [{ name: "a", settings: { search_path: "a, b" } }] }, ["roles[0].settings.search_path"]],
  ["a setting with NUL", { roles: [{ name: "a", settings: { work_mem: "a\0" } }] }, ["roles[0].settings.work_mem"]],
  ["roles that are no list", { roles: { a: {} } }, ["roles"]],
  ["a membership in oneself", { memberships: [{ role: "a", member: "a" }] }, ["memberships[0]"]],
  ["a membership loop", { memberships: [{ role: "a", member: "b" }, { role: "b", member: "c" }, { role: "c", member: "a" }] }, ["memberships[1]"]],
  ["a membership declared twice", { memberships: [{ role: "a", member: "b" }, { role: "a", member: "b", admin: true }] }, ["memberships[1]"]],
  ["a membership of PUBLIC", { memberships: [{ role: "a", member: "PUBLIC" }] }, ["memberships[0].member"]],
  ["a predefined role as member", { memberships: [{ role: "a", member: "pg_monitor" }] }, ["memberships[0].member"]],
  ["membership options before 16", { instance: { major: 15 }, memberships: [{ role: "a", member: "b", inherit: false, set: false, grantor: "c" }] }, ["memberships[0].grantor", "memberships[0].inherit", "memberships[0].set"]],
  ["a member that would be retired", { roles: ROLES, memberships: [{ role: "app", member: "carol" }] }, ["memberships[0].member"]],
  ["a grantee that would be retired", { roles: ROLES, ...granted({ on: table, to: ["carol"] }) }, [`${at}.grants[0].to`]],
  ["an owner that would be retired", { roles: ROLES, ...shop({ owner: "carol", schemas: { s: { owner: "dave" } } }) }, [`${at}.owner`, `${at}.schemas.s.owner`]],
  ["a policy role that would be retired", { roles: ROLES, ...policy({ roles: ["carol"] }) }, [`${policyAt}.roles`]],
  ["a template database", { databases: { template1: {} } }, ["databases.template1"]],
  ["a database name of 64 bytes", { databases: { ["d".repeat(64)]: {} } }, [`databases.${"d".repeat(64)}`]],
  ["an encoding with a quote", shop({ encoding: "UTF8'; DROP" }), [`${at}.encoding`]],
  ["a schema of the system", shop({ schemas: { pg_catalog: {}, information_schema: {} } }), [`${at}.schemas.information_schema`, `${at}.schemas.pg_catalog`]],
  ["an extension in a faulty schema", shop({ extensions: { pgcrypto: { schema: "" } } }), [`${at}.extensions.pgcrypto.schema`]],
  ["a grant on an unknown kind", granted({ on: { kind: "trigger", name: "x" } }), [`${at}.grants[0].on.kind`]],
  ["a grant on a table without schema", granted({ on: { kind: "table", name: "t" } }), [`${at}.grants[0].on.schema`]],
  ["a grant on a table without name", granted({ on: { kind: "table", schema: "s" } }), [`${at}.grants[0].on.name`]],
  ["a grant on one and all tables", granted({ on: { ...table, all: true } }), [`${at}.grants[0].on.name`]],
  ["a grant on all languages", granted({ on: { kind: "language", all: true }, privileges: ["USAGE"] }), [`${at}.grants[0].on.all`]],
  ["a schema with a schema", granted({ on: { kind: "schema", schema: "s", name: "t" }, privileges: ["USAGE"] }), [`${at}.grants[0].on.schema`]],
  ["the database by name", granted({ on: { kind: "database", name: "other" }, privileges: ["CONNECT"] }), [`${at}.grants[0].on.name`]],
  ["a tablespace inside a database", granted({ on: { kind: "tablespace", name: "fast" }, privileges: ["CREATE"] }), [`${at}.grants[0].on.kind`]],
  ["a table beside the databases", { grants: [{ on: table, privileges: ["SELECT"], to: ["app"] }] }, ["grants[0].on.kind"]],
  ["EXECUTE on a table", granted({ on: table, privileges: ["EXECUTE"] }), [`${at}.grants[0].privileges[0]`]],
  ["USAGE on a database", granted({ on: { kind: "database" }, privileges: ["CONNECT", "USAGE"] }), [`${at}.grants[0].privileges[1]`]],
  ["MAINTAIN before 17", { instance: { major: 16 }, ...granted({ on: table, privileges: ["MAINTAIN"] }) }, [`${at}.grants[0].privileges[0]`]],
  ["DELETE on columns", granted({ on: table, columns: ["a"], privileges: ["DELETE"] }), [`${at}.grants[0].privileges[0]`]],
  ["columns of a sequence", granted({ on: { kind: "sequence", schema: "s", name: "q" }, columns: ["a"], privileges: ["SELECT"] }), [`${at}.grants[0].columns`]],
  ["columns of all tables", granted({ on: { kind: "table", schema: "s", all: true }, columns: ["a"] }), [`${at}.grants[0].columns`]],
  ["no privileges", granted({ on: table, privileges: [] }), [`${at}.grants[0].privileges`]],
  ["ALL and more", granted({ on: table, privileges: ["ALL", "SELECT"] }), [`${at}.grants[0].privileges`]],
  ["nobody to grant to", granted({ on: table, to: [] }), [`${at}.grants[0].to`]],
  ["the grant option for PUBLIC", granted({ on: table, to: ["PUBLIC"], withGrantOption: true }), [`${at}.grants[0].withGrantOption`]],
  ["arguments of a table", granted({ on: { ...table, arguments: ["int"] } }), [`${at}.grants[0].on.arguments`]],
  ["an argument that is no type", granted({ on: { kind: "function", schema: "s", name: "f", arguments: ["int) ; drop"] }, privileges: ["EXECUTE"] }), [`${at}.grants[0].on.arguments[0]`]],
  ["an argument that is a query", granted({ on: { kind: "function", schema: "s", name: "f", arguments: ["int, 1"] }, privileges: ["EXECUTE"] }), [`${at}.grants[0].on.arguments[0]`]],
  ["a large object by a word", granted({ on: { kind: "largeObject", name: "1; DROP" } }), [`${at}.grants[0].on.name`]],
  ["a parameter with a space", { grants: [{ on: { kind: "parameter", name: "work mem" }, privileges: ["SET"], to: ["app"] }] }, ["grants[0].on.name"]],
  ["default privileges on schemas in a schema", shop({ defaultPrivileges: [{ creator: "app", schema: "s", on: "schemas", privileges: ["USAGE"], to: ["bob"] }] }), [`${at}.defaultPrivileges[0].schema`]],
  ["default privileges on large objects before 18", shop({ defaultPrivileges: [{ creator: "app", on: "largeObjects", privileges: ["SELECT"], to: ["bob"] }] }), [`${at}.defaultPrivileges[0].on`]],
  ["default privileges that tables do not have", shop({ defaultPrivileges: [{ creator: "app", on: "tables", privileges: ["EXECUTE"], to: ["bob"] }] }), [`${at}.defaultPrivileges[0].privileges[0]`]],
  ["two owners of one object", shop({ owners: [{ on: table, owner: "app" }, { on: table, owner: "bob" }] }), [`${at}.owners[1].owner`]],
  ["the owner of a schema among objects", shop({ owners: [{ on: { kind: "schema", name: "s" }, owner: "app" }] }), [`${at}.owners[0].on.kind`]],
  ["row security of one table twice", shop({ rowSecurity: [{ schema: "s", table: "t" }, { schema: "s", table: "t" }] }), [`${at}.rowSecurity[1]`]],
  ["a policy twice", shop({ rowSecurity: [{ schema: "s", table: "t", policies: [{ name: "p", using: "true" }, { name: "p", using: "false" }] }] }), [`${at}.rowSecurity[0].policies[1]`]],
  ["a policy with a syntax error", policy({ using: "owner = = current_user" }), [`${policyAt}.using`]],
  ["a policy without expression", policy({ using: "" }), [`${policyAt}.using`]],
  ["a policy that closes its clause", policy({ using: "true) WITH CHECK (true" }), [`${policyAt}.using`]],
  ["a policy that ends its statement", policy({ using: "true); DROP TABLE s.t; --" }), [`${policyAt}.using`]],
  ["a policy with an open string", policy({ using: "owner = 'x" }), [`${policyAt}.using`]],
  ["a policy with an open comment", policy({ using: "true /* " }), [`${policyAt}.using`]],
  ["a policy with a parameter", policy({ using: "id = $1" }), [`${policyAt}.using`]],
  ["a policy on a table without schema", policy({ using: "exists (select from members m where m.id = 1)" }), [`${policyAt}.using`]],
  ["a policy with NUL", policy({ using: "true\0" }), [`${policyAt}.using`]],
  ["a policy for an unknown command", policy({ command: "TRUNCATE" }), [`${policyAt}.command`]],
  ["USING for INSERT", policy({ command: "INSERT", withCheck: "true" }), [`${policyAt}.using`]],
  ["INSERT without check", policy({ command: "INSERT", using: undefined }), [`${policyAt}.withCheck`]],
  ["WITH CHECK for SELECT", policy({ command: "SELECT", withCheck: "true" }), [`${policyAt}.withCheck`]],
  ["a policy for nobody", policy({ roles: [] }), [`${policyAt}.roles`]],
  ["a policy for PUBLIC and another", policy({ roles: ["PUBLIC", "app"] }), [`${policyAt}.roles`]],
];

it.each(BAD)("refuses %s", (_, args, paths) => {
  expect(faults(args)).toEqual(paths);
});

it("has at least 60 bad declarations", () => {
  expect(BAD.length).toBeGreaterThanOrEqual(60);
});

it("prints the loop", () => {
  const issues = new IssueCollector();
  declareAccess({ ...BASE, memberships: [{ role: "a", member: "b" }, { role: "b", member: "c" }, { role: "c", member: "a" }] }, CONNECTION, issues);
  expect(issues.issues.map(formatIssue)).toEqual([expect.stringContaining("b → a → c → b")]);
});

it("gives all faults at once", () => {
  expect(faults({ mode: "x", roles: [{ name: "" }], memberships: [{ role: "a" }], databases: { shop: { grants: [{}], rowSecurity: [{}] } } }).length).toBeGreaterThanOrEqual(6);
});

it("never prints a password", () => {
  const issues = new IssueCollector();
  declareAccess({ ...BASE, roles: [{ name: "a", password: new Secret(`md5${"ab".repeat(16)}`) }] }, CONNECTION, issues);
  expect(JSON.stringify(issues.issues)).not.toContain("abab");
});

it.each([
  ["quotes, newlines, backslashes, Unicode, keywords", { roles: [{ name: 'a"\'b' }, { name: "a\nb" }, { name: "a\\b" }, { name: "ü☃" }, { name: "select" }, { name: "x".repeat(63) }] }],
  ["a comment at the end of an expression", policy({ using: "true -- really" })],
  ["a table of a common table expression", policy({ using: "exists (with m as (select 1) select from m)" })],
  ["an expression with brackets of its own", policy({ using: "(a = ')') or (b = 1)" })],
  ["a diamond of memberships", { memberships: [{ role: "a", member: "b" }, { role: "a", member: "c" }, { role: "b", member: "d" }, { role: "c", member: "d" }] }],
  ["every kind of object", shop({ grants: [
    { on: { kind: "view", schema: "s", name: "v" }, privileges: ["SELECT"], to: ["a"] }, { on: { kind: "domain", schema: "s", name: "d" }, privileges: ["usage"], to: ["a"] },
    { on: { kind: "aggregate", schema: "s", name: "f", arguments: ["double precision", "varchar(3)", '"S".t[]'] }, privileges: ["ALL"], to: ["public"] },
    { on: { kind: "foreignServer", name: "f" }, privileges: ["USAGE"], to: ["a"] }, { on: { kind: "largeObject", name: "123" }, privileges: ["UPDATE"], to: ["a"] },
  ] })],
])("accepts %s", (_, args) => {
  expect(faults(args as Record<string, unknown>)).toEqual([]);
});

it("passes over what a preview does not know", () => {
  const issues = new IssueCollector();
  expect(declareAccess({ ...BASE, roles: [{ name: UNKNOWN }, { name: "b", login: UNKNOWN }] }, CONNECTION, issues)).toBeUndefined();
  expect(issues.issues).toEqual([]);
});
