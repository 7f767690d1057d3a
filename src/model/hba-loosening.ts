/**
 * What makes an entry weaker than it need be, each by a name of its own: a declaration must give a reason for every one,
 * and a change that brings one in is shown as a hazard. A record that rejects loosens nothing. Which roles beside
 * `postgres` are superusers is not known here.
 */
import { parseNetwork, type AddressRange } from "./address";
import { isInclude, type HbaEntry, type HbaRecord, type HbaToken, type IdentEntry, type IdentMapping } from "./hba";
import type { HbaMethod } from "./hba-method";
import { reveal } from "./secret";

/** What it means, and what to do instead. */
export const HBA_LOOSENINGS = {
  trust: ["admits without any proof of identity", "Use scram-sha-256, cert or peer"],
  password: ["lets the server see the password", "Use scram-sha-256"],
  md5: ["accepts MD5 hashes, which can be replayed when stolen", "Use scram-sha-256"],
  ident: ["believes what the client's machine says about its users", "Use cert or scram-sha-256"],
  plaintext: ["admits connections without TLS", "Use type hostssl"],
  "any-address": ["admits from addresses beyond any private network", "Name the networks of the clients"],
  "host-name": ["believes the reverse lookup of the client's address", "Name the client's network in CIDR notation"],
  "any-user": ["admits every role, superusers among them", "Name the roles, or a group role as +group"],
  superuser: ["admits the superuser postgres from elsewhere", "Administer over the Unix socket, and name other roles"],
  "unmanaged-file": ["takes entries from a file that is not declared here", "List the entries in the program"],
  "stripped-realm": ["takes the realm off the name, so that equal names of other realms pass", "Keep include_realm and map the full name"],
  "plain-backend": ["passes the password on to another server without TLS", "Use ldaptls or an ldaps server"],
  "delegated-mapping": ["leaves the choice of role to the token's validator", "Use map"],
  unanchored: ["matches also names that only contain the pattern", "Anchor the expression with ^ and $"],
} as const satisfies Record<string, readonly [string, string]>;

export type HbaLoosening = keyof typeof HBA_LOOSENINGS;

export interface FoundLoosening {
  readonly loosening: HbaLoosening;
  /** The property that brings it in. */
  readonly property: string;
}

const SUPERUSER = "postgres";

/** Prefix lengths of the largest private networks: 10.0.0.0/8 and fc00::/7. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 7 } as const;
const FAMILY_BITS = { ipv4: 32n, ipv6: 128n } as const;

/** Methods that are a loosening by themselves. */
const WEAK_METHODS: readonly HbaMethod[] = ["trust", "password", "md5", "ident"];

export function looseningsOf(entry: HbaEntry): readonly FoundLoosening[] {
  if (isInclude(entry)) {
    return [{ loosening: "unmanaged-file", property: "target" }];
  }
  if (entry.method === "reject") {
    return [];
  }
  return [...methodLoosenings(entry), ...networkLoosenings(entry), ...fileLoosenings(entry)];
}

/** Of a mapping, whatever records use it. */
export function mappingLoosenings(entry: IdentEntry): readonly FoundLoosening[] {
  if (isInclude(entry)) {
    return [{ loosening: "unmanaged-file", property: "target" }];
  }
  const { systemUsername: system, databaseUsername: database } = entry;
  return [
    ...(system.kind === "regex" && !isAnchored(system.regex) ? [{ loosening: "unanchored", property: "systemUsername" } as const] : []),
    ...(database.kind === "keyword" ? [{ loosening: "any-user", property: "databaseUsername" } as const] : []),
    ...(admitsSuperuser(database) && !isIdentity(entry) ? [{ loosening: "superuser", property: "databaseUsername" } as const] : []),
  ];
}

