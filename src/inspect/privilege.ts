/**
 * Reading privileges: one query gives every object of a database with its owner and its exploded ACL, another the default
 * privileges, a third row security. A NULL ACL is read as the built-in default it stands for. Left out by rule: the
 * system's own schemas but for declared objects, temporary schemas, array types, and what owners hold on their own objects.
 */
import { z } from "zod";
import type { InstanceReference } from "../model/instance";
import { isSystemSchema, sortBy } from "../model/name";
import { tableKey, type DesiredRowSecurity, type ObservedPolicy, type ObservedRowSecurity, type PolicyCommand, type Spelling } from "../model/policy";
import {
  objectKey, type DefaultPrivilege, type DefaultPrivilegeKind, type DesiredGrant, type DesiredOwner, type Grant, type ObjectKind, type ObservedObject, type TypeName,
} from "../model/privilege";
import { expression, identifier, join, literal, qualified, sql, type Sql } from "../render/sql";

/** Grants of an ACL by grantee and grantor, as [grantee, grantor or null for the owner, ["SELECT", "INSERT*"]]; the star: may pass it on. */
function exploded(acl: Sql, owner: Sql): Sql {
  return sql`(SELECT coalesce(jsonb_agg(jsonb_build_array(g, b, p)), '[]') FROM (
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS g, CASE WHEN a.grantor <> ${owner} THEN pg_get_userbyid(a.grantor) END AS b,
      jsonb_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END) AS p
    FROM aclexplode(${acl}) a WHERE a.grantee NOT IN (${owner}, 10) GROUP BY a.grantee, a.grantor) AS x)`;
}

const OWN_SCHEMA = sql`(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')`;

/** Objects the rules would leave out but the declaration names: those of the system, and large objects. */
function named(selectors: readonly (DesiredGrant | DesiredOwner)[]): Sql {
  const names = selectors.flatMap(({ on }) => ("all" in on || !(on.kind === "largeObject" || (on.schema !== null && isSystemSchema(on.schema)) || (on.kind === "schema" && isSystemSchema(on.name)))
    ? [] : [[on.kind, on.schema, on.name]]));
  return literal(JSON.stringify(names));
}

export function objectsQuery(selectors: readonly (DesiredGrant | DesiredOwner)[]): Sql {
  const wanted = (kind: Sql, name: Sql): Sql => sql`(${OWN_SCHEMA} OR (${kind}, n.nspname::text, ${name}::text) IN (SELECT kind, schema, name FROM named))`;
  return sql`WITH named AS (SELECT e ->> 0 AS kind, e ->> 1 AS schema, e ->> 2 AS name FROM jsonb_array_elements(${named(selectors)}) e),
extension AS MATERIALIZED (SELECT d.classid, d.objid, e.extname FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid WHERE d.deptype = 'e'),
found AS (
  SELECT 'database' AS kind, NULL::text AS schema, datname::text AS name, NULL::jsonb AS args, datdba AS owner, NULL::text AS col, coalesce(datacl, acldefault('d', datdba)) AS acl, 0::oid AS class, 0::oid AS id
    FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'schema', NULL, n.nspname, NULL, n.nspowner, NULL, coalesce(n.nspacl, acldefault('n', n.nspowner)), 'pg_namespace'::regclass, n.oid
    FROM pg_namespace n WHERE ${OWN_SCHEMA} OR n.nspname IN (SELECT name FROM named WHERE kind = 'schema')
  UNION ALL SELECT k.kind, n.nspname, c.relname, NULL, c.relowner, NULL, coalesce(c.relacl, acldefault(k.letter, c.relowner)), 'pg_class'::regclass, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN (VALUES ('r', 'table', 'r'::"char"), ('p', 'table', 'r'), ('v', 'table', 'r'), ('m', 'table', 'r'), ('f', 'table', 'r'), ('S', 'sequence', 's')) k(relkind, kind, letter) ON k.relkind = c.relkind
    WHERE ${wanted(sql`k.kind`, sql`c.relname`)}
  UNION ALL SELECT 'table', n.nspname, c.relname, NULL, c.relowner, a.attname, a.attacl, 'pg_class'::regclass, c.oid
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${wanted(sql`'table'`, sql`c.relname`)}
  UNION ALL SELECT 'routine', n.nspname, p.proname,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(tn.nspname, t.typname, y.typcategory = 'A' AND y.typelem <> 0) ORDER BY o), '[]') FROM unnest(p.proargtypes) WITH ORDINALITY i(arg, o)
        JOIN pg_type y ON y.oid = i.arg JOIN pg_type t ON t.oid = CASE WHEN y.typcategory = 'A' AND y.typelem <> 0 THEN y.typelem ELSE y.oid END JOIN pg_namespace tn ON tn.oid = t.typnamespace),
      p.proowner, NULL, coalesce(p.proacl, acldefault('f', p.proowner)), 'pg_proc'::regclass, p.oid
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${wanted(sql`'routine'`, sql`p.proname`)}
  UNION ALL SELECT 'type', n.nspname, t.typname, NULL, t.typowner, NULL, coalesce(t.typacl, acldefault('T', t.typowner)), 'pg_type'::regclass, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (c.oid IS NULL OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND ${wanted(sql`'type'`, sql`t.typname`)}
  UNION ALL SELECT 'language', NULL, lanname, NULL, lanowner, NULL, coalesce(lanacl, acldefault('l', lanowner)), CASE WHEN lanname = 'plpgsql' THEN 0 ELSE 'pg_language'::regclass END, oid FROM pg_language WHERE lanpltrusted
  UNION ALL SELECT 'foreignDataWrapper', NULL, fdwname, NULL, fdwowner, NULL, coalesce(fdwacl, acldefault('F', fdwowner)), 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'foreignServer', NULL, srvname, NULL, srvowner, NULL, coalesce(srvacl, acldefault('S', srvowner)), 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
  UNION ALL SELECT 'largeObject', NULL, oid::text, NULL, lomowner, NULL, coalesce(lomacl, acldefault('L', lomowner)), 0, oid FROM pg_largeobject_metadata
    WHERE lomacl IS NOT NULL OR oid::text IN (SELECT name FROM named WHERE kind = 'largeObject'))
SELECT coalesce(jsonb_agg(jsonb_build_array(f.kind, f.schema, f.name, f.args, pg_get_userbyid(f.owner), e.extname, f.col, ${exploded(sql`f.acl`, sql`f.owner`)})), '[]')
FROM found f LEFT JOIN extension e ON e.classid = f.class AND e.objid = f.id`;
}

