/**
 * The only SQL quoting, and the only way to a `Sql`. A statement is built from a template whose parts must be Sql
 * themselves: a bare string does not compile, so no name or value reaches the server unquoted. Every Sql has the two
 * spellings of a script; what came from a Secret is masked in the printable one.
 */
import { RenderError } from "../errors";
import { nameFault } from "../model/name";
import type { Script } from "../model/plan";
import type { Expression, SqlScript } from "../model/policy";
import { Secret } from "../model/secret";

declare const brand: unique symbol;

export interface Sql extends Script {
  readonly [brand]: true;
  /** Already input for psql, not a statement. */
  readonly isInput?: true;
}

function make(real: string, masked: string, secrets: readonly Secret<string>[] = []): Sql {
  return { text: new Secret(real), masked, secrets } as Script as Sql;
}

function secretsOf(parts: readonly Sql[]): readonly Secret<string>[] {
  return parts.flatMap((part) => part.secrets ?? []);
}

/** ``sql`ALTER ROLE ${identifier(name)} NOLOGIN` `` */
export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  const build = (spelling: (part: Sql) => string): string =>
    strings.reduce((text, chunk, index) => text + chunk + (index < parts.length ? spelling(parts[index] as Sql) : ""), "");
  return make(build((part) => part.text.reveal()), build((part) => part.masked), secretsOf(parts));
}

/** A name, always in quotes: no keyword or folding rule applies. */
export function identifier(name: string): Sql {
  const fault = nameFault(name);
  if (fault !== null) {
    throw new RenderError(`${JSON.stringify(name)} cannot be a name in SQL: ${fault}`, { remedy: "Choose a name of 1 to 63 bytes without NUL." });
  }
  const quoted = `"${name.replaceAll('"', '""')}"`;
  return make(quoted, quoted);
}

/** `"app"."orders"`; without schema, the name alone. */
export function qualified(schema: string | null, name: string): Sql {
  return schema === null ? identifier(name) : sql`${identifier(schema)}.${identifier(name)}`;
}

/** A value. Backslashes are written as an escape string, so that no setting of the server changes what they mean. */
export function literal(value: string | number | boolean | null | Secret<string>): Sql {
  if (value instanceof Secret) {
    return make(quoteText(value.reveal()), quoteText(String(value)), [value]);
  }
  const text = typeof value === "string" ? quoteText(value) : String(value);
  return make(text, text);
}

function quoteText(value: string): string {
  if (value.includes("\0") || /\p{Surrogate}/u.test(value)) {
    throw new RenderError("a value in SQL cannot hold a NUL character or half of a Unicode pair", { remedy: "Remove it from the value." });
  }
  const doubled = value.replaceAll("'", "''");
  return doubled.includes("\\") ? ` E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}

/** A condition on lines of its own, so that a comment at its end ends with it. */
export function expression(condition: Expression): Sql {
  return make(`(\n${condition}\n)`, `(\n${condition}\n)`);
}

/** A whole script on lines of its own. psql reads it as the grammar did: quotes and comments hide what is inside them. */
export function statements(script: SqlScript): Sql {
  return { ...make(`${script}\n;`, `${script}\n;`), isInput: true };
}

/** A word of SQL out of this project's own tables, such as a privilege; never a value. */
export function keyword(word: string): Sql {
  if (!/^[A-Z]+( [A-Z]+)*$/.test(word)) {
    throw new RenderError(`${JSON.stringify(word)} is not a keyword`, { remedy: "Report this: a value reached the place of a keyword." });
  }
  return make(word, word);
}

/** A type or parameter out of this project's own tables, in letters, digits, dots and underscores: `work_mem`, `pgaudit.log`. */
export function parameterName(name: string): Sql {
  return join(name.split(".").map(identifier), ".");
}

export function join(parts: readonly Sql[], separator: ", " | " " | "." | ";\n" = ", "): Sql {
  return make(parts.map((part) => part.text.reveal()).join(separator), parts.map((part) => part.masked).join(separator), secretsOf(parts));
}

export const EMPTY = make("", "");

/** Equal text, printable or not. */
export function isSameSql(a: Sql, b: Sql): boolean {
  return a.text.reveal() === b.text.reveal();
}

/**
 * The statement as input for psql, which would take a backslash for a command of its own and a colon for a variable:
 * a statement holding either travels as a value and is sent on exactly as it is (psql's \gexec).
 */
export function asInput(statement: Sql): Sql {
  if (statement.isInput === true) {
    return statement;
  }
  return /[:\\]/.test(statement.text.reveal())
    ? make(`SELECT ${quoteText(statement.text.reveal())} \\gexec`, `SELECT ${quoteText(statement.masked)} \\gexec`, statement.secrets)
    : make(`${statement.text.reveal()};`, `${statement.masked};`, statement.secrets);
}

/** Sends the statement only where the condition is true, for statements without an IF of their own. */
export function sendIf(condition: Sql, statement: Sql): Sql {
  const input = (spelling: (part: Sql) => string): string => `SELECT ${quoteText(spelling(statement))} WHERE ${spelling(condition)} \\gexec`;
  return { ...make(input((part) => part.text.reveal()), input((part) => part.masked), secretsOf([condition, statement])), isInput: true };
}
