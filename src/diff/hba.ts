/**
 * What differs between both files and the declared ones, told record by record at the property that declares it. Order is
 * meaning: records are aligned as sequences, and one that only stands elsewhere is a change. The files are replaced whole,
 * so bytes that mean nothing (spacing, other comments) are drift too. Changes come in the order of the files.
 */
import type { HbaEntry, HbaLine, IdentEntry, IdentLine } from "../model/hba";
import type { DesiredHba, ObservedHba, ObservedLine, Placed } from "../model/hba-state";
import { instancePaths, type Major } from "../model/instance";
import type { ManagedFile } from "../model/file";
import type { Change, Hazard } from "../model/plan";
import { reveal, Secret } from "../model/secret";
import { parsePgHba, readEntry } from "../inspect/hba";
import { digestHba, hbaFiles, spellEntry, spellIdentEntry, spellRow } from "../render/hba";
import { align, type Aligned } from "./alignment";
import { mappingHazards, recordHazards } from "./hba-hazard";

type Line = HbaLine | IdentLine;

/** Both sides of one file's entries, and what is known about them. */
interface Kind<Entry, Own extends Line> {
  readonly list: "records" | "identMappings";
  readonly spell: (entry: Entry) => Own;
  readonly hazards: (before: Own | null, after: Entry | null) => readonly Hazard[];
}

export function diffHba(observed: ObservedHba | null, desired: DesiredHba): readonly Change[] {
  const { major } = desired.instance;
  const records: Kind<HbaEntry, HbaLine> = { list: "records", spell: spellEntry, hazards: (before, after) => recordHazards(before === null ? null : readEntry(before, major), after) };
  const mappings: Kind<IdentEntry, IdentLine> = { list: "identMappings", spell: spellIdentEntry, hazards: mappingHazards };
  const changes = [
    ...diffLines(observed?.records ?? [], desired.records, records),
    ...diffLines(observed?.identMappings ?? [], desired.identMappings, mappings),
  ];
  return [...changes, ...diffHbaFiles(observed, desired, changes.length > 0), ...diffServer(observed, desired)];
}

/** The files that must be written, in content, owner, group or mode. */
export function staleFiles(observed: ObservedHba | null, desired: DesiredHba): readonly ManagedFile[] {
  return hbaFiles(desired).filter((file) => staleFields(observed, file).length > 0);
}

type FileField = "content" | "owner" | "group" | "mode";

function staleFields(observed: ObservedHba | null, file: ManagedFile): readonly FileField[] {
  const found = observed?.files.find(({ path }) => path === file.path);
  const isSameText = found?.sha256 === digestHba(reveal(file.content)) && !hasOtherSecrets(observed, file);
  return [...(isSameText ? [] : ["content" as const]), ...(["owner", "group", "mode"] as const).filter((field) => found?.[field] !== file[field])];
}

/** Lines with a secret are not in the digest: their records are compared as text, which is the whole line but for spacing. */
function hasOtherSecrets(observed: ObservedHba | null, file: ManagedFile): boolean {
  if (!(file.content instanceof Secret) && !(observed?.records ?? []).some(isSecretLine)) {
    return false;
  }
  const { major } = observed?.instance ?? { major: 18 };
  const wanted = parsePgHba(reveal(file.content), major as Major).flatMap((parsed) => ("entry" in parsed ? [meaningOf(spellEntry(parsed.entry))] : []));
  const found = (observed?.records ?? []).map((line) => ("fault" in line ? line.fault : meaningOf(line)));
  return file.path.endsWith("pg_hba.conf") && JSON.stringify(wanted) !== JSON.stringify(found);
}

const isSecretLine = (line: ObservedLine<HbaLine>): boolean => "options" in line && Object.values(line.options ?? {}).some((value) => value instanceof Secret);

function diffLines<Entry, Own extends Line>(observed: readonly ObservedLine<Own>[], desired: readonly Placed<Entry>[], kind: Kind<Entry, Own>): readonly Change[] {
  const wanted = desired.map(({ entry }) => meaningOf(kind.spell(entry)));
  const found = observed.map((line) => ("fault" in line ? `fault ${line.line} ${line.fault}` : meaningOf(line)));
  const aligned = align(found, wanted);
  const moved = new Map(aligned.flatMap((pair) => (pair.after === null ? [[found[pair.before] ?? "", pair.before]] as const : [])));
  const arrived = new Set(aligned.flatMap((pair) => (pair.before === null ? [wanted[pair.after] ?? ""] : [])));
  return aligned.flatMap((pair) => diffPair(pair, observed, desired, kind, {
    from: pair.after === null ? undefined : moved.get(wanted[pair.after] ?? ""),
    isElsewhere: pair.before !== null && arrived.has(found[pair.before] ?? ""),
  }));
}

interface Movement {
  /** Where the same line stood. */
  readonly from: number | undefined;
  /** Whether the same line stands elsewhere now. */
  readonly isElsewhere: boolean;
}