export const instanceObjectsQuery = sql`SELECT coalesce(jsonb_agg(jsonb_build_array(f.kind, NULL, f.name, NULL, pg_get_userbyid(f.owner), NULL, NULL, ${exploded(sql`f.acl`, sql`f.owner`)})), '[]') FROM (
  SELECT 'tablespace' AS kind, spcname AS name, spcowner AS owner, coalesce(spcacl, acldefault('t', spcowner)) AS acl FROM pg_tablespace
  UNION ALL SELECT 'parameter', parname, 10, coalesce(paracl, acldefault('p', 10)) FROM pg_parameter_acl) f`;

/** Privileges on the database itself. */
export function defaultPrivilegesQuery({ major }: InstanceReference): Sql {
  const kinds = sql`('r', 'table'), ('S', 'sequence'), ('f', 'routine'), ('T', 'type'), ('n', 'schema')`;
  return sql`SELECT coalesce(jsonb_agg(jsonb_build_array(pg_get_userbyid(d.defaclrole), n.nspname, k.kind, ${exploded(sql`d.defaclacl`, sql`d.defaclrole`)})), '[]')
FROM pg_default_acl d JOIN (VALUES ${major >= 18 ? sql`${kinds}, ('L', 'largeObject')` : kinds}) k(letter, kind) ON k.letter = d.defaclobjtype LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace`;
}

export function rowSecurityQuery(tables: readonly DesiredRowSecurity[]): Sql {
  return sql`SELECT coalesce(jsonb_agg(jsonb_build_array(n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(p.polname, p.polpermissive, p.polcmd,
    (SELECT jsonb_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END) FROM unnest(p.polroles) r), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))), '[]')
    FROM pg_policy p WHERE p.polrelid = c.oid))), '[]')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${OWN_SCHEMA}
AND (c.relrowsecurity OR c.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
  OR (n.nspname::text, c.relname::text) IN (SELECT e ->> 0, e ->> 1 FROM jsonb_array_elements(${literal(JSON.stringify(tables.map(({ schema, name }) => [schema, name])))}) e))`;
}

/**
 * How this server spells each declared expression: a policy with it is put on an empty temporary copy of the table and read
 * back, then all is undone. Nothing is evaluated and the table itself is not locked. What the server refuses has no answer.
 */
export function spellingStatements(tables: readonly DesiredRowSecurity[], tag: string): readonly Sql[] {
  const statements = tables.filter(({ policies }) => policies.length > 0).flatMap((table) => {
    const copy = sql`pg_temp.${identifier(table.name)}`;
    const texts = new Map(table.policies.flatMap(({ using, withCheck }) => [using, withCheck]).flatMap((text) => (text === null ? [] : [[text, text] as const])));
    return [
      sql`SAVEPOINT copied`,
      sql`CREATE TEMPORARY TABLE ${identifier(table.name)} (LIKE ${qualified(table.schema, table.name)})`,
      ...[...texts.values()].flatMap((text) => [
        sql`SAVEPOINT spelled`,
        sql`CREATE POLICY spelled ON ${copy} USING ${expression(text)}`,
        sql`SELECT ${literal(`${tag} `)} || jsonb_build_array(${join([table.schema, table.name, text].map((part) => sql`${literal(part)}::text`))}, pg_get_expr(polqual, polrelid))::text
  FROM pg_policy WHERE polrelid = ${literal(copy.text.reveal())}::regclass`,
        sql`ROLLBACK TO SAVEPOINT spelled`,
      ]),
      sql`ROLLBACK TO SAVEPOINT copied`,
    ];
  });
  return statements.length === 0 ? [] : [sql`BEGIN`, ...statements, sql`ROLLBACK`];
}

