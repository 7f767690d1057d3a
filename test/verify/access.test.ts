import type { DesiredAccess, DesiredDatabase } from "../../src/model/access";
import type { DesiredGrant } from "../../src/model/privilege";
import { joinAccess, judgeDatabase, judgeRoles, type Holding } from "../../src/verify/access";
import { expectedPrivileges, inheritedRoles, type Thing } from "../../src/verify/privilege";

const grant = (on: DesiredGrant["on"], privileges: readonly string[], grantee: string, columns: readonly string[] = []): DesiredGrant => ({ on, privileges, grantee, columns, grantor: null, withGrantOption: false, path: "" });
const table = { kind: "table", schema: "public", name: "orders", arguments: null } as const;

const database: DesiredDatabase = {
  name: "app", path: "", attributes: { owner: "owner", encoding: undefined, locale: undefined, connectionLimit: undefined, comment: undefined, settings: undefined },
  schemas: [], extensions: [], owners: [], initialScript: null, defaultPrivileges: undefined, rowSecurity: [{ schema: "public", name: "orders", enabled: true, forced: true, policies: [], path: "" }],
  grants: [grant({ kind: "table", schema: "public", all: true }, ["SELECT"], "reader"), grant(table, ["UPDATE"], "clerk", ["item"])],
};

const role = (name: string): NonNullable<DesiredAccess["roles"]>[number] => ({
  name, login: true, superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true, connectionLimit: -1, validUntil: null,
  comment: null, settings: [], password: { kind: "none" }, path: "",
});

const desired: DesiredAccess = {
  instance: { major: 17, name: "main", port: 5432, socketDirectory: "/run/postgresql" }, mode: "authoritative", retire: "disable", heir: null, dropsDatabases: false,
  ignoredRoles: [], keepsPublicDefaults: false, skipsMissing: false, roles: [role("clerk")], grants: undefined, databases: [database],
  memberships: [{ role: "reader", member: "clerk", inherit: true, set: false, admin: false, grantor: null, path: "" }, { role: "writer", member: "reader", inherit: false, set: true, admin: false, grantor: null, path: "" }],
};

const thing = (column: string | null, owner = "owner"): Thing => ({ ...table, owner, column });

it("a role has the privileges of the roles it inherits, and of those only", () => {
  expect([...inheritedRoles(desired, "clerk")].sort()).toEqual(["PUBLIC", "clerk", "reader"]);
});

it.each([
  ["by membership", "clerk", thing(null), ["SELECT"]],
  ["on a column", "clerk", thing("item"), ["UPDATE"]],
  ["not on another column", "clerk", thing("card"), []],
  ["nothing without a grant", "stranger", thing(null), []],
  ["everything for the owner", "owner", thing(null), ["DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"]],
] as const)("expected privileges: %s", (_, name, object, privileges) => {
  expect(expectedPrivileges(desired, database, object, inheritedRoles(desired, name))).toEqual(privileges);
});

describe("a server's answer", () => {
  const holding = (privileges: readonly string[], column: string | null = null): Holding => ({ ...thing(column), role: "clerk", privileges });
  const rows = (forced: boolean): Parameters<typeof judgeDatabase>[2]["rowSecurity"] => [{ schema: "public", name: "orders", enabled: true, forced, policies: [] }];
  const failed = (privileges: readonly string[], forced = true): readonly string[] =>
    judgeDatabase(desired, database, { holdings: [holding(privileges), holding(["UPDATE"], "item")], rowSecurity: rows(forced) }).filter(({ passed }) => !passed).map(({ title }) => title);

  it("that is as declared passes", () => expect(failed(["SELECT"])).toEqual([]));
  it("with a privilege too many fails", () => expect(failed(["DELETE", "SELECT"])).toEqual(["clerk in app on table public.orders"]));
  it("with a privilege too few fails", () => expect(failed([])).toEqual(["clerk in app on table public.orders"]));
  it("whose row security does not bind the owner fails", () => expect(failed(["SELECT"], false)).toEqual(["row security of public.orders in app"]));

  it("with a login that nobody declared fails, and so does an attribute", () => {
    const { login, superuser, createdb, createrole, replication, bypassrls, inherit, connectionLimit, validUntil } = role("x");
    const shown = { login, superuser, createdb, createrole, replication, bypassrls, inherit, connectionLimit, validUntil };
    const findings = judgeRoles(desired, [{ ...shown, name: "clerk", createrole: true }, { ...shown, name: "intruder" }]);
    expect(findings.filter(({ passed }) => !passed).map(({ title, observed }) => [title, observed])).toEqual([["attributes of clerk", "createrole true"], ["roles beside the declared ones", "intruder"]]);
  });
});

it("two resources on one instance are one access: roles of one, privileges of the other", () => {
  const privileges = { ...desired, roles: undefined, memberships: undefined };
  const roles = { ...desired, databases: [{ ...database, grants: undefined, rowSecurity: undefined }] };
  expect(joinAccess([roles, privileges])).toMatchObject({ roles: desired.roles, memberships: desired.memberships, databases: [{ grants: database.grants, rowSecurity: database.rowSecurity }] });
});
