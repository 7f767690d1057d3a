/**
 * From the observed databases, schemas and extensions to the desired ones. Nothing here is ever removed. A new database
 * admits nobody until its privileges are set; one that an interrupted update left in that state is opened as well.
 */
import type { AccessChange, AccessDifference, DesiredDatabase, Missing, ObservedDatabase } from "../model/access";
import type { DatabaseAttributes } from "../model/database";
import type { Setting } from "../model/role";
import { NEW_DATABASE } from "../resolve/database";
import { diffCollection } from "./collection";
import { isSameSetting } from "./role";

export function diffDatabase(observed: ObservedDatabase | undefined, desired: DesiredDatabase, bootstrap: string): AccessDifference {
  const now = observed ?? newDatabase(desired, bootstrap);
  return {
    changes: [
      ...(observed === undefined ? [{ kind: "createDatabase", path: desired.path, database: null, name: desired.name, attributes: desired.attributes, initialScript: desired.initialScript } as const] : []),
      ...alterDatabase(now, desired),
      ...diffDatabaseSettings(now, desired),
      ...diffSchemas(now, desired),
      ...diffExtensions(now, desired),
    ],
    missing: observed === undefined ? [] : fixedAttributes(observed, desired),
  };
}

/** What CREATE DATABASE … TEMPLATE template0 CONNECTION LIMIT 0 leaves. Source: PostgreSQL, ddl-schemas and ddl-priv. */
export function newDatabase({ name, attributes, grants, defaultPrivileges, owners, rowSecurity }: DesiredDatabase, bootstrap: string): ObservedDatabase {
  const owner = attributes.owner ?? bootstrap;
  const object = { schema: null, arguments: null, owner: bootstrap, extension: null };
  const toPublic = (privileges: readonly string[]): readonly [{ grantee: "PUBLIC"; grantor: null; column: null; privileges: readonly string[]; grantable: readonly string[] }] =>
    [{ grantee: "PUBLIC", grantor: null, column: null, privileges, grantable: [] }];
  return {
    name,
    attributes: { ...NEW_DATABASE, encoding: attributes.encoding ?? NEW_DATABASE.encoding, locale: attributes.locale ?? NEW_DATABASE.locale, owner, connectionLimit: 0 },
    schemas: [{ name: "public", owner: "pg_database_owner", comment: "standard public schema" }],
    extensions: [{ name: "plpgsql", schema: "pg_catalog", version: "1.0" }],
    ...(grants === undefined && owners.length === 0 ? {} : {
      objects: [
        { ...object, kind: "database", name, owner, grants: toPublic(["CONNECT", "TEMPORARY"]) },
        { ...object, kind: "schema", name: "public", owner: "pg_database_owner", grants: toPublic(["USAGE"]) },
        { ...object, kind: "language", name: "plpgsql", grants: toPublic(["USAGE"]) },
        { ...object, kind: "language", name: "sql", grants: toPublic(["USAGE"]) },
      ] as const,
    }),
    ...(grants === undefined && defaultPrivileges === undefined ? {} : { defaultPrivileges: [] }),
    ...(rowSecurity === undefined ? {} : { rowSecurity: [], spellings: [] }),
  };
}

const ALTERABLE = ["owner", "connectionLimit", "comment"] as const;

function alterDatabase(observed: ObservedDatabase, { name, path, attributes }: DesiredDatabase): readonly AccessChange[] {
  const isUnfinished = observed.attributes.connectionLimit === 0;
  const wanted = { ...attributes, connectionLimit: attributes.connectionLimit ?? (isUnfinished ? NEW_DATABASE.connectionLimit : undefined) };
  const differing = ALTERABLE.filter((attribute) => wanted[attribute] !== undefined && wanted[attribute] !== observed.attributes[attribute]);
  if (differing.length === 0) {
    return [];
  }
  const pick = (from: Partial<Record<(typeof ALTERABLE)[number], unknown>>): Partial<DatabaseAttributes> =>
    Object.fromEntries(differing.map((attribute) => [attribute, from[attribute]])) as Partial<DatabaseAttributes>;
  return [{ kind: "alterDatabase", path, database: null, name, before: pick(observed.attributes), after: pick(wanted) }];
}

