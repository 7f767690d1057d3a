/** Declared databases in the shape of the model, sorted by name; what a database is made with when nobody says. */
import type { DeclaredDatabase } from "../declare/database";
import type { DesiredDatabase } from "../model/access";
import type { DatabaseAttributes } from "../model/database";
import { sortBy } from "../model/name";
import { resolveDefaultPrivileges, resolveGrants, resolveRowSecurity } from "./privilege";

/** A new database: always from template0, so that its locale is what is written here on every host. */
export const NEW_DATABASE: Omit<DatabaseAttributes, "owner"> = { encoding: "UTF8", locale: "C.UTF-8", connectionLimit: -1, comment: null, settings: [] };

export function resolveDatabases(databases: readonly DeclaredDatabase[]): readonly DesiredDatabase[] {
  return sortBy(databases.map(resolveDatabase), (database) => database.name);
}

function resolveDatabase(database: DeclaredDatabase): DesiredDatabase {
  const { name, path, owner, encoding, locale, connectionLimit, comment, settings } = database;
  return {
    name,
    path,
    attributes: { owner, encoding, locale, connectionLimit, comment: emptyIsNone(comment), settings: settings === undefined ? undefined : sortBy(settings, (setting) => setting.parameter) },
    initialScript: database.initialScript ?? null,
    schemas: sortBy(database.schemas.map((schema) => ({ name: schema.name, path: schema.path, owner: schema.owner, comment: emptyIsNone(schema.comment) })), (schema) => schema.name),
    extensions: sortBy(database.extensions.map((extension) => ({ name: extension.name, path: extension.path, schema: extension.schema, version: extension.version })), (extension) => extension.name),
    owners: database.owners,
    grants: database.grants === undefined ? undefined : resolveGrants(database.grants),
    defaultPrivileges: database.defaultPrivileges === undefined ? undefined : resolveDefaultPrivileges(database.defaultPrivileges),
    rowSecurity: database.rowSecurity === undefined ? undefined : resolveRowSecurity(database.rowSecurity),
  };
}

/** PostgreSQL removes a comment when it is set to the empty text. */
function emptyIsNone(comment: string | undefined): string | null | undefined {
  return comment === "" ? null : comment;
}
