/**
 * Authentication methods and their options, typed per method, spelled as in pg_hba.conf. Refuses options of other methods,
 * values the server would misread (it takes every flag but `1` for false), combinations it rejects, and what Debian's
 * packages lack. Sources: PostgreSQL, client-authentication; hba.c, parse_hba_auth_opt.
 */
import { z } from "zod";
import type { HbaOption, HbaType } from "../model/hba";
import { HBA_OPTIONS, hbaMethodFacts, type HbaMethod, type HbaOptionForm, type HbaOptionName } from "../model/hba-method";
import type { Major } from "../model/instance";
import { reveal, Secret } from "../model/secret";
import { refuseCombinations } from "./hba-option-rule";
import { rule, type IssueCollector, type Path } from "./issue";

/** For `hostssl` records of any method. */
export interface HbaCertificateOptions {
  /** Beside the method: `verify-ca` asks for a certificate of any CA in ssl_ca_file, `verify-full` also for its name to be the user's. @default - a certificate is not asked for */
  readonly clientcert?: "verify-ca" | "verify-full";
  /** What of the certificate is compared with the user: common name or whole distinguished name. @default - "CN" */
  readonly clientname?: "CN" | "DN";
}

export interface HbaMapOptions {
  /** A map of `identMappings`. @default - the names must be equal */
  readonly map?: string;
}

export interface HbaRealmOptions extends HbaMapOptions {
  /** Keep the realm in the name that is mapped. @default - true */
  readonly include_realm?: boolean;
  /** The only realm that may log in. @default - any */
  readonly krb_realm?: string;
}

/** Simple bind (ldapprefix, ldapsuffix) or search and bind (ldapbasedn …), not both. */
export interface HbaLdapOptions {
  /** Names or addresses, with spaces between them. @default - the one in ldapurl */
  readonly ldapserver?: string;
  /** @default - the LDAP library's */
  readonly ldapport?: number;
  /** `ldaps`: TLS from the start. @default "ldap" */
  readonly ldapscheme?: "ldap" | "ldaps";
  /** StartTLS. @default false */
  readonly ldaptls?: boolean;
  /** Before the user in the name that is bound. @default - nothing */
  readonly ldapprefix?: string;
  /** After the user in the name that is bound. @default - nothing */
  readonly ldapsuffix?: string;
  /** Where the search for the user begins. @default - no search: simple bind */
  readonly ldapbasedn?: string;
  /** Who searches. @default - nobody: an anonymous bind */
  readonly ldapbinddn?: string;
  /** Secret: masked wherever it would be shown. The file on the host holds it. @default - none */
  readonly ldapbindpasswd?: string;
  /** Compared with the user in the search. @default "uid" */
  readonly ldapsearchattribute?: string;
  /** Instead of ldapsearchattribute; `$username` is the user. @default - by ldapsearchattribute */
  readonly ldapsearchfilter?: string;
  /** Server, base and search in one; instead of those. @default - none */
  readonly ldapurl?: string;
}

/** One server or several; the other lists have one element or as many. */
export interface HbaRadiusOptions {
  readonly radiusservers: readonly string[];
  /** Secret: masked wherever they would be shown. The file on the host holds them. */
  readonly radiussecrets: readonly string[];
  /** @default - 1812 */
  readonly radiusports?: readonly number[];
  /** NAS identifiers. @default - "postgresql" */
  readonly radiusidentifiers?: readonly string[];
}

export interface HbaPamOptions {
  /** @default - "postgresql" */
  readonly pamservice?: string;
  /** Give PAM the client's host name instead of its address. @default - false */
  readonly pam_use_hostname?: boolean;
}

/** Since PostgreSQL 18. */
export interface HbaOauthOptions extends HbaMapOptions {
  /** HTTPS URL of the authorization server. */
  readonly issuer: string;
  readonly scope: string;
  /** One of oauth_validator_libraries. @default - the only one there */
  readonly validator?: string;
  /** The validator decides which role the token may use. @default - false */
  readonly delegate_ident_mapping?: boolean;
}

/** A method with its own options. @default - "scram-sha-256" for host types, "peer" for local */
export type HbaMethodArgs =
  | { readonly method?: "scram-sha-256" | "md5" | "password" | "trust" | "reject"; readonly options?: HbaCertificateOptions }
  | { readonly method: "peer"; readonly options?: HbaMapOptions }
  | { readonly method: "ident"; readonly options?: HbaMapOptions & HbaCertificateOptions }
  | { readonly method: "cert"; readonly options?: HbaMapOptions & HbaCertificateOptions }
  | { readonly method: "gss"; readonly options?: HbaRealmOptions & HbaCertificateOptions }
  | { readonly method: "ldap"; readonly options: HbaLdapOptions & HbaCertificateOptions }
  | { readonly method: "radius"; readonly options: HbaRadiusOptions & HbaCertificateOptions }
  | { readonly method: "pam"; readonly options?: HbaPamOptions & HbaCertificateOptions }
  | { readonly method: "oauth"; readonly options: HbaOauthOptions & HbaCertificateOptions };

