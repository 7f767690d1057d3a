/**
 * Authentication methods and their options, as tables: where a method may stand, what it takes, since when. Spelled as in
 * pg_hba.conf. Sources: PostgreSQL manual, "Authentication Methods"; src/backend/libpq/hba.c, releases 15 to 18.
 */
import { HBA_HOST_TYPES, HBA_TYPES, type HbaType } from "./hba";
import type { Major } from "./instance";

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