function methodLoosenings(record: HbaRecord): readonly FoundLoosening[] {
  const option = (name: string): string => {
    const found = record.options.find((candidate) => candidate.name === name);
    return found === undefined ? "" : String(reveal<unknown>(found.value));
  };
  const found: FoundLoosening[] = WEAK_METHODS.filter((method) => method === record.method).map((method) => ({ loosening: method as HbaLoosening, property: "method" }));
  if (option("include_realm") !== "" && option("include_realm") !== "1") {
    found.push({ loosening: "stripped-realm", property: "options.include_realm" });
  }
  if (option("delegate_ident_mapping") === "1") {
    found.push({ loosening: "delegated-mapping", property: "options.delegate_ident_mapping" });
  }
  const hasTls = option("ldaptls") === "1" || option("ldapscheme") === "ldaps" || option("ldapurl").startsWith("ldaps:");
  if (record.method === "radius" || (record.method === "ldap" && !hasTls)) {
    found.push({ loosening: "plain-backend", property: "options" });
  }
  return found;
}

function networkLoosenings(record: HbaRecord): readonly FoundLoosening[] {
  if (record.type === "local") {
    return [];
  }
  const range = record.address.kind === "network" ? parseNetwork(record.address.network) : null;
  const found: FoundLoosening[] = [];
  if (record.type !== "hostssl" && record.type !== "hostgssenc" && !isLoopback(range)) {
    found.push({ loosening: "plaintext", property: "type" });
  }
  if (record.address.kind === "all" || record.address.kind === "masked" || (range !== null && prefixOf(range) < SHORTEST_PREFIX[range.family])) {
    found.push({ loosening: "any-address", property: "address" });
  }
  if (record.address.kind === "name") {
    found.push({ loosening: "host-name", property: "address" });
  }
  if (record.users.some((user) => user.kind === "keyword")) {
    found.push({ loosening: "any-user", property: "users" });
  } else if (record.users.some(admitsSuperuser)) {
    found.push({ loosening: "superuser", property: "users" });
  }
  return found;
}

function fileLoosenings(record: HbaRecord): readonly FoundLoosening[] {
  const property = record.users.some((token) => token.kind === "file") ? "users" : record.databases.some((token) => token.kind === "file") ? "databases" : null;
  return property === null ? [] : [{ loosening: "unmanaged-file", property }];
}

function prefixOf({ family, first, last }: AddressRange): number {
  return Number(FAMILY_BITS[family]) - ((last - first + 1n).toString(2).length - 1);
}

/** Such traffic never leaves the machine. */
function isLoopback(range: AddressRange | null): boolean {
  return range !== null && (range.family === "ipv4" ? range.first >> 24n === 127n && range.last >> 24n === 127n : range.first === 1n && range.last === 1n);
}

/** Equal names on both sides: what is allowed without a map, too. */
function isIdentity({ systemUsername: system, databaseUsername: database }: IdentMapping): boolean {
  return system.kind === "name" && database.kind === "name" && system.name === database.name;
}

function admitsSuperuser(token: HbaToken): boolean {
  return (token.kind === "name" && token.name === SUPERUSER) || (token.kind === "regex" && mayMatch(token.regex, SUPERUSER));
}

/** Cautious: only a literal beginning that the name does not have proves that an expression cannot match it. */
function mayMatch(regex: string, name: string): boolean {
  const [, literal = "", quantifier] = /^\^([A-Za-z0-9_-]*)([*?{])?/.exec(regex) ?? [];
  const beginning = quantifier === undefined ? literal : literal.slice(0, -1);
  return regex.includes("|") || name.startsWith(beginning);
}

/** A bracket expression: `[a-z]`, `[]^|]`, `[[:alpha:](]`. */
const BRACKETS = /\[\^?\]?(?:\[[:.=][^\]]*[:.=]\]|[^\]])*\]/gu;

/** `^…$` without alternatives outside parentheses. */
function isAnchored(regex: string): boolean {
  const bare = regex.replace(/\\./gsu, "").replace(BRACKETS, "");
  const outside = removeGroups(bare);
  return bare.startsWith("^") && bare.endsWith("$") && !outside.includes("|");
}

function removeGroups(text: string): string {
  const shorter = text.replace(/\([^()]*\)/g, "");
  return shorter === text ? text : removeGroups(shorter);
}
