/**
 * The arguments that declare what was found: the start of managing an existing instance. What has no effect is left out
 * (built-in entries, shadowed records, lines the server refuses, maps of nobody), and every loosening is kept with a reason
 * that says where it comes from. The next preview shows what would go.
 */
import { FINAL_RECORDS, HBA_DATABASE_KEYWORDS, isInclude, MANAGEMENT_RECORD, type HbaAddress, type HbaEntry, type HbaOption, type HbaRecord, type HbaToken, type IdentEntry } from "../model/hba";
import { HBA_OPTIONS, hbaMethodFacts, type HbaOptionForm } from "../model/hba-method";
import { coveredBy } from "../model/hba-coverage";
import { looseningsOf, mappingLoosenings, type FoundLoosening } from "../model/hba-loosening";
import type { ObservedHba } from "../model/hba-state";
import { Secret } from "../model/secret";
import { readEntry, readIdentEntry } from "./hba";

const REASON = "found on the host when it was adopted";

type Args = Readonly<Record<string, unknown>>;

export function adoptHba({ instance, records, identMappings }: ObservedHba): Args {
  const mappings = identMappings.flatMap((line) => ("fault" in line ? [] : (readIdentEntry(line, instance.major) ?? [])));
  const entries = records.flatMap((line) => ("fault" in line ? [] : (readEntry(line, instance.major) ?? [])));
  return {
    instance: { ...instance },
    records: withoutIdle(entries.filter((entry) => isDeclarable(entry, mappings))).map((entry) => ({ ...entryArgs(entry), ...commentOf(entry.comment) })),
    ...(mappings.length === 0 ? {} : { identMappings: distinct(mappings).map(mappingArgs) }),
  };
}

/** Control characters are legal there and cannot be declared. */
const commentOf = (comment: string | undefined): Args => (comment === undefined || /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(comment) ? {} : { comment });

/** What the declaration has a form for, and what lets somebody in. */
function isDeclarable(entry: HbaEntry, mappings: readonly IdentEntry[]): boolean {
  if (isInclude(entry)) {
    return true;
  }
  const map = entry.options.find((option) => option.name === "map")?.value;
  const isMapped = map === undefined || mappings.some((mapping) => isInclude(mapping) || mapping.mapName === map);
  const isMasked = entry.type !== "local" && entry.address.kind === "masked";
  return isMapped && !isMasked && hbaMethodFacts(entry.method).unsupported === undefined;
}

/** Without records that earlier ones decide, and without the refusal that is built in. */
function withoutIdle(entries: readonly HbaEntry[]): readonly HbaEntry[] {
  const isFinal = (entry: HbaEntry): boolean => !isInclude(entry) && FINAL_RECORDS.some((final) => final.method === entry.method && coveredBy(final, [entry]) !== null);
  return entries.reduce<readonly HbaEntry[]>((kept, entry) => {
    const earlier = [MANAGEMENT_RECORD, ...kept].filter((other): other is HbaRecord => !isInclude(other));
    return !isInclude(entry) && (coveredBy(entry, earlier) !== null || isFinal(entry)) ? kept : [...kept, entry];
  }, []);
}

const distinct = (mappings: readonly IdentEntry[]): readonly IdentEntry[] => [...new Map(mappings.map((mapping) => [JSON.stringify({ ...mapping, comment: "" }), mapping])).values()];

function entryArgs(entry: HbaEntry): Args {
  if (isInclude(entry)) {
    return { type: entry.type, target: entry.target, ...reasons(looseningsOf(entry)) };
  }
  return {
    type: entry.type,
    databases: entry.databases.map(tokenArgs),
    users: entry.users.map(tokenArgs),
    ...(entry.type === "local" ? {} : { address: addressArgs(entry.address) }),
    method: entry.method,
    ...(entry.options.length === 0 ? {} : { options: Object.fromEntries(entry.options.map((option) => [option.name, optionArgs(option)])) }),
    ...reasons(looseningsOf(entry)),
  };
}

function mappingArgs(entry: IdentEntry): Args {
  if (isInclude(entry)) {
    return { type: entry.type, target: entry.target, ...reasons(mappingLoosenings(entry)), ...commentOf(entry.comment) };
  }
  const { mapName, systemUsername, databaseUsername, comment } = entry;
  return {
    mapName,
    systemUsername: systemUsername.kind === "regex" ? `/${systemUsername.regex}` : systemUsername.name,
    databaseUsername: tokenArgs(databaseUsername),
    ...reasons(mappingLoosenings(entry)),
    ...commentOf(comment),
  };
}

function reasons(found: readonly FoundLoosening[]): Args {
  return found.length === 0 ? {} : { allowInsecure: Object.fromEntries(found.map(({ loosening }) => [loosening, REASON])) };
}

/** Names that could be read as anything else are written as names. */
function tokenArgs(token: HbaToken): unknown {
  switch (token.kind) {
    case "keyword":
      return token.keyword;
    case "name":
      return /^[A-Za-z0-9_.-]+$/.test(token.name) && !(HBA_DATABASE_KEYWORDS as readonly string[]).includes(token.name.toLowerCase()) ? token.name : { name: token.name };
    case "member":
      return `+${token.role}`;
    case "regex":
      return `/${token.regex}`;
    case "file":
      return `@${token.path}`;
  }
}

function addressArgs(address: HbaAddress): string {
  return address.kind === "network" ? address.network : address.kind === "name" ? address.name : address.kind;
}

/** From the file's form to the program's. */
function optionArgs({ name, value }: HbaOption): unknown {
  const form: HbaOptionForm = HBA_OPTIONS[name];
  if (value instanceof Secret) {
    return value;
  }
  if (form === "flag") {
    return value === "1";
  }
  return form === "port" || form === "ports" ? (typeof value === "string" ? Number(value) : value.map(Number)) : value;
}
