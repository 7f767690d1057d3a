/**
 * What each role can and cannot do, asked of the server itself: its `has_…_privilege` functions for every role, object and
 * column, the attributes of every role, and whether row security binds. Reads neither ACLs nor what applied them, so that
 * a mistake there cannot hide here.
 */
import { z } from "zod";
import type { DesiredAccess, DesiredDatabase } from "../model/access";
import { compareText, PUBLIC } from "../model/name";
import { privilegesOf, type ObjectKind } from "../model/privilege";
import { ATTRIBUTES, type DesiredRole, type RoleAttributes } from "../model/role";
import { MAINTENANCE_DATABASE, psql } from "../render/psql";
import { literal, sql, type Sql } from "../render/sql";
import type { Transport } from "../transport/transport";
import type { Probe } from "../inspect/probe";
import { expectedPrivileges, inheritedRoles, type Thing } from "./privilege";
import type { Finding } from "./report";

/** Kinds that the server is asked about. */
const KINDS: readonly ObjectKind[] = ["database", "schema", "table", "sequence", "routine"];

export async function verifyAccess(desired: DesiredAccess, transport: Transport): Promise<readonly Finding[]> {
  if (desired.mode === "adopt") {
    return [];
  }
  const roles = await transport.observe(attributesProbe(desired));
  const databases = await Promise.all(desired.databases.map(async (database) => judgeDatabase(desired, database, await transport.observe(databaseProbe(desired, database)))));
  return [...judgeRoles(desired, roles), ...databases.flat()];
}

/** Several resources may look after sections of one instance; together they say who may do what there. */
export function joinAccess(parts: readonly DesiredAccess[]): DesiredAccess {
  const [first] = parts as readonly [DesiredAccess, ...DesiredAccess[]];
  const names = [...new Set(parts.flatMap(({ databases }) => databases.map(({ name }) => name)))].sort(compareText);
  return {
    ...first,
    mode: parts.every(({ mode }) => mode === "authoritative") ? "authoritative" : parts.some(({ mode }) => mode === "adopt") ? "adopt" : "additive",
    ignoredRoles: [...new Set(parts.flatMap(({ ignoredRoles }) => ignoredRoles))],
    keepsPublicDefaults: parts.some(({ keepsPublicDefaults }) => keepsPublicDefaults),
    roles: firstOf(parts.map(({ roles }) => roles)),
    memberships: firstOf(parts.map(({ memberships }) => memberships)),
    databases: names.map((name) => joinDatabase(parts.flatMap(({ databases }) => databases.filter((database) => database.name === name)))),
  };
}

function joinDatabase(parts: readonly DesiredDatabase[]): DesiredDatabase {
  const [first] = parts as readonly [DesiredDatabase, ...DesiredDatabase[]];
  return { ...first, grants: firstOf(parts.map(({ grants }) => grants)), rowSecurity: firstOf(parts.map(({ rowSecurity }) => rowSecurity)) };
}

const firstOf = <T>(values: readonly (T | undefined)[]): T | undefined => values.find((value) => value !== undefined);

type ShownRole = RoleAttributes & { readonly name: string };

const attributesAnswer = z.array(z.object({
  name: z.string(), login: z.boolean(), superuser: z.boolean(), createdb: z.boolean(), createrole: z.boolean(), replication: z.boolean(), bypassrls: z.boolean(),
  inherit: z.boolean(), connectionLimit: z.number(), validUntil: z.string().nullable(),
}));

function attributesProbe({ instance }: DesiredAccess): Probe<readonly ShownRole[]> {
  const query = sql`SELECT coalesce(json_agg(json_build_object('name', rolname, 'login', rolcanlogin, 'superuser', rolsuper, 'createdb', rolcreatedb, 'createrole', rolcreaterole,
  'replication', rolreplication, 'bypassrls', rolbypassrls, 'inherit', rolinherit, 'connectionLimit', rolconnlimit,
  'validUntil', to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ORDER BY rolname), '[]') FROM pg_roles WHERE oid <> 10 AND rolname !~ '^pg_'`;
  return { title: "asking the server for its roles", script: psql(instance, MAINTENANCE_DATABASE, [query]), parse: (stdout) => attributesAnswer.parse(JSON.parse(stdout)) };
}

/** One finding for each declared role, and one for all others: nobody else can log in or is more than a plain role. */
export function judgeRoles(desired: DesiredAccess, shown: readonly ShownRole[]): readonly Finding[] {
  const declared = desired.roles ?? [];
  const strangers = shown.filter(({ name }) => !declared.some((role) => role.name === name) && !desired.ignoredRoles.includes(name));
  const mighty = strangers.filter((role) => role.login || role.superuser || role.createrole || role.bypassrls || role.replication);
  const others: Finding = {
    code: "TEL-35", title: "roles beside the declared ones", passed: mighty.length === 0, expected: "none that can log in or has a power of its own",
    observed: mighty.length === 0 ? "none can log in" : mighty.map(({ name }) => name).join(", "),
  };
  return [...declared.map((role) => judgeRole(role, shown.find(({ name }) => name === role.name))), ...(desired.roles === undefined || desired.mode !== "authoritative" ? [] : [others])];
}

