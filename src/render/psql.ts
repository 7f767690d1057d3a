/**
 * Running SQL on the host: psql as the operating system's user postgres over the Unix socket, by peer authentication, so
 * that no superuser ever comes over the network. Statements travel on standard input, the database's name in the
 * environment, where it cannot be taken for a connection string.
 */
import type { InstanceReference } from "../model/instance";
import type { Script } from "../model/plan";
import { Secret } from "../model/secret";
import { sh, withInput } from "./shell";
import { asInput, sql, type Sql } from "./sql";

/** Where statements run that are not about one database. */
export const MAINTENANCE_DATABASE = "postgres";

/**
 * Set over whatever the role or the database starts with: names mean what they say (nobody's search_path decides, and the
 * server spells every name with its schema), and nothing but errors is printed.
 */
const OPTIONS = [
  "search_path=pg_catalog,pg_temp", "standard_conforming_strings=on", "quote_all_identifiers=off", "client_min_messages=warning",
  "default_transaction_read_only=off", "statement_timeout=0", "idle_in_transaction_session_timeout=0", "DateStyle=ISO", "bytea_output=hex",
].map((option) => `-c ${option}`).join(" ");

/** Statements one after the other, each in a transaction of its own; the first error ends it with a status other than 0. */
export function psql(instance: InstanceReference, database: string, statements: readonly Sql[]): Script {
  return run(instance, database, "1", statements);
}

/** The same, but going on after an error, which is not shown: for questions that the server may refuse to answer. */
export function psqlTolerant(instance: InstanceReference, database: string, statements: readonly Sql[]): Script {
  return sh`{ ${run(instance, database, "0", statements)}
} 2>/dev/null`;
}

/** One simple command: dash loses the here-document of a subshell inside a group that is redirected. */
function run({ socketDirectory, port }: InstanceReference, database: string, stop: "0" | "1", statements: readonly Sql[]): Script {
  const command = sh`env -C / PGHOST=${socketDirectory} PGPORT=${port} PGDATABASE=${database} PGOPTIONS=${OPTIONS} PGCLIENTENCODING=UTF8 PGAPPNAME=pgrampart runuser -u postgres -- psql -X -w -v ON_ERROR_STOP=${stop} -qAt`;
  const input = statements.map(asInput);
  const join = (spelling: (statement: Sql) => string): string => input.map(spelling).join("\n");
  return {
    text: withInput(command, new Secret(join((statement) => statement.text.reveal()))).text,
    masked: withInput(command, join((statement) => statement.masked)).masked,
    secrets: input.flatMap((statement) => statement.secrets ?? []),
  };
}

/** Key of the advisory lock that keeps two updates of one database apart: the project's name in eight bytes. */
const LOCK = sql`SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock`;

/** All statements or none, waiting at most half a minute for a lock. `rollback` proves that they work, and undoes them. */
export function transaction(instance: InstanceReference, database: string, statements: readonly Sql[], end: "commit" | "rollback"): Script {
  const finish = end === "commit" ? sql`COMMIT` : sql`ROLLBACK`;
  return psql(instance, database, [sql`BEGIN`, sql`SET LOCAL lock_timeout = '30s'`, LOCK, ...statements, finish]);
}
