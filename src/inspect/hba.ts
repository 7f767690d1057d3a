/**
 * Parses pg_hba.conf and pg_ident.conf into entries, as the server's own parser reads them (parse_hba_line and
 * parse_ident_line of hba.c): the inverse of render/hba.ts. A line the server would refuse becomes a fault; `@file` and
 * includes stay entries, their files are not opened. Source: PostgreSQL 15 to 18, src/backend/libpq/hba.c.
 */
import {
  HBA_DATABASE_KEYWORDS, HBA_HOST_TYPES, HBA_INCLUDES,
  type HbaEntry, type HbaHostType, type HbaInclude, type HbaKeyword, type HbaLine, type HbaRecord, type HbaToken,
  type IdentEntry, type IdentLine, type IdentMapping, type IdentToken,
} from "../model/hba";
import type { Major } from "../model/instance";
import { spellRow } from "../render/hba";
import { readHbaAddress } from "./hba-address";
import { readMethod } from "./hba-method";
import { isFile, LineFault, present, single, tokenizeAuthFile, type Field, type FieldToken, type TokenLine } from "./hba-tokens";

/** An entry with the number of its line, or what is wrong with the line. */
export type Parsed<Entry> = { readonly line: number } & ({ readonly entry: Entry } | { readonly fault: string });

/** Regular expressions for databases and users, and includes, exist since this major. */
const MODERN: Major = 16;

export function parsePgHba(text: string, major: Major): readonly Parsed<HbaEntry>[] {
  return parseLines(text, (fields) => includeOf(fields, major) ?? parseRecord(fields, major));
}

export function parsePgIdent(text: string, major: Major): readonly Parsed<IdentEntry>[] {
  return parseLines(text, (fields) => includeOf(fields, major) ?? parseMapping(fields, major));
}

/** An observed entry, read back from its fields. */
export function readEntry(line: HbaLine, major: Major): HbaEntry | null {
  return onlyEntry(parsePgHba(spellRow(line, true), major), line.comment);
}

export function readIdentEntry(line: IdentLine, major: Major): IdentEntry | null {
  return onlyEntry(parsePgIdent(spellRow(line, true), major), line.comment);
}

function onlyEntry<Entry extends object>([parsed]: readonly Parsed<Entry>[], comment: string | undefined): Entry | null {
  return parsed === undefined || "fault" in parsed ? null : { ...parsed.entry, ...(comment === undefined ? {} : { comment }) };
}

function parseLines<Entry extends object>(text: string, parse: (fields: readonly Field[]) => Entry): readonly Parsed<Entry>[] {
  let above: string | undefined;
  return tokenizeAuthFile(text).flatMap((line): Parsed<Entry>[] => {
    const comment = above;
    above = commentOn(line);
    if (line.fields.length === 0) {
      return [];
    }
    try {
      return [{ line: line.line, entry: { ...parse(line.fields), ...(comment === undefined ? {} : { comment }) } }];
    } catch (error) {
      if (error instanceof LineFault) {
        return [{ line: line.line, fault: error.message }];
      }
      throw error;
    }
  });
}

/** Text of a line that only comments. It belongs to the entry right below it. */
function commentOn(line: TokenLine): string | undefined {
  const text = line.fields.length > 0 ? undefined : /^\s*#+(.*)$/u.exec(line.raw)?.[1]?.trim();
  return text === "" ? undefined : text;
}

function includeOf(fields: readonly Field[], major: Major): HbaInclude | null {
  const [[first] = [], [second] = []] = fields;
  const type = HBA_INCLUDES.find((word) => word === first?.text);
  return major >= MODERN && fields.length === 2 && type !== undefined && second !== undefined ? { type, target: second.text } : null;
}

function parseRecord(fields: readonly Field[], major: Major): HbaRecord {
  const [typeField, databaseField, userField, ...rest] = fields;
  const type = single(typeField, "connection type").text;
  const isHost = (HBA_HOST_TYPES as readonly string[]).includes(type);
  if (type !== "local" && !isHost) {
    throw new LineFault("invalid connection type");
  }
  const common = {
    databases: present(databaseField, "database").map((token) => readToken(token, HBA_DATABASE_KEYWORDS, major)),
    users: present(userField, "user").map((token) => readToken(token, ["all"], major)),
  };
  if (!isHost) {
    return { type: "local", ...common, ...readMethod("local", rest, major) };
  }
  const { address, columns } = readHbaAddress(single(rest[0], "address"), rest[1]);
  if (typeof address === "string") {
    throw new LineFault(address);
  }
  return { type: type as HbaHostType, ...common, address, ...readMethod(type as HbaHostType, rest.slice(columns), major) };
}

function parseMapping([mapField, systemField, databaseField]: readonly Field[], major: Major): IdentMapping {
  const databaseToken = single(databaseField, "database user name");
  const systemToken = single(systemField, "system user name");
  return {
    mapName: single(mapField, "map name").text,
    systemUsername: systemToken.text.startsWith("/") ? { kind: "regex", regex: systemToken.text.slice(1) } : { kind: "name", name: systemToken.text },
    databaseUsername: major >= MODERN ? (readToken(databaseToken, ["all"], major) as IdentToken) : { kind: "name", name: databaseToken.text },
  };
}

function readToken(token: FieldToken, keywords: readonly HbaKeyword[], major: Major): HbaToken {
  const { text, isQuoted } = token;
  if (isFile(token)) {
    return { kind: "file", path: text.slice(1) };
  }
  if (!isQuoted && text.startsWith("+")) {
    return { kind: "member", role: text.slice(1) };
  }
  const keyword = isQuoted ? undefined : keywords.find((word) => word === text);
  if (keyword !== undefined) {
    return { kind: "keyword", keyword };
  }
  return major >= MODERN && text.startsWith("/") ? { kind: "regex", regex: text.slice(1) } : { kind: "name", name: text };
}