function diffPair<Entry, Own extends Line>(pair: Aligned, observed: readonly ObservedLine<Own>[], desired: readonly Placed<Entry>[], kind: Kind<Entry, Own>, movement: Movement): readonly Change[] {
  const before = pair.before === null ? undefined : observed[pair.before];
  const after = pair.after === null ? undefined : desired[pair.after];
  const old = before === undefined || "fault" in before ? null : before;
  if (after === undefined) {
    return movement.isElsewhere ? [] : [{ path: `observed.${kind.list}[${pair.before}]`, kind: "delete", before: shown(before), hazards: kind.hazards(old, null) }];
  }
  if (before === undefined) {
    const isMoved = movement.from !== undefined;
    const line = spellRow(kind.spell(after.entry));
    return [isMoved
      ? { path: after.path, kind: "update", before: `${line} (line ${observed[movement.from ?? 0]?.line ?? 0})`, after: `${line} (moved)`, hazards: ["access-widened", "access-narrowed", "reload"] }
      : { path: after.path, kind: "add", after: line, hazards: kind.hazards(null, after.entry) }];
  }
  return old === null
    ? [{ path: after.path, kind: "update", before: shown(before), after: spellRow(kind.spell(after.entry)), hazards: kind.hazards(null, after.entry) }]
    : diffFields(old, kind.spell(after.entry), after.path, kind.hazards(old, after.entry));
}

/** One change for each field; a comment endangers nothing. */
function diffFields(before: Line, after: Line, path: string, hazards: readonly Hazard[]): readonly Change[] {
  const [old, wanted] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(old)])].filter((name) => textOf(old[name]) !== textOf(wanted[name]));
  return names.map((name): Change => ({
    path: path.includes("[") ? `${path}.${name}` : path,
    kind: old[name] === undefined ? "add" : wanted[name] === undefined ? "delete" : "update",
    ...(old[name] === undefined ? {} : { before: old[name] }),
    ...(wanted[name] === undefined ? {} : { after: wanted[name] }),
    hazards: name === "comment" ? ["reload"] : hazards,
  }));
}

/** Fields by their path below the entry, absent ones left out. */
function fieldsOf(line: Line): Readonly<Record<string, unknown>> {
  const { options = {}, ...fields } = line as HbaLine;
  const own = Object.entries(fields).filter(([name, value]) => name !== "line" && value !== undefined);
  return Object.fromEntries([...own, ...Object.entries(options).map(([name, value]): [string, unknown] => [`options.${name}`, value])]);
}

/** Lines mean the same when these are equal; secrets opened, because only their equality leaves. */
function meaningOf(line: Line): string {
  return JSON.stringify(Object.entries(fieldsOf(line)).filter(([name]) => name !== "comment").map(([name, value]) => [name, textOf(value)]).sort());
}

const textOf = (value: unknown): string => JSON.stringify(reveal(value)) ?? "";

const shown = (line: ObservedLine<Line> | undefined): unknown => (line === undefined ? undefined : "fault" in line ? `line ${line.line}: ${line.fault}` : spellRow(line));

/** A file that differs in nothing its records show, and what surrounds its content. */
function diffHbaFiles(observed: ObservedHba | null, desired: DesiredHba, hasLineChanges: boolean): readonly Change[] {
  return observed === null ? [] : hbaFiles(desired).flatMap((file) => {
    const found = observed.files.find(({ path }) => path === file.path);
    const name = JSON.stringify(file.path.slice(file.path.lastIndexOf("/") + 1));
    if (found === undefined) {
      return [{ path: `observed.files[${name}]`, kind: "add", after: file.path, hazards: ["reload"] } as const];
    }
    return staleFields(observed, file).filter((field) => field !== "content" || !hasLineChanges).map((field): Change => ({
      path: `observed.files[${name}].${field}`,
      kind: "update",
      before: field === "content" ? "other spacing or comments" : found[field],
      after: field === "content" ? "as pgrampart writes it" : file[field],
      hazards: ["reload"],
    }));
  });
}

function diffServer(observed: ObservedHba | null, { instance }: DesiredHba): readonly Change[] {
  const moved = (["port", "socketDirectory"] as const).filter((name) => observed !== null && observed.instance[name] !== instance[name])
    .map((name): Change => ({ path: `instance.${name}`, kind: "update", before: observed?.instance[name], after: instance[name], hazards: [] }));
  const server = observed?.server ?? null;
  if (server === null) {
    return moved;
  }
  const { hbaFile, identFile } = instancePaths(instance);
  const change = (path: string, before: unknown, after: unknown): Change => ({ path: `observed.server.${path}`, kind: "update", before, after, hazards: ["reload"] });
  return [
    ...moved,
    ...(server.hbaFile === hbaFile ? [] : [change("hbaFile", server.hbaFile, hbaFile)]),
    ...(server.identFile === identFile ? [] : [change("identFile", server.identFile, identFile)]),
    ...(server.isLoaded ? [] : [change("isLoaded", false, true)]),
  ];
}
