/**
 * Host-based access: the entries of pg_hba.conf and pg_ident.conf, in the order that gives them meaning, and what each
 * authentication method takes. Sources: PostgreSQL manual, "The pg_hba.conf File", "Authentication Methods" and "User
 * Name Maps"; details of the scanner from src/backend/libpq/hba.c, releases 15 to 18.
 */
import type { HbaMethod, HbaOptionName } from "./hba-method";
import type { MaybeSecret } from "./secret";

/** Connection types over a network. `host` is any of them; `hostnossl` includes GSS encryption, `hostnogssenc` TLS. */
export const HBA_HOST_TYPES = ["host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"] as const;
export const HBA_TYPES = ["local", ...HBA_HOST_TYPES] as const;

export type HbaHostType = (typeof HBA_HOST_TYPES)[number];
export type HbaType = (typeof HBA_TYPES)[number];

/** Words that mean something in a database list unless their first character is quoted. In a user list only `all` does. */
export const HBA_DATABASE_KEYWORDS = ["all", "sameuser", "samerole", "samegroup", "replication"] as const;

export type HbaKeyword = (typeof HBA_DATABASE_KEYWORDS)[number];

/** One element of a database or user list. */
export type HbaToken =
  | { readonly kind: "keyword"; readonly keyword: HbaKeyword }
  | { readonly kind: "name"; readonly name: string }
  /** The role itself and every direct or indirect member of it, whatever the memberships' options. */
  | { readonly kind: "member"; readonly role: string }
  /** PostgreSQL's advanced regular expression, matched anywhere in the name unless anchored. Since 16. */
  | { readonly kind: "regex"; readonly regex: string }
  /** Further elements from another file. */
  | { readonly kind: "file"; readonly path: string };

export type HbaAddress =
  | { readonly kind: "all" }
  | { readonly kind: "samehost" }
  | { readonly kind: "samenet" }
  /** In CIDR notation, always with its prefix length and without bits to the right of it. */
  | { readonly kind: "network"; readonly network: string }
  /** A mask that is no prefix. Read from foreign files, never declared. */
  | { readonly kind: "masked"; readonly address: string; readonly netmask: string }
  /** A host name, or with a leading dot the names below a domain; needs matching reverse and forward lookups. */
  | { readonly kind: "name"; readonly name: string };

export interface HbaOption {
  readonly name: HbaOptionName;
  /** Flags are `0` or `1`; several values in one are a list. */
  readonly value: MaybeSecret<string | readonly string[]>;
}

interface HbaFields {
  readonly databases: readonly HbaToken[];
  readonly users: readonly HbaToken[];
  readonly method: HbaMethod;
  readonly options: readonly HbaOption[];
  /** One line above the record. */
  readonly comment?: string;
}

export type HbaRecord = HbaFields & ({ readonly type: "local" } | { readonly type: HbaHostType; readonly address: HbaAddress });

export const HBA_INCLUDES = ["include", "include_if_exists", "include_dir"] as const;

/** Entries of other files, spliced in at this place. Since 16. */
export interface HbaInclude {
  readonly type: (typeof HBA_INCLUDES)[number];
  readonly target: string;
  readonly comment?: string;
}

export type HbaEntry = HbaRecord | HbaInclude;

export const isInclude = (entry: HbaEntry | IdentEntry): entry is HbaInclude => "target" in entry;

/** A user name of a mapping: literally, or by a rule. `all`, `+role` and expressions for database users exist since 16. */
export type IdentToken = Exclude<HbaToken, { readonly kind: "file" }>;

/** One line of pg_ident.conf. Any matching line of a map admits. */
export interface IdentMapping {
  readonly mapName: string;
  /** Literally, or an expression whose first capture becomes `\1` of the database user's name. */
  readonly systemUsername: Extract<IdentToken, { readonly kind: "name" | "regex" }>;
  readonly databaseUsername: IdentToken;
  readonly comment?: string;
}

export type IdentEntry = IdentMapping | HbaInclude;

/** The record that local administration, and pgrampart itself, comes in by: always the first, never removed. */
export const MANAGEMENT_RECORD: HbaRecord = {
  type: "local",
  databases: [{ kind: "keyword", keyword: "all" }],
  users: [{ kind: "name", name: "postgres" }],
  method: "peer",
  options: [],
  comment: "local administration: always first",
};

const EVERY_DATABASE: readonly HbaToken[] = [{ kind: "keyword", keyword: "all" }, { kind: "keyword", keyword: "replication" }];
const REJECT = { databases: EVERY_DATABASE, users: [{ kind: "keyword", keyword: "all" }], method: "reject", options: [] } as const;

/** What no record above admits is refused, in words that tell it from a record that was forgotten. `all` is IPv4 and IPv6. */
export const FINAL_RECORDS: readonly HbaRecord[] = [
  { type: "local", ...REJECT, comment: "what no record above admits is refused" },
  { type: "host", address: { kind: "all" }, ...REJECT },
];

/** An entry of pg_hba.conf in the spelling of the file: what is stored, compared and shown. Equal text means equal meaning. */
export interface HbaLine {
  readonly type: string;
  readonly databases?: readonly string[];
  readonly users?: readonly string[];
  readonly address?: string;
  readonly method?: string;
  /** By name, in the file's order; passwords and shared secrets are Secret. */
  readonly options?: Readonly<Record<string, HbaOption["value"]>>;
  /** Of an include. */
  readonly target?: string;
  readonly comment?: string;
}

/** An entry of pg_ident.conf in the spelling of the file. */
export interface IdentLine {
  /** Of an include; a mapping has none. */
  readonly type?: string;
  readonly target?: string;
  readonly mapName?: string;
  readonly systemUsername?: string;
  readonly databaseUsername?: string;
  readonly comment?: string;
}
