/**
 * Host-based access: the entries of pg_hba.conf and pg_ident.conf, in the order that gives them meaning, and what each
 * authentication method takes. Sources: PostgreSQL manual, "The pg_hba.conf File", "Authentication Methods" and "User
 * Name Maps"; details of the scanner from src/backend/libpq/hba.c, releases 15 to 18.
 */
import type { Major } from "./instance";
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

/** `flag` is written 0 or 1; `list` and `ports` hold several values in one. */
export type HbaOptionForm = "text" | "flag" | "port" | "list" | "ports" | "secret" | "secrets" | readonly string[];

/** Every option with the form of its value. */
export const HBA_OPTIONS = {
  clientcert: ["verify-ca", "verify-full"],
  clientname: ["CN", "DN"],
  map: "text",
  include_realm: "flag",
  krb_realm: "text",
  compat_realm: "flag",
  upn_username: "flag",
  ldapserver: "text",
  ldapport: "port",
  ldapscheme: ["ldap", "ldaps"],
  ldaptls: "flag",
  ldapprefix: "text",
  ldapsuffix: "text",
  ldapbasedn: "text",
  ldapbinddn: "text",
  ldapbindpasswd: "secret",
  ldapsearchattribute: "text",
  ldapsearchfilter: "text",
  ldapurl: "text",
  radiusservers: "list",
  radiussecrets: "secrets",
  radiusports: "ports",
  radiusidentifiers: "list",
  pamservice: "text",
  pam_use_hostname: "flag",
  issuer: "text",
  scope: "text",
  validator: "text",
  delegate_ident_mapping: "flag",
} as const satisfies Record<string, HbaOptionForm>;

export type HbaOptionName = keyof typeof HBA_OPTIONS;

const formOf = (name: HbaOptionName): HbaOptionForm => HBA_OPTIONS[name];

/** Whether the value must never be printed. */
export const isSecretOption = (name: HbaOptionName): boolean => ["secret", "secrets"].includes(formOf(name) as string);

/** Whether the value is a list. */
export const isListOption = (name: HbaOptionName): boolean => ["list", "ports", "secrets"].includes(formOf(name) as string);

interface HbaMethodFacts {
  readonly types: readonly HbaType[];
  /** Beside `clientcert` and `clientname`, which every method takes in `hostssl` records. */
  readonly options: readonly HbaOptionName[];
  readonly required: readonly HbaOptionName[];
  readonly since: Major;
  /** Why Debian's packages refuse it. */
  readonly unsupported?: string;
}

const REALM = ["include_realm", "krb_realm", "map"] as const;
const LDAP = [
  "ldapserver", "ldapport", "ldapscheme", "ldaptls", "ldapprefix", "ldapsuffix", "ldapbasedn", "ldapbinddn", "ldapbindpasswd",
  "ldapsearchattribute", "ldapsearchfilter", "ldapurl",
] as const;
const RADIUS = ["radiusservers", "radiussecrets", "radiusports", "radiusidentifiers"] as const;

function method(types: readonly HbaType[], facts: Partial<HbaMethodFacts> = {}): HbaMethodFacts {
  return { types, options: [], required: [], since: 15, ...facts };
}

/** Every method: where it may stand and what it takes. */
export const HBA_METHODS = {
  trust: method(HBA_TYPES),
  reject: method(HBA_TYPES),
  "scram-sha-256": method(HBA_TYPES),
  md5: method(HBA_TYPES),
  password: method(HBA_TYPES),
  peer: method(["local"], { options: ["map"] }),
  cert: method(["hostssl"], { options: ["map"] }),
  gss: method(HBA_HOST_TYPES, { options: REALM }),
  ident: method(HBA_HOST_TYPES, { options: ["map"] }),
  ldap: method(HBA_TYPES, { options: LDAP }),
  radius: method(HBA_TYPES, { options: RADIUS, required: ["radiusservers", "radiussecrets"] }),
  pam: method(HBA_TYPES, { options: ["pamservice", "pam_use_hostname"] }),
  oauth: method(HBA_TYPES, { options: ["issuer", "scope", "validator", "map", "delegate_ident_mapping"], required: ["issuer", "scope"], since: 18 }),
  sspi: method(HBA_HOST_TYPES, { options: [...REALM, "compat_realm", "upn_username"], unsupported: "it exists on Windows only" }),
  bsd: method(HBA_TYPES, { unsupported: "it exists on OpenBSD only" }),
} as const satisfies Record<string, HbaMethodFacts>;

export type HbaMethod = keyof typeof HBA_METHODS;

export const hbaMethodFacts = (name: HbaMethod): HbaMethodFacts => HBA_METHODS[name];

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
