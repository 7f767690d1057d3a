/**
 * Reading roles: one query each for names, attributes with settings, memberships, and what undeclared roles hold. Every
 * answer is one line of JSON. The bootstrap superuser and predefined roles are left out by rule, ignored ones by choice.
 */
import { z } from "zod";
import type { InstanceReference } from "../model/instance";
import { compareText, sortBy } from "../model/name";
import { NAME_LIST_PARAMETERS, type Holding, type Membership, type ObservedRole, type RoleSetting, type Setting } from "../model/role";
import { Secret } from "../model/secret";
import { literal, sql, type Sql } from "../render/sql";

/** Names as a PostgreSQL array of text. */
export function nameArray(names: readonly string[]): Sql {
  return sql`ARRAY(SELECT pg_catalog.jsonb_array_elements_text(${literal(JSON.stringify(names))}))`;
}

/** Roles that are nobody's to manage: the one initdb made, those of the server, those the declaration ignores. */
function isOurs(ignored: readonly string[]): Sql {
  return sql`(r.oid <> 10 AND r.rolname !~ '^pg_' AND r.rolname <> ALL (${nameArray(ignored)}))`;
}

export const namesQuery = sql`SELECT pg_catalog.jsonb_build_object('major', pg_catalog.current_setting('server_version_num')::int / 10000,
  'bootstrap', pg_catalog.pg_get_userbyid(10), 'standby', pg_catalog.pg_is_in_recovery(),
  'names', (SELECT pg_catalog.jsonb_agg(rolname) FROM pg_catalog.pg_roles))`;

export function rolesQuery(ignored: readonly string[]): Sql {
  return sql`SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', r.rolname, 'login', r.rolcanlogin, 'superuser', r.rolsuper,
  'createdb', r.rolcreatedb, 'createrole', r.rolcreaterole, 'replication', r.rolreplication, 'bypassrls', r.rolbypassrls, 'inherit', r.rolinherit,
  'connectionLimit', r.rolconnlimit, 'verifier', r.rolpassword, 'comment', pg_catalog.shobj_description(r.oid, 'pg_authid'),
  'validUntil', CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END,
  'settings', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(d.datname, s.setconfig)), '[]') FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE s.setrole = r.oid))), '[]')
FROM pg_catalog.pg_authid r WHERE ${isOurs(ignored)}`;
}

/** Before 16 a membership has neither options of its own nor grantors that are kept apart. */
export function membershipsQuery({ major }: InstanceReference, ignored: readonly string[]): Sql {
  const grantor = major >= 16 ? sql`CASE WHEN a.grantor = 10 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantor) END` : sql`NULL`;
  const options = major >= 16 ? sql`a.inherit_option, a.set_option` : sql`true, true`;
  return sql`SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(g.rolname, r.rolname, ${grantor}, a.admin_option, ${options})), '[]')
FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_authid g ON g.oid = a.roleid JOIN pg_catalog.pg_authid r ON r.oid = a.member
WHERE ${isOurs(ignored)} AND g.rolname <> ALL (${nameArray(ignored)})`;
}

/** Where a role owns something or is named: what must be cleared before it can be dropped. */
export function holdingsQuery(ignored: readonly string[]): Sql {
  return sql`SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(rolname, datname, owns)), '[]') FROM (
  SELECT r.rolname, d.datname, pg_catalog.bool_or(s.deptype = 'o' AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)) AS owns FROM pg_catalog.pg_shdepend s
  JOIN pg_catalog.pg_authid r ON s.refclassid = 'pg_catalog.pg_authid'::regclass AND r.oid = s.refobjid LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
  WHERE ${isOurs(ignored)} GROUP BY 1, 2) AS held`;
}

export const namesAnswer = z.object({ major: z.number(), bootstrap: z.string(), standby: z.boolean(), names: z.array(z.string()) });

const roleAnswer = z.array(z.object({
  name: z.string(), login: z.boolean(), superuser: z.boolean(), createdb: z.boolean(), createrole: z.boolean(), replication: z.boolean(), bypassrls: z.boolean(),
  inherit: z.boolean(), connectionLimit: z.number(), validUntil: z.string().nullable(), verifier: z.string().nullable(), comment: z.string().nullable(),
  settings: z.array(z.tuple([z.string().nullable(), z.array(z.string())])),
}));

export function parseRoles(answer: unknown): readonly ObservedRole[] {
  const roles = roleAnswer.parse(answer).map(({ verifier, settings, validUntil, ...role }): ObservedRole => ({
    ...role,
    validUntil: validUntil === null ? null : validUntil.replace(/(\.\d*?)0*Z$/, (_, digits: string) => (digits === "." ? "Z" : `${digits}Z`)),
    verifier: verifier === null ? null : new Secret(verifier),
    settings: sortBy(
      settings.flatMap(([database, entries]) => entries.map((entry): RoleSetting => ({ database, ...parseSetting(entry) }))),
      ({ database, parameter }) => `${database ?? ""}\0${parameter}`,
    ),
  }));
  return sortBy(roles, (role) => role.name);
}

/** `work_mem=64MB`, as in pg_db_role_setting. */
export function parseSetting(entry: string): Setting {
  const end = entry.indexOf("=");
  const parameter = entry.slice(0, end).toLowerCase();
  const value = entry.slice(end + 1);
  return { parameter, value: NAME_LIST_PARAMETERS.includes(parameter) ? splitNames(value) : value };
}

/** `a, "B c"` → a and B c. Source: SplitIdentifierString in varlena.c. */
function splitNames(list: string): readonly string[] {
  const names = [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)/g)]
    .filter((match) => match[0] !== "")
    .map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? (bare ?? "").toLowerCase());
  return names.length === 0 ? [""] : names;
}

const membershipAnswer = z.array(z.tuple([z.string(), z.string(), z.string().nullable(), z.boolean(), z.boolean(), z.boolean()]));

export function parseMemberships(answer: unknown): readonly Membership[] {
  return membershipAnswer.parse(answer)
    .map(([role, member, grantor, admin, inherit, set]): Membership => ({ role, member, grantor, admin, inherit, set }))
    .sort((a, b) => compareText(a.role, b.role) || compareText(a.member, b.member) || compareText(a.grantor ?? "", b.grantor ?? ""));
}

const holdingAnswer = z.array(z.tuple([z.string(), z.string().nullable(), z.boolean()]));

export function parseHoldings(answer: unknown): readonly Holding[] {
  const holdings = holdingAnswer.parse(answer).map(([role, database, owns]): Holding => ({ role, database, owns }));
  return sortBy(holdings, ({ role, database }) => `${role}\0${database ?? ""}`);
}
