/**
 * The arguments of a HostBasedAccess and everything wrong with them, all at once. What is left out is the safe choice:
 * TLS from the network, SCRAM there and peer on the socket. Refuses records that no connection reaches, maps that nobody
 * declares, and every loosening without a reason in words. Source: PostgreSQL, auth-pg-hba-conf and auth-username-maps.
 */
import { z } from "zod";
import { isInclude, type HbaEntry, type HbaHostType, type IdentEntry } from "../model/hba";
import type { HbaLoosening } from "../model/hba-loosening";
import type { InstanceReference } from "../model/instance";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { declareHbaEntry } from "./hba-record";
import { refuseUnreachable } from "./hba-order";
import type { HbaMethodArgs } from "./hba-option";
import { declareIdentEntry } from "./ident";
import { instanceReferenceSchema, type InstanceReferenceArgs } from "./instance-reference";
import { rule, type IssueCollector, type Path } from "./issue";

export type { HbaMethodArgs } from "./hba-option";

export interface HostBasedAccessArgs {
  readonly connection: Connection;
  readonly instance: InstanceReferenceArgs;
  /**
   * pg_hba.conf, in this order: the first record that fits a connection decides. Before them stands `local all postgres
   * peer`, after them everything else is refused. An empty list admits nobody but the local administrator.
   */
  readonly records: readonly HbaEntryArgs[];
  /** pg_ident.conf: which outside names may become which roles, for records with the option `map`. @default - none */
  readonly identMappings?: readonly IdentEntryArgs[];
  /** Tried from a new SSH connection while the change can still take itself back; a failing command undoes it. @default - none */
  readonly proofs?: readonly HbaProofArgs[];
  /** Seconds until the host puts the old files back by itself, should the update not finish. @default 60 */
  readonly guardSeconds?: number;
}

/** One element of a list in the file's words: a name, `all`, `+group`, `/expression`, `@file`; or a name that must not be read so. */
export type HbaTokenArgs = string | { readonly name: string };

/** A reason of at least ten characters for each loosening that an entry brings in. */
export type AllowInsecure = { readonly [L in HbaLoosening]?: string };

interface HbaFieldArgs {
  /** `all` (every database; never physical replication), `replication`, `sameuser`, `samerole`, names. */
  readonly databases: HbaTokenArgs | readonly HbaTokenArgs[];
  /** Names, `+group` for a role and its members, `all`. */
  readonly users: HbaTokenArgs | readonly HbaTokenArgs[];
  /** One line, kept above the record in the file. @default - none */
  readonly comment?: string;
  /** Reasons for being less strict than possible, by what is loosened. @default - nothing is */
  readonly allowInsecure?: AllowInsecure;
}

export type HbaRecordArgs = HbaFieldArgs & HbaMethodArgs & {
  /** @default - "hostssl" with an address, "local" without */
  readonly type?: "local" | HbaHostType;
  /** Network in CIDR notation (`10.0.0.0/24`, `fd00::/64`, `192.0.2.7/32`), `samenet`, `samehost`, `all`, a host name or `.domain`. @default - none: the socket */
  readonly address?: string;
  /** With a single address: its mask, as in `255.255.255.0`. @default - the address has a prefix length */
  readonly netmask?: string;
};

/** Entries of a file that is not managed here. Since PostgreSQL 16; always takes a reason for `unmanaged-file`. */
export interface HbaIncludeArgs {
  readonly type: "include" | "include_if_exists" | "include_dir";
  /** Path, relative to the directory of the including file. */
  readonly target: string;
  /** One line, kept above the entry in the file. @default - none */
  readonly comment?: string;
  /** Reasons for being less strict than possible, by what is loosened. @default - nothing is */
  readonly allowInsecure?: AllowInsecure;
}

export type HbaEntryArgs = HbaRecordArgs | HbaIncludeArgs;

export interface IdentMappingArgs {
  /** What records name in their option `map`. */
  readonly mapName: string;
  /** Name as the method knows it (operating system user, certificate's CN or DN, principal), or `/expression`. */
  readonly systemUsername: string | { readonly name: string };
  /** Role it may become; `\1` is what the expression's parentheses caught. Since 16 also `all`, `+group`, `/expression`. */
  readonly databaseUsername: string | { readonly name: string };
  /** One line, kept above the entry in the file. @default - none */
  readonly comment?: string;
  /** Reasons for being less strict than possible, by what is loosened. @default - nothing is */
  readonly allowInsecure?: AllowInsecure;
}

export type IdentEntryArgs = IdentMappingArgs | HbaIncludeArgs;