function judgeRole(role: DesiredRole, shown: ShownRole | undefined): Finding {
  const wrong = shown === undefined ? [] : ATTRIBUTES.filter((attribute) => shown[attribute] !== role[attribute]);
  const say = (of: RoleAttributes): string => wrong.map((attribute) => `${attribute} ${String(of[attribute])}`).join(", ");
  return {
    code: "TEL-33", title: `attributes of ${role.name}`, passed: shown !== undefined && wrong.length === 0,
    expected: wrong.length === 0 ? "the role" : say(role), observed: shown === undefined ? "no such role" : wrong.length === 0 ? "as declared" : say(shown),
  };
}

export interface Holding extends Thing {
  readonly role: string;
  /** Sorted; on a column, those that the whole table does not give. */
  readonly privileges: readonly string[];
}

export interface RowSecurityShown {
  readonly schema: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly policies: readonly string[];
}

export interface DatabaseShown {
  readonly holdings: readonly Holding[];
  readonly rowSecurity: readonly RowSecurityShown[];
}

const typeAnswer = z.tuple([z.string(), z.string(), z.boolean()]).transform(([schema, name, isArray]) => ({ schema, name, isArray }));
const databaseAnswer = z.object({
  holdings: z.array(z.tuple([z.enum(KINDS as [ObjectKind, ...ObjectKind[]]), z.string().nullable(), z.string(), z.array(typeAnswer).nullable(), z.string(), z.string().nullable(), z.string(), z.array(z.string())])
    .transform(([kind, schema, name, args, owner, column, role, privileges]) => ({ kind, schema, name, arguments: args, owner, column, role, privileges: [...privileges].sort() }))),
  rowSecurity: z.array(z.object({ schema: z.string(), name: z.string(), enabled: z.boolean(), forced: z.boolean(), policies: z.array(z.string()) })),
});

const asArray = (values: readonly string[]): Sql => sql`ARRAY(SELECT jsonb_array_elements_text(${literal(JSON.stringify(values))}))`;

/** Whether the role (or `public`) has the privilege, in the words of the kind's own function. */
const HAS: Readonly<Record<string, Sql>> = {
  database: sql`has_database_privilege(r.role, t.id, p)`,
  schema: sql`has_schema_privilege(r.role, t.id, p)`,
  table: sql`CASE WHEN t.col IS NULL THEN has_table_privilege(r.role, t.id, p) ELSE has_column_privilege(r.role, t.id, t.number, p) AND NOT has_table_privilege(r.role, t.id, p) END`,
  sequence: sql`has_sequence_privilege(r.role, t.id, p)`,
  routine: sql`has_function_privilege(r.role, t.id, p)`,
};

function databaseProbe(desired: DesiredAccess, database: DesiredDatabase): Probe<DatabaseShown> {
  const { instance } = desired;
  const known = [...(desired.roles ?? []).filter((role) => !role.superuser).map((role) => role.name), "public"];
  const privileges = Object.fromEntries(KINDS.map((kind) => [kind, privilegesOf(kind, instance.major)]));
  const own = sql`n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
  const notOfExtension = sql`NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.id AND d.classid = t.class AND d.deptype = 'e')`;
  const query = sql`WITH thing AS (
  SELECT 'database' AS kind, NULL::name AS schema, datname AS name, NULL::jsonb AS args, datdba AS owner, NULL::name AS col, oid AS id, NULL::int2 AS number, 'pg_database'::regclass AS class FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'schema', NULL, nspname, NULL, nspowner, NULL, oid, NULL, 'pg_namespace'::regclass FROM pg_namespace n WHERE ${own}
  UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, NULL, c.relowner, NULL, c.oid, NULL, 'pg_class'::regclass
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${own}
  UNION ALL SELECT 'table', n.nspname, c.relname, NULL, c.relowner, a.attname, c.oid, a.attnum, 'pg_class'::regclass
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND ${own}
  UNION ALL SELECT 'routine', n.nspname, f.proname,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(tn.nspname, e.typname, y.typcategory = 'A' AND y.typelem <> 0) ORDER BY i.place), '[]') FROM unnest(f.proargtypes) WITH ORDINALITY i(arg, place)
      JOIN pg_type y ON y.oid = i.arg JOIN pg_type e ON e.oid = CASE WHEN y.typcategory = 'A' AND y.typelem <> 0 THEN y.typelem ELSE y.oid END JOIN pg_namespace tn ON tn.oid = e.typnamespace),
    f.proowner, NULL, f.oid, NULL, 'pg_proc'::regclass FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace WHERE ${own}),
