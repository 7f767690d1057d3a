/**
 * Random declarations for one small world: a database `shop` with a schema, two tables, a sequence, a function and a type,
 * all owned by the first role. Names are as ugly as PostgreSQL lets them be.
 */
import fc from "fast-check";
import type { InstanceReference } from "../../src/model/instance";
import type { GrantArgs, ObjectArgs } from "../../src/declare/privilege";
import type { Arguments } from "./postgres-host";

export const NAMES = ["owner of all", 'a"quote', "new\nline", "back\\slash", "ünï ☃", "select", "UPPER", "x".repeat(63), ":colon", "$1;--"] as const;

/** SQL that makes the world; run by the superuser in `shop`. */
export const WORLD = `CREATE SCHEMA "s p" AUTHORIZATION "owner of all"; SET ROLE "owner of all";
CREATE TABLE "s p"."t""1" (a int, "b c" text, who text); CREATE TABLE "s p".t2 (a int, "b c" text, who text);
CREATE SEQUENCE "s p".q; CREATE TYPE "s p".mood AS ENUM ('ok'); RESET ROLE;
CREATE FUNCTION "s p".f(int, "s p".mood[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION "s p".f(int, "s p".mood[]) OWNER TO "owner of all"`;

const TARGETS: readonly { readonly on: ObjectArgs; readonly privileges: readonly string[]; readonly columns: boolean }[] = [
  { on: { kind: "database" }, privileges: ["CONNECT", "CREATE", "TEMPORARY"], columns: false },
  { on: { kind: "schema", name: "s p" }, privileges: ["USAGE", "CREATE"], columns: false },
  { on: { kind: "table", schema: "s p", name: 't"1' }, privileges: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"], columns: true },
  { on: { kind: "table", schema: "s p", name: "t2" }, privileges: ["SELECT", "INSERT", "UPDATE", "REFERENCES"], columns: true },
  { on: { kind: "table", schema: "s p", all: true }, privileges: ["SELECT", "DELETE"], columns: false },
  { on: { kind: "sequence", schema: "s p", name: "q" }, privileges: ["USAGE", "SELECT", "UPDATE"], columns: false },
  { on: { kind: "function", schema: "s p", name: "f", arguments: ["int4", '"s p".mood[]'] }, privileges: ["EXECUTE"], columns: false },
  { on: { kind: "type", schema: "s p", name: "mood" }, privileges: ["USAGE"], columns: false },
  { on: { kind: "language", name: "sql" }, privileges: ["USAGE"], columns: false },
];

const EXPRESSIONS = ["true", "false", "a > 1 and who = current_user", "\"b c\" like '%:x\\%' -- why", "exists (select from \"s p\".t2 o where o.a = 2)"];

const role = fc.record({
  login: fc.boolean(), createdb: fc.boolean(), inherit: fc.boolean(), bypassrls: fc.boolean(),
  connectionLimit: fc.constantFrom(-1, 0, 7),
  comment: fc.constantFrom(undefined, "it's a \\ comment"),
  settings: fc.constantFrom({}, { work_mem: "64MB" }, { search_path: ["s p", 'a"b', "pg_catalog"] }, { "my.app": "a'b\\c" }),
});

const grant = (others: readonly string[]): fc.Arbitrary<GrantArgs> => fc.constantFrom(...TARGETS).chain((target) => fc.record({
  on: fc.constant(target.on),
  privileges: fc.subarray([...target.privileges], { minLength: 1 }),
  to: fc.subarray([...others], { minLength: 1, maxLength: 3 }),
  withGrantOption: fc.boolean(),
  columns: target.columns ? fc.option(fc.subarray(["a", "b c", "who"], { minLength: 1 }), { nil: undefined }) : fc.constant(undefined),
}).map(({ columns, ...rest }) => {
  const privileges = columns === undefined ? rest.privileges : rest.privileges.filter((privilege) => ["SELECT", "INSERT", "UPDATE", "REFERENCES"].includes(privilege));
  return privileges.length === 0 ? rest : { ...rest, privileges, ...(columns === undefined ? {} : { columns }) };
})).map((one) => (one.to.includes("PUBLIC") ? { ...one, withGrantOption: false } : one));

const policy = (name: string, others: readonly string[]) => fc.record({
  name: fc.constant(name), permissive: fc.boolean(), command: fc.constantFrom("ALL", "SELECT", "UPDATE", "DELETE" as const),
  roles: fc.oneof(fc.constant(["PUBLIC"]), fc.subarray([...others], { minLength: 1, maxLength: 2 })), using: fc.constantFrom(...EXPRESSIONS),
});

/** A whole declaration; the first role always stays, because it owns the world. */
export function declarations(instance: InstanceReference): fc.Arbitrary<Arguments> {
  const [owner, ...rest] = NAMES;
  return fc.subarray([...rest], { minLength: 2 }).chain((others) => {
    const edges = others.flatMap((member, index) => others.slice(0, index).map((group) => ({ role: group, member })));
    return fc.record({
      roles: fc.tuple(...[owner, ...others].map((name) => role.map(({ comment, ...attributes }) => ({ name, ...attributes, ...(comment === undefined ? {} : { comment }) })))),
      memberships: fc.subarray(edges).chain((chosen) => fc.tuple(...chosen.map((edge) => fc.record({ admin: fc.boolean(), ...(instance.major >= 16 ? { inherit: fc.boolean(), set: fc.boolean() } : {}) }).map((options) => ({ ...edge, ...options }))))),
      grants: fc.array(grant([...others, "PUBLIC"]), { maxLength: 8 }),
      defaultPrivileges: fc.array(fc.record({
        // Not the owner of the world: what its declared defaults gave would rightly stay.
        creator: fc.constantFrom(...others), on: fc.constantFrom("tables", "functions" as const), to: fc.subarray([...others], { minLength: 1, maxLength: 2 }),
        schema: fc.constantFrom(undefined, "s p"), withGrantOption: fc.boolean(),
      }).map(({ schema, ...entry }) => ({ ...entry, privileges: ["ALL"], ...(schema === undefined ? {} : { schema }) })), { maxLength: 3 }),
      policies: fc.tuple(policy("p", others), policy('q"', others)).chain((both) => fc.subarray(both)),
      forced: fc.boolean(),
    }).map(({ policies, forced, grants, defaultPrivileges, ...instanceWide }): Arguments => ({
      instance, retire: "drop", heir: owner, ...instanceWide,
      databases: { shop: { owner, grants, defaultPrivileges, rowSecurity: [{ schema: "s p", table: 't"1', forced, policies }] } },
    }));
  });
}