/** Everything but what ends the line. */
const textSchema = z.string().refine((text) => text !== "" && !/[\0\n\p{Surrogate}]/u.test(text), rule("a text without NUL and newline", "Correct the value."));
const portSchema = z.number().refine((port) => Number.isInteger(port) && port >= 1 && port <= 65535, rule("a whole number from 1 to 65535", "Choose a port."));

const SCHEMAS: Readonly<Record<Extract<HbaOptionForm, string>, z.ZodType<string | readonly string[]>>> = {
  text: textSchema,
  secret: textSchema,
  flag: z.boolean().transform((flag) => (flag ? "1" : "0")),
  port: portSchema.transform(String),
  list: z.array(textSchema).min(1),
  secrets: z.array(textSchema).min(1),
  ports: z.array(portSchema.transform(String)).min(1),
};

/** `undefined` when one is faulty or unknown. In the order of the table, whatever the program's. */
export function declareOptions(method: HbaMethod, type: HbaType, value: unknown, major: Major, path: Path, issues: IssueCollector): readonly HbaOption[] | undefined {
  const args = value === undefined ? {} : issues.parse(z.looseObject({}), value, path);
  if (args === undefined || refuseMethod(method, type, major, path, issues)) {
    return undefined;
  }
  const certificate: readonly HbaOptionName[] = type === "hostssl" ? ["clientcert", "clientname"] : [];
  const taken: readonly string[] = [...hbaMethodFacts(method).options, ...certificate];
  for (const name of Object.keys(args).filter((key) => !taken.includes(key))) {
    const isCertificate = name === "clientcert" || name === "clientname";
    issues.add([...path, name], isSecretish(name) ? new Secret("") : args[name], taken.length === 0 ? `no options, with method ${method} and type ${type}` : `one of ${taken.join(", ")}`,
      isCertificate ? "Remove it, or use type hostssl: only there the server asks for certificates." : `Remove it; it does not belong to method ${method}.`);
  }
  for (const name of hbaMethodFacts(method).required.filter((required) => args[required] === undefined)) {
    issues.add([...path, name], undefined, `a value, which method ${method} needs`, `Give ${name}.`);
  }
  const names = (Object.keys(HBA_OPTIONS) as HbaOptionName[]).filter((name) => taken.includes(name) && args[name] !== undefined);
  const options = names.map((name) => declareOption(name, args[name], [...path, name], issues));
  if (options.some((option) => option === undefined)) {
    return undefined;
  }
  const known = options as readonly HbaOption[];
  refuseCombinations(method, known, path, issues);
  return known;
}

/** Names another method keeps secret. */
const isSecretish = (name: string): boolean => /passw|secret/i.test(name);

function declareOption(name: HbaOptionName, value: unknown, path: Path, issues: IssueCollector): HbaOption | undefined {
  const form: HbaOptionForm = HBA_OPTIONS[name];
  const schema: z.ZodType<string | readonly string[]> = typeof form === "string" ? SCHEMAS[form] : z.enum([...form]);
  if (form !== "secret" && form !== "secrets") {
    const parsed = issues.parse(schema, value, path);
    return parsed === undefined ? undefined : { name, value: parsed };
  }
  const plain = reveal(value);
  if (!schema.safeParse(plain).success) {
    issues.add(path, new Secret(""), form === "secret" ? "a text without NUL and newline" : "a list of texts without NUL and newline", "Correct the value.");
    return undefined;
  }
  return { name, value: new Secret(plain as string | readonly string[]) };
}

/** Whether the method cannot stand there at all. */
function refuseMethod(method: HbaMethod, type: HbaType, major: Major, path: Path, issues: IssueCollector): boolean {
  const { since, types, unsupported } = hbaMethodFacts(method);
  const at = [...path.slice(0, -1), "method"];
  if (unsupported !== undefined) {
    issues.add(at, method, "a method of Debian's packages", `Choose another method: ${unsupported}, and the server would refuse the whole file.`);
  } else if (since > major) {
    issues.add(at, method, `a method of PostgreSQL ${major}`, `Method ${method} exists since PostgreSQL ${since}.`);
  } else if (!types.includes(type)) {
    issues.add(at, method, `a method for type ${type}`, `Method ${method} is for ${types.join(", ")}${method === "ident" ? "; on the socket it is called peer" : ""}.`);
  } else {
    return false;
  }
  return true;
}
