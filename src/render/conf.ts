/**
 * The only quoting of PostgreSQL's configuration files: `key = 'value'` of postgresql.conf (the scanner of guc-file.l),
 * tokens of pg_hba.conf and pg_ident.conf (next_token of hba.c), lists inside one value (SplitGUCList). Refuses what no
 * quoting can carry: NUL anywhere, a newline in a token.
 */
import { RenderError } from "../errors";

/** What a backslash stands for in a quoted value; every other control character passes as it is. */
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "''", "\n": "\\n", "\r": "\\r" };

/** A value of postgresql.conf, always quoted: a quoted number or boolean means the same, and nothing else can slip in. */
export function confValue(value: string | number | boolean): string {
  const text = typeof value === "boolean" ? (value ? "on" : "off") : String(value);
  refuse(text, /\0/, "a parameter's value");
  return `'${text.replace(/[\\'\n\r]/g, (character) => ESCAPES[character] ?? character)}'`;
}

/** One line of postgresql.conf. Names of extensions have a prefix: `pgaudit.log`. */
export function confLine(name: string, value: string | number | boolean): string {
  if (!/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*$/.test(name)) {
    throw new RenderError(`${JSON.stringify(name)} is not the name of a parameter`, { remedy: "Use letters, digits, _ and $, with a dot after an extension's prefix." });
  }
  return `${name} = ${confValue(value)}`;
}

/** One line of commentary, in every file whose comments begin with `#`. A backslash at the end would swallow the next line. */
export function confComment(text: string): string {
  refuse(text, /[\p{Cc}\p{Zl}\p{Zp}]/u, "a comment");
  refuse(text, /\\$/, "a comment's end");
  return text === "" ? "#" : `# ${text}`;
}

/** Characters that end a token, begin a comment, quote, or could continue the line. */
const SPECIAL_IN_TOKEN = /[\s,"#\\]/;

/**
 * One token of pg_hba.conf or pg_ident.conf.
 * @param literal the first character must not mean anything: a name that reads like a keyword, `+role` or `@file`
 */
export function hbaToken(text: string, literal = false): string {
  refuse(text, /[\0\n]/, "a token of pg_hba.conf or pg_ident.conf");
  const isQuoted = literal || text === "" || SPECIAL_IN_TOKEN.test(text);
  return isQuoted ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `name=value` of a record's method. Only the value is quoted, so the line reads as the manual writes it. */
export function hbaOption(name: string, value: string): string {
  return `${name}=${value === "" ? "" : hbaToken(value)}`;
}

/** Several values in one: SplitGUCList takes elements apart at commas, and elements may be quoted on their own. */
export function confList(values: readonly string[]): string {
  return values.map((value) => (/^[^\s,"]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`)).join(",");
}

function refuse(text: string, pattern: RegExp, what: string): void {
  if (pattern.test(text)) {
    throw new RenderError(`${what} cannot hold ${JSON.stringify(pattern.exec(text)?.[0])}`, { remedy: "Remove the character from the declared value." });
  }
}
