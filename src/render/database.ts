/** Changes of databases, schemas and extensions to statements. Source: PostgreSQL, sql-createdatabase, sql-alterdatabase, sql-createschema, sql-createextension. */
import type { ChangeOf } from "../model/access";
import type { SqlScript } from "../model/policy";
import { EMPTY, identifier, join, literal, parameterName, sendIf, sql, statements, type Sql } from "./sql";
import { settingValue } from "./role";

/** @param defaults what is not declared */
/** Where a database with an initial script lies until the script has run; what an interrupted update left there is dropped. */
export const UNFINISHED_DATABASE = "pgrampart_unfinished";

/** The script as its owner; with what is before and after it, one transaction. */
export function renderInitialScript(script: SqlScript, owner: string | undefined): readonly Sql[] {
  return [...(owner === undefined ? [] : [sql`SET LOCAL ROLE ${identifier(owner)}`]), sql`SET LOCAL search_path = public`, statements(script)];
}

export function renderNameDatabase(name: string): readonly Sql[] {
  return [sql`ALTER DATABASE ${identifier(UNFINISHED_DATABASE)} RENAME TO ${identifier(name)}`];
}

export function renderCreateDatabase({ name, attributes }: Pick<ChangeOf<"createDatabase">, "name" | "attributes">, defaults: { readonly encoding: string; readonly locale: string }): readonly Sql[] {
  const { owner, encoding = defaults.encoding, locale = defaults.locale } = attributes;
  const create = sql`CREATE DATABASE ${identifier(name)} TEMPLATE template0 ENCODING ${literal(encoding)} LC_COLLATE ${literal(locale)} LC_CTYPE ${literal(locale)} LOCALE_PROVIDER libc CONNECTION LIMIT 0${
    owner === undefined ? EMPTY : sql` OWNER ${identifier(owner)}`}`;
  return [sendIf(sql`NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)})`, create)];
}

export function renderAlterDatabase({ name, after }: ChangeOf<"alterDatabase">): readonly Sql[] {
  const database = identifier(name);
  return [
    ...(after.owner === undefined ? [] : [sql`ALTER DATABASE ${database} OWNER TO ${identifier(after.owner)}`]),
    ...(after.connectionLimit === undefined ? [] : [sql`ALTER DATABASE ${database} CONNECTION LIMIT ${literal(after.connectionLimit)}`]),
    ...(after.comment === undefined ? [] : [sql`COMMENT ON DATABASE ${database} IS ${literal(after.comment)}`]),
  ];
}

export function renderDatabaseSetting(change: ChangeOf<"setDatabaseSetting"> | ChangeOf<"resetDatabaseSetting">): readonly Sql[] {
  const target = sql`ALTER DATABASE ${identifier(change.name)}`;
  return [change.kind === "setDatabaseSetting" ? sql`${target} SET ${parameterName(change.setting.parameter)} TO ${settingValue(change.setting)}` : sql`${target} RESET ${parameterName(change.parameter)}`];
}

/** Ends the sessions in it. */
export function renderDropDatabase({ name }: Pick<ChangeOf<"dropDatabase">, "name">): readonly Sql[] {
  return [sql`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`];
}

export function renderCreateSchema({ schema, owner }: ChangeOf<"createSchema">): readonly Sql[] {
  return [sql`CREATE SCHEMA ${identifier(schema)}${owner === undefined ? EMPTY : sql` AUTHORIZATION ${identifier(owner)}`}`];
}

export function renderCommentSchema({ schema, comment }: ChangeOf<"commentSchema">): readonly Sql[] {
  return [sql`COMMENT ON SCHEMA ${identifier(schema)} IS ${literal(comment)}`];
}

export function renderExtension(change: ChangeOf<"createExtension"> | ChangeOf<"moveExtension"> | ChangeOf<"updateExtension">): readonly Sql[] {
  const name = identifier(change.extension);
  switch (change.kind) {
    case "createExtension": {
      const options = [
        ...(change.schema === undefined ? [] : [sql`SCHEMA ${identifier(change.schema)}`]),
        ...(change.version === undefined ? [] : [sql`VERSION ${literal(change.version)}`]),
      ];
      return [sql`CREATE EXTENSION ${join([name, ...options], " ")}`];
    }
    case "moveExtension":
      return [sql`ALTER EXTENSION ${name} SET SCHEMA ${identifier(change.schema)}`];
    case "updateExtension":
      return [sql`ALTER EXTENSION ${name} UPDATE TO ${literal(change.version)}`];
  }
}
