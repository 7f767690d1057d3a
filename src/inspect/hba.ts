/**
 * Parses pg_hba.conf and pg_ident.conf into entries, as the server's own parser reads them (parse_hba_line and
 * parse_ident_line of hba.c): the inverse of render/hba.ts. A line the server would refuse becomes a fault; `@file` and
 * includes stay entries, their files are not opened. Source: PostgreSQL 15 to 18, src/backend/libpq/hba.c.
 */
import {
  HBA_DATABASE_KEYWORDS, HBA_HOST_TYPES, HBA_INCLUDES, HBA_METHODS, HBA_OPTIONS, hbaMethodFacts, isListOption, isSecretOption,
  type HbaEntry, type HbaHostType, type HbaInclude, type HbaKeyword, type HbaLine, type HbaMethod, type HbaOption, type HbaOptionName, type HbaRecord, type HbaToken,
  type IdentEntry, type IdentLine, type IdentMapping, type IdentToken,
} from "../model/hba";
import type { Major } from "../model/instance";
import { Secret } from "../model/secret";
import { spellRow } from "../render/hba";
import { readHbaAddress } from "./hba-address";
import { tokenizeAuthFile, type FieldToken, type TokenLine } from "./hba-tokens";

/** An entry with the number of its line, or what is wrong with the line. */
export type Parsed<Entry> = { readonly line: number } & ({ readonly entry: Entry } | { readonly fault: string });

type Field = readonly FieldToken[];

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

/** What a line cannot be; carries the words for the fault. */
class LineFault extends Error {}

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

function readMethod(type: HbaRecord["type"], [methodField, ...optionFields]: readonly Field[], major: Major): Pick<HbaRecord, "method" | "options"> {
  const word = single(methodField, "authentication method").text;
  const isKnown = Object.hasOwn(HBA_METHODS, word) && hbaMethodFacts(word as HbaMethod).since <= major;
  // On a socket the server reads ident as peer.
  const method = type === "local" && word === "ident" ? "peer" : (word as HbaMethod);
  if (!isKnown || !hbaMethodFacts(method).types.includes(type)) {
    throw new LineFault(isKnown ? `authentication method ${word} is not for ${type} records` : "invalid authentication method");
  }
  const options = optionFields.flat().map((token) => readOption(token, type, method));
  const fault = combinationFault(method, options);
  if (fault !== null) {
    throw new LineFault(fault);
  }
  return { method, options };
}

/** What the server asks of a method's options together. */
function combinationFault(method: HbaMethod, options: readonly HbaOption[]): string | null {
  const has = (...names: readonly HbaOptionName[]): boolean => options.some((option) => names.includes(option.name));
  const missing = hbaMethodFacts(method).required.find((name) => !has(name));
  if (missing !== undefined) {
    return `authentication method ${method} requires ${missing}`;
  }
  if (method === "cert" && options.some(({ name, value }) => name === "clientcert" && value === "verify-ca")) {
    return "clientcert can only be verify-full with method cert";
  }
  if (method !== "ldap" || has("ldapurl")) {
    return null;
  }
  if (!has("ldapprefix", "ldapsuffix", "ldapbasedn")) {
    return "authentication method ldap requires ldapbasedn, ldapprefix or ldapsuffix";
  }
  const isMixed = has("ldapprefix", "ldapsuffix") && has("ldapbasedn", "ldapbinddn", "ldapbindpasswd", "ldapsearchattribute", "ldapsearchfilter");
  return isMixed || (has("ldapsearchattribute") && has("ldapsearchfilter")) ? "ldap options exclude each other" : null;
}

function readOption(token: FieldToken, type: HbaRecord["type"], method: HbaMethod): HbaOption {
  const [, name = "", value] = /^([^=]*)=(.*)$/su.exec(token.text) ?? [];
  if (value === undefined) {
    throw new LineFault("authentication option not in name=value format");
  }
  const isCertificateOption = name === "clientcert" || name === "clientname";
  const isTaken = isCertificateOption ? type === "hostssl" : (hbaMethodFacts(method).options as readonly string[]).includes(name);
  if (!isTaken) {
    throw new LineFault(Object.hasOwn(HBA_OPTIONS, name) ? `authentication option ${name} is not for ${isCertificateOption ? type : method} records` : "unrecognized authentication option name");
  }
  const form = HBA_OPTIONS[name as HbaOptionName];
  if (isCertificateOption && !(form as readonly string[]).includes(value)) {
    throw new LineFault(`invalid value for ${name}`);
  }
  return optionOf(name as HbaOptionName, value);
}

function optionOf(name: HbaOptionName, text: string): HbaOption {
  const value = isListOption(name) ? splitList(text) : text;
  if (value === null) {
    throw new LineFault(`the list of ${name} cannot be taken apart`);
  }
  return { name, value: isSecretOption(name) ? new Secret(value) : value };
}

/** Commas separate elements, which may be in double quotes; `null` where SplitGUCList fails. */
function splitList(text: string): readonly string[] | null {
  if (text.trim() === "") {
    return [];
  }
  const element = /[ \t\n\r\v\f]*(?:"((?:[^"]|"")*)"|([^",\s][^,\s]*))[ \t\n\r\v\f]*(,|$)/gy;
  const elements: string[] = [];
  for (let separator: string | undefined = ","; separator === ","; ) {
    const match = element.exec(text);
    if (match === null) {
      return null;
    }
    elements.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    separator = match[3];
  }
  return elements;
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

const isFile = ({ text, isQuoted }: FieldToken): boolean => !isQuoted && text.length > 1 && text.startsWith("@");

function present(field: Field | undefined, what: string): Field {
  if (field === undefined) {
    throw new LineFault(`the line ends before its ${what}`);
  }
  return field;
}

/** The only token of a field; what a file named there holds is not known here. */
function single(field: Field | undefined, what: string): FieldToken {
  const [token, ...more] = present(field, what);
  if (token === undefined || more.length > 0 || isFile(token)) {
    throw new LineFault(more.length > 0 ? `multiple values for the ${what}` : `a file stands for the ${what}`);
  }
  return token;
}
