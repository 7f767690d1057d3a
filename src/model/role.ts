/**
 * Roles of one instance: attributes, password, settings, and the memberships between them. The observed and the
 * desired role differ in the password alone: the server keeps a verifier, a program knows a password.
 */
import type { Secret } from "./secret";

/** Attributes as in CREATE ROLE. All are absent (`false`) by default but `inherit`. Source: PostgreSQL, sql-createrole. */
export interface RoleAttributes {
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly replication: boolean;
  readonly bypassrls: boolean;
  readonly inherit: boolean;
  /** Sessions at once; -1 means no limit. */
  readonly connectionLimit: number;
  /** End of the password's validity, UTC, as `2027-01-31T00:00:00Z`; `null` means none. */
  readonly validUntil: string | null;
}

/** In the order in which they are shown and rendered. */
export const ATTRIBUTES = [
  "login", "superuser", "createdb", "createrole", "replication", "bypassrls", "inherit", "connectionLimit", "validUntil",
] as const satisfies readonly (keyof RoleAttributes)[];

/** A parameter that sessions start with. A list is the value of a parameter that holds a list of names. */
export interface Setting {
  readonly parameter: string;
  readonly value: string | readonly string[];
}

/** Settings of a role in one database, or in all (`null`). */
export interface RoleSetting extends Setting {
  readonly database: string | null;
}

interface RoleBase extends RoleAttributes {
  readonly name: string;
  readonly comment: string | null;
  readonly settings: readonly RoleSetting[];
}

export interface ObservedRole extends RoleBase {
  /** What the server keeps in place of the password: a SCRAM-SHA-256 verifier, an MD5 hash, or nothing. */
  readonly verifier: Secret<string> | null;
}

export type DesiredPassword =
  | { readonly kind: "none" }
  /** Whatever the role has stays, unless it is an MD5 hash. */
  | { readonly kind: "kept" }
  | { readonly kind: "text"; readonly text: Secret<string> }
  | { readonly kind: "verifier"; readonly verifier: Secret<string> };

export interface DesiredRole extends RoleBase {
  readonly password: DesiredPassword;
  /** Where the role is declared. */
  readonly path: string;
}

/** `role` is what is given, `member` who gets it. Source: PostgreSQL, sql-grant. */
export interface Membership {
  readonly role: string;
  readonly member: string;
  /** Who is on record as having granted it; `null` is the bootstrap superuser. Always `null` before PostgreSQL 16. */
  readonly grantor: string | null;
  readonly admin: boolean;
  /** @remarks PostgreSQL 16 and newer; before, a role's own INHERIT decides and this reads true. */
  readonly inherit: boolean;
  /** @remarks PostgreSQL 16 and newer; before, always true. */
  readonly set: boolean;
}

export interface DesiredMembership extends Membership {
  readonly path: string;
}

/** What becomes of a role that the declaration no longer names. */
export const RETIREMENTS = ["disable", "drop", "keep"] as const;

export type Retirement = (typeof RETIREMENTS)[number];

/** What a role would leave behind: it owns objects in that database, or is only named in privileges there. */
export interface Holding {
  readonly role: string;
  /** `null`: objects shared by all databases (databases, tablespaces). */
  readonly database: string | null;
  readonly owns: boolean;
}

/** Parameters whose value is a list of names, which SET takes as separate words. Source: PostgreSQL, GUC_LIST_QUOTE in guc_tables.c. */
export const NAME_LIST_PARAMETERS: readonly string[] = [
  "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories",
];