const grantsAnswer = z.array(z.tuple([z.string(), z.string().nullable(), z.array(z.string())]));

const objectAnswer = z.array(z.tuple([
  z.string(), z.string().nullable(), z.string(), z.array(z.tuple([z.string(), z.string(), z.boolean()])).nullable(), z.string(), z.string().nullable(), z.string().nullable(), grantsAnswer,
]));

/** @param ignored grantees that are looked away from */
export function parseObjects(answer: unknown, ignored: readonly string[]): readonly ObservedObject[] {
  const objects = new Map<string, ObservedObject>();
  for (const [kind, schema, name, args, owner, extension, column, acl] of objectAnswer.parse(answer)) {
    const types = args?.map(([typeSchema, typeName, isArray]): TypeName => ({ schema: typeSchema, name: typeName, isArray })) ?? null;
    const object: ObservedObject = { kind: kind as ObjectKind, schema, name, arguments: types, owner, extension, grants: parseGrants(acl, column, ignored) };
    const key = objectKey(object);
    objects.set(key, { ...object, grants: [...(objects.get(key)?.grants ?? []), ...object.grants] });
  }
  const sorted = [...objects].map(([key, object]) => [key, { ...object, grants: sortBy(object.grants, grantKey) }] as const);
  return sortBy(sorted, ([key]) => key).map(([, object]) => object);
}

function parseGrants(acl: z.output<typeof grantsAnswer>, column: string | null, ignored: readonly string[]): readonly Grant[] {
  return acl.filter(([grantee]) => !ignored.includes(grantee)).map(([grantee, grantor, marked]): Grant => ({
    grantee, grantor, column,
    privileges: marked.map((privilege) => privilege.replace("*", "")).sort(),
    grantable: marked.filter((privilege) => privilege.endsWith("*")).map((privilege) => privilege.replace("*", "")).sort(),
  }));
}

const grantKey = ({ grantee, grantor, column }: Grant): string => `${grantee}\0${column ?? ""}\0${grantor ?? ""}`;

const defaultAnswer = z.array(z.tuple([z.string(), z.string().nullable(), z.string(), grantsAnswer]));

export function parseDefaultPrivileges(answer: unknown, ignored: readonly string[]): readonly DefaultPrivilege[] {
  const entries = defaultAnswer.parse(answer).filter(([creator]) => !ignored.includes(creator)).map(([creator, schema, kind, acl]): DefaultPrivilege => ({
    creator, schema, kind: kind as DefaultPrivilegeKind,
    grants: sortBy(parseGrants(acl, null, ignored), grantKey).map(({ grantee, privileges, grantable }) => ({ grantee, privileges, grantable })),
  }));
  return sortBy(entries, ({ creator, schema, kind }) => `${creator}\0${schema ?? ""}\0${kind}`);
}

const COMMANDS: Readonly<Record<string, PolicyCommand>> = { "*": "ALL", r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE" };

const rowSecurityAnswer = z.array(z.tuple([
  z.string(), z.string(), z.boolean(), z.boolean(),
  z.array(z.tuple([z.string(), z.boolean(), z.enum(["*", "r", "a", "w", "d"]), z.array(z.string()), z.string().nullable(), z.string().nullable()])),
]));

export function parseRowSecurity(answer: unknown): readonly ObservedRowSecurity[] {
  const tables = rowSecurityAnswer.parse(answer).map(([schema, name, enabled, forced, policies]): ObservedRowSecurity => ({
    schema, name, enabled, forced,
    policies: sortBy(policies.map(([policy, permissive, command, roles, using, withCheck]): ObservedPolicy =>
      ({ name: policy, permissive, command: COMMANDS[command] as PolicyCommand, roles: [...roles].sort(), using, withCheck })), (policy) => policy.name),
  }));
  return sortBy(tables, tableKey);
}

const spellingAnswer = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/** One per declared expression, also where the server gave none. */
export function parseSpellings(answers: readonly unknown[], tables: readonly DesiredRowSecurity[]): readonly Spelling[] {
  const key = (schema: string, name: string, text: string): string => JSON.stringify([schema, name, text]);
  const spelled = new Map(answers.map((answer) => spellingAnswer.parse(answer)).map(([schema, name, text, own]) => [key(schema, name, text), own] as const));
  const all = tables.flatMap(({ schema, name, policies }) => policies.flatMap(({ using, withCheck }) => [using, withCheck])
    .flatMap((text): readonly Spelling[] => (text === null ? [] : [{ schema, name, text, spelled: spelled.get(key(schema, name, text)) ?? null }])));
  return sortBy([...new Map(all.map((spelling) => [key(spelling.schema, spelling.name, spelling.text), spelling])).values()], (spelling) => key(spelling.schema, spelling.name, spelling.text));
}
