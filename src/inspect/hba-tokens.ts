/**
 * The scanner of pg_hba.conf and pg_ident.conf as hba.c has it (next_token, next_field_expand, tokenize_auth_file of
 * releases 15 to 18): continuation before everything else, then quotes, comments and commas. Files named by `@file` and
 * includes are not opened here. Source: src/backend/libpq/hba.c.
 */

export interface FieldToken {
  readonly text: string;
  /** Quoted before its first character, which takes keywords, `+` and `@` their meaning. */
  readonly isQuoted: boolean;
}

export type Field = readonly FieldToken[];

/** A line of the file after continuation. */
export interface TokenLine {
  /** Number of its first physical line, from 1. */
  readonly line: number;
  /** Without the continuations' backslashes and newlines. */
  readonly raw: string;
  /** Empty for a blank line or one that only comments. */
  readonly fields: readonly Field[];
}

export function tokenizeAuthFile(text: string): readonly TokenLine[] {
  return logicalLines(text).map(({ line, raw }) => ({ line, raw, fields: fieldsOf(raw) }));
}

/**
 * A backslash at the very end joins the next line, even inside quotes and comments. It must come after the last one that
 * did, or two of them on two lines would join three.
 */
function logicalLines(text: string): readonly { readonly line: number; readonly raw: string }[] {
  const physical = text.split("\n");
  if (physical.at(-1) === "") {
    physical.pop();
  }
  const lines: { line: number; raw: string }[] = [];
  for (let index = 0; index < physical.length; ) {
    const line = index + 1;
    let raw = "";
    let joined = 0;
    for (let continues = true; continues && index < physical.length; index++) {
      raw = (raw + (physical[index] ?? "")).replace(/[\r\n]+$/, "");
      continues = raw.length > joined && raw.endsWith("\\");
      if (continues) {
        raw = raw.slice(0, -1);
        joined = raw.length;
      }
    }
    lines.push({ line, raw });
  }
  return lines;
}

/** A field is a list of tokens; only a comma right after a token continues it. */
function fieldsOf(raw: string): readonly Field[] {
  const fields: FieldToken[][] = [];
  let position = 0;
  while (position < raw.length) {
    const field: FieldToken[] = [];
    for (let continues = true; continues; ) {
      const token = nextToken(raw, position);
      position = token.end;
      continues = token.endsAtComma && token.found !== null;
      if (token.found !== null) {
        field.push(token.found);
      }
    }
    if (field.length > 0) {
      fields.push(field);
    }
  }
  return fields;
}

const isBlank = (character: string | undefined): boolean => character === " " || character === "\t" || character === "\r";

function nextToken(raw: string, start: number): { readonly found: FieldToken | null; readonly end: number; readonly endsAtComma: boolean } {
  let at = start;
  while (at < raw.length && (isBlank(raw[at]) || raw[at] === ",")) {
    at++;
  }
  let text = "";
  let isInside = false;
  let wasQuote = false;
  let sawQuote = false;
  let isQuoted = false;
  for (; at < raw.length && (isInside || !isBlank(raw[at])); at++) {
    const character = raw[at];
    if (!isInside && character === "#") {
      return { found: sawQuote || text !== "" ? { text, isQuoted } : null, end: raw.length, endsAtComma: false };
    }
    if (!isInside && character === ",") {
      return { found: sawQuote || text !== "" ? { text, isQuoted } : null, end: at, endsAtComma: true };
    }
    if (character !== '"' || wasQuote) {
      text += character;
    }
    wasQuote = isInside && character === '"' && !wasQuote;
    if (character === '"') {
      isInside = !isInside;
      sawQuote = true;
      isQuoted ||= text === "";
    }
  }
  return { found: sawQuote || text !== "" ? { text, isQuoted } : null, end: at, endsAtComma: false };
}

/** What a line cannot be; carries the words for the fault. */
export class LineFault extends Error {}

/** Whether the token names a file of further tokens. */
export const isFile = ({ text, isQuoted }: FieldToken): boolean => !isQuoted && text.length > 1 && text.startsWith("@");

/** The field, which must be there. */
export function present(field: Field | undefined, what: string): Field {
  if (field === undefined) {
    throw new LineFault(`the line ends before its ${what}`);
  }
  return field;
}

/** The only token of a field; what a file named there holds is not known here. */
export function single(field: Field | undefined, what: string): FieldToken {
  const [token, ...more] = present(field, what);
  if (token === undefined || more.length > 0 || isFile(token)) {
    throw new LineFault(more.length > 0 ? `multiple values for the ${what}` : `a file stands for the ${what}`);
  }
  return token;
}
