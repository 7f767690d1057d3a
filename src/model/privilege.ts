/**
 * Privileges as PostgreSQL keeps them: a grantee has a privilege on an object, or on one of its columns, from a grantor.
 * One table says which kinds of objects there are, which privileges each knows, and what PUBLIC has unless taken away.
 */
import type { Major } from "./instance";

/** Where statements about objects of a kind are run: once for the instance, or in each database. */
export type Reach = "instance" | "database";

interface KindFacts {
  /** The word after ON in GRANT. */
  readonly keyword: string;
  readonly reach: Reach;
  readonly hasSchema: boolean;
  /** In the order of PostgreSQL, ddl-priv. */
  readonly privileges: readonly string[];
  /** Built-in privileges of PUBLIC on a new object. Source: PostgreSQL, ddl-priv, table 5.2. */
  readonly toPublic: readonly string[];
}

/**
 * `table` stands for everything with columns: views, materialized views, foreign tables, partitioned tables. `routine` stands for
 * functions, procedures, aggregates and window functions, `type` also for domains: GRANT does not tell them apart.
 */
export const OBJECT_KINDS = {
  database: { keyword: "DATABASE", reach: "instance", hasSchema: false, privileges: ["CREATE", "CONNECT", "TEMPORARY"], toPublic: ["CONNECT", "TEMPORARY"] },
  tablespace: { keyword: "TABLESPACE", reach: "instance", hasSchema: false, privileges: ["CREATE"], toPublic: [] },
  parameter: { keyword: "PARAMETER", reach: "instance", hasSchema: false, privileges: ["SET", "ALTER SYSTEM"], toPublic: [] },
  schema: { keyword: "SCHEMA", reach: "database", hasSchema: false, privileges: ["CREATE", "USAGE"], toPublic: [] },
  table: {
    keyword: "TABLE", reach: "database", hasSchema: true,
    privileges: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"], toPublic: [],
  },
  sequence: { keyword: "SEQUENCE", reach: "database", hasSchema: true, privileges: ["USAGE", "SELECT", "UPDATE"], toPublic: [] },
  routine: { keyword: "ROUTINE", reach: "database", hasSchema: true, privileges: ["EXECUTE"], toPublic: ["EXECUTE"] },
  type: { keyword: "TYPE", reach: "database", hasSchema: true, privileges: ["USAGE"], toPublic: ["USAGE"] },
  language: { keyword: "LANGUAGE", reach: "database", hasSchema: false, privileges: ["USAGE"], toPublic: ["USAGE"] },
  foreignDataWrapper: { keyword: "FOREIGN DATA WRAPPER", reach: "database", hasSchema: false, privileges: ["USAGE"], toPublic: [] },
  foreignServer: { keyword: "FOREIGN SERVER", reach: "database", hasSchema: false, privileges: ["USAGE"], toPublic: [] },
  largeObject: { keyword: "LARGE OBJECT", reach: "database", hasSchema: false, privileges: ["SELECT", "UPDATE"], toPublic: [] },
} as const satisfies Record<string, KindFacts>;

export type ObjectKind = keyof typeof OBJECT_KINDS;

/** Other words a declaration may use for the same kind. */
export const KIND_WORDS: Readonly<Record<string, ObjectKind>> = {
  ...(Object.fromEntries(Object.keys(OBJECT_KINDS).map((kind) => [kind, kind])) as Record<ObjectKind, ObjectKind>),
  view: "table", materializedView: "table", foreignTable: "table", function: "routine", procedure: "routine", aggregate: "routine", domain: "type",
};

/** The first major version that knows the privilege, where not all do. */
const SINCE: Readonly<Record<string, Major>> = { MAINTAIN: 17 };

export function privilegesOf(kind: ObjectKind, major: Major): readonly string[] {
  return OBJECT_KINDS[kind].privileges.filter((privilege) => (SINCE[privilege] ?? 0) <= major);
}