asked AS (SELECT t.*, r.role, (SELECT coalesce(jsonb_agg(p), '[]') FROM jsonb_array_elements_text(${literal(JSON.stringify(privileges))}::jsonb -> t.kind) p
    WHERE (t.col IS NULL OR p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')) AND CASE t.kind
      WHEN 'database' THEN ${HAS["database"] as Sql} WHEN 'schema' THEN ${HAS["schema"] as Sql} WHEN 'sequence' THEN ${HAS["sequence"] as Sql}
      WHEN 'routine' THEN ${HAS["routine"] as Sql} ELSE ${HAS["table"] as Sql} END) AS held
  FROM thing t CROSS JOIN unnest(${asArray(known)}) r(role) WHERE (r.role = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = r.role)) AND ${notOfExtension})
SELECT json_build_object(
  'holdings', (SELECT coalesce(json_agg(json_build_array(kind, schema, name, args, pg_get_userbyid(owner), col, role, held)), '[]') FROM asked),
  'rowSecurity', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname, 'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
    'policies', (SELECT coalesce(json_agg(polname ORDER BY polname), '[]') FROM pg_policy WHERE polrelid = c.oid))), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${own}))`;
  return { title: `asking the server who may do what in ${database.name}`, script: psql(instance, database.name, [query]), parse: (stdout) => databaseAnswer.parse(JSON.parse(stdout)) };
}

/** For each role one finding that says all is as declared, or one for each thing that is not. */
export function judgeDatabase(desired: DesiredAccess, database: DesiredDatabase, shown: DatabaseShown): readonly Finding[] {
  return [...(database.grants === undefined ? [] : judgePrivileges(desired, database, shown.holdings)), ...judgeRowSecurity(database, shown.rowSecurity)];
}

/** Whoever owns the database is a member of it. Source: PostgreSQL, predefined-roles. */
const DATABASE_OWNER = "pg_database_owner";

function judgePrivileges(desired: DesiredAccess, database: DesiredDatabase, holdings: readonly Holding[]): readonly Finding[] {
  const roles = [...new Set(holdings.map(({ role }) => role))].sort(compareText);
  const owner = holdings.find(({ kind }) => kind === "database")?.owner;
  return roles.flatMap((role) => {
    const inherited = inheritedRoles(desired, role === "public" ? PUBLIC : role);
    if ([...inherited].some((name) => name.startsWith("pg_"))) {
      return []; // What the server's own roles may do is not written in grants.
    }
    const reached = new Set([...inherited, ...(owner !== undefined && inherited.has(owner) ? [DATABASE_OWNER] : [])]);
    const own = holdings.filter((holding) => holding.role === role);
    const wrong = own.flatMap((holding) => judgeHolding(desired, database, holding, reached));
    const held = own.reduce((sum, { privileges }) => sum + privileges.length, 0);
    const subject = role === "public" ? "everybody" : role;
    return wrong.length > 0 ? wrong : [{
      code: role === "public" ? "SPG-01" : "TEL-34", title: `${subject} in ${database.name}`, passed: true, expected: "exactly what is declared",
      observed: `exactly what is declared: ${held} privileges among ${own.length} objects and columns`,
    }];
  });
}

function judgeHolding(desired: DesiredAccess, database: DesiredDatabase, holding: Holding, reached: ReadonlySet<string>): readonly Finding[] {
  const expected = expectedPrivileges(desired, database, holding, reached);
  const missing = expected.filter((privilege) => !holding.privileges.includes(privilege));
  const excess = desired.mode === "authoritative" ? holding.privileges.filter((privilege) => !expected.includes(privilege)) : [];
  if (missing.length + excess.length === 0) {
    return [];
  }
  const name = `${holding.kind} ${holding.schema === null ? "" : `${holding.schema}.`}${holding.name}${holding.column === null ? "" : ` (${holding.column})`}`;
  const say = (privileges: readonly string[]): string => (privileges.length === 0 ? "nothing" : privileges.join(", "));
  return [{ code: "TEL-34", title: `${holding.role === "public" ? "everybody" : holding.role} in ${database.name} on ${name}`, passed: false, expected: say(expected), observed: say(holding.privileges) }];
}

function judgeRowSecurity(database: DesiredDatabase, shown: readonly RowSecurityShown[]): readonly Finding[] {
  return (database.rowSecurity ?? []).map((table): Finding => {
    const found = shown.find(({ schema, name }) => schema === table.schema && name === table.name);
    const say = (enabled: boolean, forced: boolean, policies: readonly string[]): string =>
      `${enabled ? "on" : "off"}${forced ? ", the owner too" : ""}; ${policies.length === 0 ? "no policy" : policies.join(", ")}`;
    const expected = say(table.enabled, table.forced, table.policies.map(({ name }) => name).sort(compareText));
    const observed = found === undefined ? "no such table" : say(found.enabled, found.forced, [...found.policies].sort(compareText));
    return { code: "TEL-42", title: `row security of ${table.schema}.${table.name} in ${database.name}`, passed: expected === observed, expected, observed };
  });
}
