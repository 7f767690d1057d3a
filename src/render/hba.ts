/**
 * Exact bytes of pg_hba.conf and pg_ident.conf: one line per entry in the declared order, columns aligned, each comment
 * on the line above its entry. Names that read like keywords are quoted. Content with a shared secret is a Secret.
 */
import { createHash } from "node:crypto";
import type { ManagedFile } from "../model/file";
import type { HbaAddress, HbaEntry, HbaLine, HbaOption, HbaRecord, HbaToken, IdentEntry, IdentLine } from "../model/hba";
import { HBA_DATABASE_KEYWORDS, isInclude } from "../model/hba";
import type { DesiredHba } from "../model/hba-state";
import { instancePaths } from "../model/instance";
import { reveal, Secret, type MaybeSecret } from "../model/secret";
import { confComment, confList, hbaOption, hbaToken } from "./conf";

const HEADER = "managed by pgrampart: what is edited here by hand is found and taken back";

/** Wider fields run over rather than push every other line to the right. */
const WIDEST_COLUMN = 40;

/** Both files. The server only reads them: not even its superuser, who acts as postgres, can write them. */
export function hbaFiles({ instance, records, identMappings }: DesiredHba): readonly ManagedFile[] {
  const { hbaFile, identFile } = instancePaths(instance);
  const owned = { owner: "root", group: "postgres", mode: "0640" };
  return [
    { path: hbaFile, ...owned, content: renderPgHba(records.map(({ entry }) => entry)) },
    { path: identFile, ...owned, content: renderPgIdent(identMappings.map(({ entry }) => entry)) },
  ];
}

/** Whether a line of either file may hold a password or shared secret, in an option or in what a comment disables. */
export const holdsSecret = (line: string): boolean => /ldapbindpasswd|radiussecrets/.test(line);

/**
 * Digest of the text without lines that may hold a secret: everything else of such a line is known, so a digest of it
 * would let a short password be guessed.
 */
export function digestHba(text: string): string {
  return createHash("sha256").update(text.split("\n").map((line) => (holdsSecret(line) ? "" : line)).join("\n")).digest("hex");
}

export function renderPgHba(entries: readonly HbaEntry[]): MaybeSecret<string> {
  const rows = entries.map((entry) => ({ comment: entry.comment, columns: isInclude(entry) ? includeColumns(entry) : recordColumns(spellRecord(entry)) }));
  const text = renderTable(["# TYPE", "DATABASE", "USER", "ADDRESS", "METHOD", "OPTIONS"], rows);
  const isSecret = entries.some((entry) => !isInclude(entry) && entry.options.some((option) => option.value instanceof Secret));
  return isSecret ? new Secret(text) : text;
}

export function renderPgIdent(entries: readonly IdentEntry[]): string {
  const rows = entries.map((entry) => ({ comment: entry.comment, columns: isInclude(entry) ? includeColumns(entry) : mappingColumns(spellMapping(entry)) }));
  return renderTable(["# MAPNAME", "SYSTEM-USERNAME", "DATABASE-USERNAME"], rows);
}

/** The entry as the file spells it, field by field. */
export function spellEntry(entry: HbaEntry): HbaLine {
  return isInclude(entry) ? { type: entry.type, target: hbaToken(entry.target, /^@/.test(entry.target)), ...commentOf(entry) } : spellRecord(entry);
}

export function spellIdentEntry(entry: IdentEntry): IdentLine {
  return isInclude(entry) ? { type: entry.type, target: hbaToken(entry.target, /^@/.test(entry.target)), ...commentOf(entry) } : spellMapping(entry);
}

function spellRecord(record: HbaRecord): HbaLine {
  return {
    type: record.type,
    databases: record.databases.map(spellToken),
    users: record.users.map(spellToken),
    ...(record.type === "local" ? {} : { address: spellAddress(record.address) }),
    method: record.method,
    ...(record.options.length === 0 ? {} : { options: Object.fromEntries(record.options.map((option) => [option.name, option.value])) }),
    ...commentOf(record),
  };
}