export interface HbaProofArgs {
  /** Completes the sentence "while …": "logging in as the application". */
  readonly title: string;
  /** Shell command, run on the host as root; succeeds when access is as it should be. */
  readonly command: string;
}

export interface HbaDeclaration {
  readonly connection: Connection;
  readonly instance: InstanceReference;
  readonly records: readonly HbaEntry[];
  readonly identMappings: readonly IdentEntry[];
  readonly proofs: readonly HbaProofArgs[];
  readonly guardSeconds: number;
}

const proofSchema = z.strictObject({
  title: z.string().refine((text) => /^[^\p{Cc}]{1,80}$/u.test(text), rule("1 to 80 characters on one line", "Say what the command tries.")),
  command: z.string().refine((text) => /\S/.test(text) && !text.includes("\0"), rule("a shell command", "Write what succeeds only when access is as it should be.")),
});

const restSchema = z.strictObject({
  connection: z.unknown().optional(),
  guardSeconds: z.number().refine((seconds) => Number.isInteger(seconds) && seconds >= 10 && seconds <= 600, rule("a whole number from 10 to 600", "Leave time for the proofs, and not much more.")).default(60),
});

/** Checks the inputs of a HostBasedAccess but for `connection`, which the caller has checked. */
export function declareHba(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): HbaDeclaration | undefined {
  const { instance: instanceArgs, records, identMappings = [], proofs = [], ...rest } = inputs;
  const instance = issues.parse(instanceReferenceSchema, instanceArgs, ["instance"]);
  const settings = issues.parse(restSchema, rest, []);
  // Rules of a major version wait until it is known; the others do not.
  const major = instance?.major ?? 18;
  const entries = declareList(records, ["records"], issues, (value, path) => declareHbaEntry(value, major, path, issues));
  const mappings = declareList(identMappings, ["identMappings"], issues, (value, path) => declareIdentEntry(value, major, path, issues));
  const tried = declareList(proofs, ["proofs"], issues, (value, path) => issues.parse(proofSchema, value, path));
  refuseUnreachable(entries, issues);
  refuseUndeclaredMaps(entries, mappings, issues);
  refuseRepeatedMappings(mappings, issues);
  if (connection === undefined || instance === undefined || settings === undefined || issues.issues.length > 0 || containsUnknown({ records, identMappings, proofs })) {
    return undefined;
  }
  const known = <T>(list: readonly (T | undefined)[]): readonly T[] => list.filter((element) => element !== undefined);
  return { connection, instance, records: known(entries), identMappings: known(mappings), proofs: known(tried), guardSeconds: settings.guardSeconds };
}

/** Each element at its own index; `undefined` where it is faulty or unknown, so that the others are still held together. */
function declareList<T>(value: unknown, path: Path, issues: IssueCollector, declare: (element: unknown, path: Path) => T | undefined): readonly (T | undefined)[] {
  if (!Array.isArray(value)) {
    issues.parse(z.array(z.unknown()), value, path);
    return [];
  }
  return value.map((element, index) => declare(element, [...path, index]));
}

function refuseUndeclaredMaps(entries: readonly (HbaEntry | undefined)[], mappings: readonly (IdentEntry | undefined)[], issues: IssueCollector): void {
  if (mappings.some((mapping) => mapping === undefined || isInclude(mapping))) {
    return;
  }
  const names = new Set(mappings.flatMap((mapping) => (mapping === undefined || isInclude(mapping) ? [] : [mapping.mapName])));
  entries.forEach((entry, index) => {
    const map = entry === undefined || isInclude(entry) ? undefined : entry.options.find((option) => option.name === "map");
    if (map !== undefined && !names.has(String(map.value))) {
      issues.add(["records", index, "options", "map"], map.value, names.size === 0 ? "a map of identMappings, which is empty" : `one of the maps ${[...names].sort().join(", ")}`,
        "Declare the map in identMappings, or nobody can log in by this record.");
    }
  });
}

function refuseRepeatedMappings(mappings: readonly (IdentEntry | undefined)[], issues: IssueCollector): void {
  const seen = new Map<string, number>();
  mappings.forEach((mapping, index) => {
    if (mapping === undefined || isInclude(mapping)) {
      return;
    }
    const identity = JSON.stringify([mapping.mapName, mapping.systemUsername, mapping.databaseUsername]);
    const first = seen.get(identity);
    if (first !== undefined) {
      issues.add(["identMappings", index], mapping.mapName, `each mapping once; identMappings[${first}] is the same`, "Remove one of the two.");
    }
    seen.set(identity, first ?? index);
  });
}
