/** Reading databases: the declared ones that exist, and inside each its schemas and extensions. */
import { z } from "zod";
import type { DatabaseAttributes, Extension, Schema } from "../model/database";
import { sortBy } from "../model/name";
import { sql, type Sql } from "../render/sql";
import { nameArray, parseSetting } from "./role";

/** datconnlimit is -2 where a DROP DATABASE was interrupted: such a database cannot be used, only dropped. */
export function databasesQuery(names: readonly string[]): Sql {
  return sql`SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', d.datname, 'owner', pg_catalog.pg_get_userbyid(d.datdba),
  'encoding', pg_catalog.pg_encoding_to_char(d.encoding), 'locale', d.datcollate, 'connectionLimit', d.datconnlimit,
  'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
  'settings', (SELECT coalesce(pg_catalog.jsonb_agg(e), '[]') FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) e WHERE s.setdatabase = d.oid AND s.setrole = 0))), '[]')
FROM pg_catalog.pg_database d WHERE d.datname = ANY (${nameArray(names)})`;
}

const databaseAnswer = z.array(z.object({
  name: z.string(), owner: z.string(), encoding: z.string(), locale: z.string(), connectionLimit: z.number(), comment: z.string().nullable(), settings: z.array(z.string()),
}));

export function parseDatabases(answer: unknown): ReadonlyMap<string, DatabaseAttributes> {
  return new Map(databaseAnswer.parse(answer).map(({ name, settings, ...attributes }) =>
    [name, { ...attributes, settings: sortBy(settings.map(parseSetting), (setting) => setting.parameter) }] as const));
}

export const contentsQuery = sql`SELECT pg_catalog.jsonb_build_object(
  'schemas', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(nspname, pg_catalog.pg_get_userbyid(nspowner), pg_catalog.obj_description(oid, 'pg_namespace'))), '[]')
    FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  'extensions', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(e.extname, n.nspname, e.extversion)), '[]')
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace))`;

const contentsAnswer = z.object({
  schemas: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
  extensions: z.array(z.tuple([z.string(), z.string(), z.string()])),
});

export function parseContents(answer: unknown): { readonly schemas: readonly Schema[]; readonly extensions: readonly Extension[] } {
  const { schemas, extensions } = contentsAnswer.parse(answer);
  return {
    schemas: sortBy(schemas.map(([name, owner, comment]): Schema => ({ name, owner, comment })), (schema) => schema.name),
    extensions: sortBy(extensions.map(([name, schema, version]): Extension => ({ name, schema, version })), (extension) => extension.name),
  };
}