function spellMapping(mapping: Exclude<IdentEntry, { readonly target: string }>): IdentLine {
  return {
    mapName: hbaToken(mapping.mapName, /^@/.test(mapping.mapName)),
    systemUsername: spellToken(mapping.systemUsername),
    databaseUsername: spellToken(mapping.databaseUsername),
    ...commentOf(mapping),
  };
}

/** One element of a list. Quoting the first character takes every meaning from a name, but for a regular expression's slash. */
export function spellToken(token: HbaToken): string {
  switch (token.kind) {
    case "keyword":
      return token.keyword;
    case "name":
      return hbaToken(token.name, /^[+@]/.test(token.name) || (HBA_DATABASE_KEYWORDS as readonly string[]).includes(token.name));
    case "member":
      return `+${hbaToken(token.role)}`;
    case "regex":
      return hbaToken(`/${token.regex}`);
    case "file":
      return `@${hbaToken(token.path)}`;
  }
}

export function spellAddress(address: HbaAddress): string {
  switch (address.kind) {
    case "network":
      return address.network;
    case "masked":
      return `${address.address} ${address.netmask}`;
    case "name":
      return hbaToken(address.name, ["all", "samehost", "samenet"].includes(address.name) || address.name.startsWith("@"));
    default:
      return address.kind;
  }
}

/** One line on its own, single spaces between the fields. @param isOpen with secrets, which are masked otherwise */
export function spellRow(line: HbaLine | IdentLine, isOpen = false): string {
  const { type, target, mapName, ...rest } = line as HbaLine & IdentLine;
  const options = Object.entries(rest.options ?? {}).map(([name, value]) => (value instanceof Secret && !isOpen ? `${name}=${String(value)}` : writeOption(name, value)));
  const columns = target !== undefined
    ? [type, target]
    : mapName !== undefined
      ? [mapName, rest.systemUsername, rest.databaseUsername]
      : [type, rest.databases?.join(","), rest.users?.join(","), rest.address, rest.method, ...options];
  return columns.filter((column) => column !== undefined).join(" ");
}

function recordColumns(line: HbaLine): readonly string[] {
  const options = Object.entries(line.options ?? {}).map(([name, value]) => writeOption(name, value));
  return [line.type, (line.databases ?? []).join(","), (line.users ?? []).join(","), line.address ?? "", line.method ?? "", options.join(" ")];
}

function writeOption(name: string, value: HbaOption["value"]): string {
  const text = reveal<string | readonly string[]>(value);
  return hbaOption(name, typeof text === "string" ? text : confList(text));
}

const mappingColumns = (line: IdentLine): readonly string[] => [line.mapName ?? "", line.systemUsername ?? "", line.databaseUsername ?? ""];

const includeColumns = (entry: Extract<HbaEntry, { readonly target: string }>): readonly string[] => [`${entry.type} ${spellEntry(entry).target}`];

const commentOf = (entry: { readonly comment?: string }): { readonly comment?: string } => (entry.comment === undefined ? {} : { comment: entry.comment });

interface Row {
  readonly comment: string | undefined;
  readonly columns: readonly string[];
}

function renderTable(heading: readonly string[], rows: readonly Row[]): string {
  const aligned = rows.filter((row) => row.columns.length > 1);
  const widths = heading.map((title, index) =>
    aligned.reduce((width, { columns }) => {
      const length = [...(columns[index] ?? "")].length;
      return length > WIDEST_COLUMN ? width : Math.max(width, length);
    }, title.length),
  );
  const write = (columns: readonly string[]): string =>
    columns.map((text, index) => text + " ".repeat(Math.max(0, (widths[index] ?? 0) - [...text].length))).join("  ").trimEnd();
  const body = rows.flatMap(({ comment, columns }) => [...(comment === undefined ? [] : [confComment(comment)]), write(columns)]);
  return [confComment(HEADER), "", write(heading), "", ...body, ""].join("\n");
}