function fixedAttributes(observed: ObservedDatabase, { path, attributes, name }: DesiredDatabase): readonly Missing[] {
  return (["encoding", "locale"] as const).filter((attribute) => attributes[attribute] !== undefined && attributes[attribute] !== observed.attributes[attribute]).map((attribute) => ({
    path: `${path}.${attribute}`,
    what: `the ${attribute} of database ${JSON.stringify(name)} is ${observed.attributes[attribute]} and cannot become ${String(attributes[attribute])}; declare what it is, or make a new database and move the data`,
  }));
}

function diffDatabaseSettings({ attributes: { settings: before } }: ObservedDatabase, { name, path, attributes: { settings } }: DesiredDatabase): readonly AccessChange[] {
  if (settings === undefined) {
    return [];
  }
  const key = (setting: Setting): string => setting.parameter;
  const { added, removed, kept } = diffCollection(before, settings, key, key);
  const at = (parameter: string): { readonly path: string; readonly database: null; readonly name: string } => ({ path: `${path}.settings[${JSON.stringify(parameter)}]`, database: null, name });
  return [
    ...removed.map(({ parameter, value }): AccessChange => ({ ...at(parameter), kind: "resetDatabaseSetting", parameter, before: value })),
    ...added.map((setting): AccessChange => ({ ...at(setting.parameter), kind: "setDatabaseSetting", setting, before: null })),
    ...kept.filter(([old, wanted]) => !isSameSetting(old.value, wanted.value))
      .map(([old, setting]): AccessChange => ({ ...at(setting.parameter), kind: "setDatabaseSetting", setting, before: old.value })),
  ];
}

function diffSchemas(observed: ObservedDatabase, desired: DesiredDatabase): readonly AccessChange[] {
  const database = desired.name;
  const { added, kept } = diffCollection(observed.schemas, desired.schemas, (schema) => schema.name, (schema) => schema.name);
  const comment = (schema: string, path: string, before: string | null, after: string | null | undefined): readonly AccessChange[] =>
    (after === undefined || after === before ? [] : [{ kind: "commentSchema", path, database, schema, before, comment: after }]);
  return [
    ...added.flatMap((schema): readonly AccessChange[] => [
      { kind: "createSchema", path: schema.path, database, schema: schema.name, owner: schema.owner }, ...comment(schema.name, schema.path, null, schema.comment),
    ]),
    ...kept.flatMap(([before, schema]): readonly AccessChange[] => [
      ...(schema.owner === undefined || schema.owner === before.owner ? [] : [{
        kind: "alterOwner", path: `${schema.path}.owner`, database, object: { kind: "schema", schema: null, name: schema.name, arguments: null }, before: before.owner, owner: schema.owner,
      } as const]),
      ...comment(schema.name, schema.path, before.comment, schema.comment),
    ]),
  ];
}

function diffExtensions(observed: ObservedDatabase, desired: DesiredDatabase): readonly AccessChange[] {
  const database = desired.name;
  const { added, kept } = diffCollection(observed.extensions, desired.extensions, (extension) => extension.name, (extension) => extension.name);
  return [
    ...added.map(({ name, path, schema, version }): AccessChange => ({ kind: "createExtension", path, database, extension: name, schema, version })),
    ...kept.flatMap(([before, { name, path, schema, version }]): readonly AccessChange[] => [
      ...(schema === undefined || schema === before.schema ? [] : [{ kind: "moveExtension", path, database, extension: name, before: before.schema, schema } as const]),
      ...(version === undefined || version === before.version ? [] : [{ kind: "updateExtension", path, database, extension: name, before: before.version, version } as const]),
    ]),
  ];
}
