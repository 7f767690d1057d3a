/**
 * Names of PostgreSQL's catalogue and the few that mean something by themselves. A name is any text of 1 to 63 bytes
 * without NUL; quotes, newlines and keywords are legal, because every name is quoted where it is rendered.
 */

/** Grantee that stands for every role, present and future. A role cannot have this name. */
export const PUBLIC = "PUBLIC";

/** NAMEDATALEN - 1. Source: PostgreSQL, sql-syntax-lexical. Longer names would be cut silently. */
export const NAME_BYTES = 63;

/** Schemas of the system, which are left alone unless an object in them is declared by name. */
export const SYSTEM_SCHEMAS: readonly string[] = ["information_schema", "pg_catalog", "pg_toast"];

/** What keeps the text from being a name, in words; `null` when nothing does. */
export function nameFault(name: string): string | null {
  if (name === "") {
    return "it is empty";
  }
  if (name.includes("\0")) {
    return "it holds a NUL character";
  }
  if (/\p{Surrogate}/u.test(name)) {
    return "it is not valid Unicode";
  }
  const bytes = Buffer.byteLength(name, "utf8");
  return bytes > NAME_BYTES ? `it has ${bytes} bytes` : null;
}

/** Roles that come with the server (`pg_monitor`, …): they can be granted, never altered. Source: PostgreSQL, predefined-roles. */
export function isPredefinedRole(name: string): boolean {
  return name.startsWith("pg_");
}

/** PostgreSQL reserves the prefix for itself. */
export function isSystemSchema(name: string): boolean {
  return name.startsWith("pg_") || SYSTEM_SCHEMAS.includes(name);
}

/** Order of texts that does not depend on a locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A copy in that order. */
export function sortBy<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  return values
    .map((value) => [key(value), value] as const)
    .sort(([a], [b]) => compareText(a, b))
    .map(([, value]) => value);
}