/** Source: PostgreSQL, sql-grant: only these can be given on single columns. */
export const COLUMN_PRIVILEGES: readonly string[] = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];

export function publicPrivilegesOf(kind: ObjectKind): readonly string[] {
  return OBJECT_KINDS[kind].toPublic;
}

/** A type as the catalogue names it; an unqualified one (`schema: null`) matches in any schema. */
export interface TypeName {
  readonly schema: string | null;
  readonly name: string;
  readonly isArray: boolean;
}

export interface ObjectName {
  readonly kind: ObjectKind;
  readonly schema: string | null;
  readonly name: string;
  /** Types of a routine's input arguments; `null` for other kinds, and where a declaration leaves them out. */
  readonly arguments: readonly TypeName[] | null;
}

/** Objects a declaration means: one by name, or all of a kind in a schema, those to come excluded. */
export type ObjectSelector = ObjectName | { readonly kind: ObjectKind; readonly schema: string; readonly all: true };

/** One grantee's privileges from one grantor, on the object or on one column. */
export interface Grant {
  /** A role, or PUBLIC. */
  readonly grantee: string;
  /** `null`: the owner, in whose name a superuser grants too. */
  readonly grantor: string | null;
  readonly column: string | null;
  readonly privileges: readonly string[];
  /** Those of `privileges` that the grantee may pass on. */
  readonly grantable: readonly string[];
}

/** An object as one finds it. The owner's own privileges are not listed: it can give them to itself at any time. */
export interface ObservedObject extends ObjectName {
  readonly owner: string;
  /** The extension it belongs to: its privileges stay as installed unless declared by name. */
  readonly extension: string | null;
  readonly grants: readonly Grant[];
}

export interface DesiredGrant extends Omit<Grant, "column" | "grantable"> {
  readonly on: ObjectSelector;
  /** Empty: the whole object. */
  readonly columns: readonly string[];
  readonly withGrantOption: boolean;
  readonly path: string;
}

export interface DesiredOwner {
  readonly on: ObjectSelector;
  readonly owner: string;
  readonly path: string;
}

/** Kinds that default privileges exist for, with the word after ON. `largeObject` since 18. Source: PostgreSQL, sql-alterdefaultprivileges. */
export const DEFAULT_PRIVILEGE_KINDS = {
  table: "TABLES", sequence: "SEQUENCES", routine: "ROUTINES", type: "TYPES", schema: "SCHEMAS", largeObject: "LARGE OBJECTS",
} as const satisfies Partial<Record<ObjectKind, string>>;

export type DefaultPrivilegeKind = keyof typeof DEFAULT_PRIVILEGE_KINDS;

/** What objects of a kind that `creator` makes will start with. Globally (`schema: null`) it replaces the built-in, in a schema it adds. */
export interface DefaultPrivilege {
  readonly creator: string;
  readonly schema: string | null;
  readonly kind: DefaultPrivilegeKind;
  readonly grants: readonly Omit<Grant, "grantor" | "column">[];
}

export interface DesiredDefaultPrivilege extends Omit<DefaultPrivilege, "grants"> {
  readonly grantee: string;
  readonly privileges: readonly string[];
  readonly withGrantOption: boolean;
  readonly path: string;
}

/** A text that says which object it is and nothing else: equal for equal objects. */
export function objectKey(object: ObjectName): string {
  return JSON.stringify([object.kind, object.schema, object.name, object.arguments?.map((type) => [type.schema, type.name, type.isArray]) ?? null]);
}

/** `table app.orders`, for people. */
export function formatObject(object: ObjectSelector): string {
  if ("all" in object) {
    return `every ${object.kind} in schema ${object.schema}`;
  }
  const types = object.arguments?.map((type) => `${type.schema === null ? "" : `${type.schema}.`}${type.name}${type.isArray ? "[]" : ""}`);
  return `${object.kind} ${object.schema === null ? "" : `${object.schema}.`}${object.name}${types === undefined ? "" : `(${types.join(", ")})`}`;
}
