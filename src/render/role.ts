/**
 * Changes of roles and memberships to statements. A password leaves as a verifier only, in a bracket of settings that
 * keeps the server from writing the statement anywhere. Source: PostgreSQL, sql-createrole, sql-alterrole, sql-grant.
 */
import type { ChangeOf } from "../model/access";
import type { Major } from "../model/instance";
import { ATTRIBUTES, type DesiredPassword, type Membership, type RoleAttributes, type Setting } from "../model/role";
import type { Secret } from "../model/secret";
import { makeVerifier } from "../model/verifier";
import { EMPTY, identifier, join, keyword, literal, parameterName, sendIf, sql, type Sql } from "./sql";

/** Without login and attributes, so that an interrupted update leaves nothing that can be used. Repeatable. */
export function renderCreateRole({ role }: ChangeOf<"createRole">): readonly Sql[] {
  return [sendIf(sql`NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)})`, sql`CREATE ROLE ${identifier(role)} NOLOGIN`)];
}

const FLAGS: Readonly<Record<Exclude<keyof RoleAttributes, "connectionLimit" | "validUntil">, string>> = {
  login: "LOGIN", superuser: "SUPERUSER", createdb: "CREATEDB", createrole: "CREATEROLE", replication: "REPLICATION", bypassrls: "BYPASSRLS", inherit: "INHERIT",
};

export function renderAlterRole({ role, after }: ChangeOf<"alterRole">): readonly Sql[] {
  const words = ATTRIBUTES.filter((attribute) => after[attribute] !== undefined).map((attribute): Sql => {
    switch (attribute) {
      case "connectionLimit":
        return sql`CONNECTION LIMIT ${literal(after.connectionLimit ?? -1)}`;
      case "validUntil":
        return sql`VALID UNTIL ${literal(after.validUntil ?? "infinity")}`;
      default:
        return keyword(`${after[attribute] === true ? "" : "NO"}${FLAGS[attribute]}`);
    }
  });
  return [sql`ALTER ROLE ${identifier(role)} ${join(words, " ")}`];
}

/** Everything that could write a statement's text to a log or a view. */
const QUIET = [
  sql`SET LOCAL log_statement = 'none'`, sql`SET LOCAL log_min_duration_statement = -1`, sql`SET LOCAL log_min_duration_sample = -1`, sql`SET LOCAL log_transaction_sample_rate = 0`,
  sql`SET LOCAL log_min_error_statement = 'panic'`, sql`SET LOCAL debug_print_parse = off`, sql`SET LOCAL debug_print_rewritten = off`, sql`SET LOCAL debug_print_plan = off`,
  sql`SET LOCAL track_activities = off`, sql`SET LOCAL pgaudit.log = 'none'`, sql`SET LOCAL pg_stat_statements.track_utility = off`,
];

const LOUD = [
  "log_statement", "log_min_duration_statement", "log_min_duration_sample", "log_transaction_sample_rate", "log_min_error_statement", "debug_print_parse", "debug_print_rewritten",
  "debug_print_plan", "track_activities", "pgaudit.log", "pg_stat_statements.track_utility",
].map((parameter) => sql`SET LOCAL ${parameterName(parameter)} TO DEFAULT`);

/** @param salt sixteen bytes of chance for a role's verifier */
export function renderPasswords(changes: readonly ChangeOf<"setPassword">[], salt: (role: string) => Uint8Array): readonly Sql[] {
  const statements = changes.map(({ role, password }) => sql`ALTER ROLE ${identifier(role)} PASSWORD ${literal(verifier(password, () => salt(role)))}`);
  return statements.length === 0 ? [] : [...QUIET, ...statements, ...LOUD];
}

function verifier(password: DesiredPassword, salt: () => Uint8Array): Secret<string> | null {
  switch (password.kind) {
    case "none":
    case "kept":
      return null;
    case "text":
      return makeVerifier(password.text, salt());
    case "verifier":
      return password.verifier;
  }
}

/** A list is written as separate words: as one text it would be stored as one name. */
export function settingValue({ value }: Setting): Sql {
  return typeof value === "string" ? literal(value) : join(value.map((name) => literal(name)));
}

export function renderRoleSetting(change: ChangeOf<"setRoleSetting"> | ChangeOf<"resetRoleSetting">): readonly Sql[] {
  const target = sql`ALTER ROLE ${identifier(change.role)}${change.in === null ? EMPTY : sql` IN DATABASE ${identifier(change.in)}`}`;
  return [change.kind === "setRoleSetting" ? sql`${target} SET ${parameterName(change.setting.parameter)} TO ${settingValue(change.setting)}` : sql`${target} RESET ${parameterName(change.parameter)}`];
}

export function renderCommentRole({ role, comment }: ChangeOf<"commentRole">): readonly Sql[] {
  return [sql`COMMENT ON ROLE ${identifier(role)} IS ${literal(comment)}`];
}

export function renderMembership(change: ChangeOf<"grantMembership"> | ChangeOf<"revokeMembership">, major: Major): readonly Sql[] {
  const { membership } = change;
  const edge = sql`${identifier(membership.role)}`;
  const by = membership.grantor === null ? EMPTY : sql` GRANTED BY ${identifier(membership.grantor)}`;
  if (change.kind === "revokeMembership") {
    return [sql`REVOKE ${change.onlyAdmin ? sql`ADMIN OPTION FOR ` : EMPTY}${edge} FROM ${identifier(membership.member)}${by} CASCADE`];
  }
  return [sql`GRANT ${edge} TO ${identifier(membership.member)}${options(membership, major)}${by}`];
}

function options({ admin, inherit, set }: Membership, major: Major): Sql {
  if (major < 16) {
    return admin ? sql` WITH ADMIN OPTION` : EMPTY;
  }
  return sql` WITH ADMIN ${literal(admin)}, INHERIT ${literal(inherit)}, SET ${literal(set)}`;
}

/** After the role can no longer log in. */
export function renderEndSessions(roles: readonly string[]): readonly Sql[] {
  return roles.length === 0 ? [] : [sql`SELECT FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename IN (${join(roles.map((role) => literal(role)))})) AS ended`];
}

/**
 * What the role owns goes to the heir, what it was granted is gone. Run in each database where it holds something. DROP
 * OWNED would drop what is still owned, so it runs only where that is nothing but default privileges and user mappings.
 */
export function renderClearHoldings({ role, heir }: ChangeOf<"clearHoldings">): readonly Sql[] {
  const exists = sql`EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)})`;
  const owns = sql`EXISTS (SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = ${literal(role)}
  AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
  AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`;
  return [
    ...(heir === null ? [] : [sendIf(exists, sql`REASSIGN OWNED BY ${identifier(role)} TO ${identifier(heir)}`)]),
    sendIf(sql`${exists} AND NOT ${owns}`, sql`DROP OWNED BY ${identifier(role)} RESTRICT`),
  ];
}

export function renderDropRole({ role }: ChangeOf<"dropRole">): readonly Sql[] {
  return [sql`DROP ROLE IF EXISTS ${identifier(role)}`];
}
