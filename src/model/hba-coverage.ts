/**
 * Which connections a record matches, as exact sets: transports, address ranges, and lists of databases and users. Answers
 * whether earlier records leave anything for a later one. Expressions, files and host names are equal only to themselves, so
 * "covered" is always proven; "not covered" may be cautious.
 */
import { covers as coversRanges, parseNetwork, wholeFamily, type AddressRange } from "./address";
import type { HbaAddress, HbaKeyword, HbaRecord, HbaToken, HbaType } from "./hba";

/** How a connection arrives, as the record types tell them apart. */
export type HbaTransport = "socket" | "plain" | "tls" | "gss";

const TRANSPORTS: Readonly<Record<HbaType, readonly HbaTransport[]>> = {
  local: ["socket"],
  host: ["plain", "tls", "gss"],
  hostssl: ["tls"],
  hostnossl: ["plain", "gss"],
  hostgssenc: ["gss"],
  hostnogssenc: ["plain", "tls"],
};

export const transportsOf = (type: HbaType): readonly HbaTransport[] => TRANSPORTS[type];

/** Addresses as ranges where they can be known, else as a name for the set. */
export type AddressSet = { readonly ranges: readonly AddressRange[] } | { readonly symbol: string };

export function addressSetOf(address: HbaAddress): AddressSet {
  switch (address.kind) {
    case "all":
      return { ranges: [wholeFamily("ipv4"), wholeFamily("ipv6")] };
    case "network": {
      const range = parseNetwork(address.network);
      return range === null ? { symbol: address.network } : { ranges: [range] };
    }
    case "masked":
      return { symbol: `${address.address} ${address.netmask}` };
    case "name":
      return { symbol: `name ${address.name.toLowerCase()}` };
    default:
      return { symbol: address.kind };
  }
}

/** Whether every connection that `later` matches is matched by one of `earlier`; the deciding ones, in order, or `null`. */
export function coveredBy(later: HbaRecord, earlier: readonly HbaRecord[]): readonly HbaRecord[] | null {
  const deciding = new Set<HbaRecord>();
  for (const transport of transportsOf(later.type)) {
    for (const database of later.databases) {
      for (const user of later.users) {
        const candidates = earlier.filter((record) => transportsOf(record.type).includes(transport) && matchesPair(record, database, user));
        const sufficient = coveringAddresses(later, candidates);
        if (sufficient === null) {
          return null;
        }
        sufficient.forEach((record) => deciding.add(record));
      }
    }
  }
  return earlier.filter((record) => deciding.has(record));
}

/** Those of `candidates` that together hold all addresses of `later`; the earliest ones where there is a choice. */
function coveringAddresses(later: HbaRecord, candidates: readonly HbaRecord[]): readonly HbaRecord[] | null {
  if (!holdsAddresses(candidates, later)) {
    return null;
  }
  return candidates.reduceRight<readonly HbaRecord[]>((needed, record) => {
    const others = needed.filter((other) => other !== record);
    return holdsAddresses(others, later) ? others : needed;
  }, candidates);
}

function holdsAddresses(records: readonly HbaRecord[], later: HbaRecord): boolean {
  if (later.type === "local") {
    return records.length > 0;
  }
  const sets = records.flatMap((record) => (record.type === "local" ? [] : [addressSetOf(record.address)]));
  const wanted = addressSetOf(later.address);
  const ranges = sets.flatMap((set) => ("ranges" in set ? set.ranges : []));
  if ("ranges" in wanted) {
    return coversRanges(ranges, wanted.ranges);
  }
  const symbols = sets.flatMap((set) => ("symbol" in set ? [set.symbol] : []));
  // An interface's own address lies in the interface's subnet.
  return coversRanges(ranges, [wholeFamily("ipv4"), wholeFamily("ipv6")])
    || symbols.includes(wanted.symbol)
    || (wanted.symbol === "samehost" && symbols.includes("samenet"));
}

/** Whether the record matches every pair that one element of a database list and one of a user list stand for. */
export function matchesPair(record: HbaRecord, database: HbaToken, user: HbaToken): boolean {
  return record.databases.some((token) => matchesDatabase(token, database, user)) && record.users.some((token) => matchesUser(token, user));
}

function matchesDatabase(token: HbaToken, database: HbaToken, user: HbaToken): boolean {
  const isReplication = isKeyword(database, "replication");
  if (isKeyword(token, "all")) {
    return !isReplication && database.kind !== "file";
  }
  if (isKeyword(token, "sameuser") && database.kind === "name") {
    return user.kind === "name" && user.name === database.name;
  }
  if (token.kind === "name" && isKeyword(database, "sameuser")) {
    return user.kind === "name" && user.name === token.name;
  }
  return isSame(token, database);
}

function matchesUser(token: HbaToken, user: HbaToken): boolean {
  return isKeyword(token, "all") || isSame(token, user);
}

const isKeyword = (token: HbaToken, keyword: string): boolean => token.kind === "keyword" && token.keyword === keyword;

function isSame(a: HbaToken, b: HbaToken): boolean {
  switch (a.kind) {
    case "keyword":
      return b.kind === "keyword" && modernKeyword(a.keyword) === modernKeyword(b.keyword);
    case "name":
      return b.kind === "name" && a.name === b.name;
    case "member":
      return b.kind === "member" && a.role === b.role;
    case "regex":
      return b.kind === "regex" && a.regex === b.regex;
    case "file":
      return b.kind === "file" && a.path === b.path;
  }
}

const modernKeyword = (keyword: HbaKeyword): HbaKeyword => (keyword === "samegroup" ? "samerole" : keyword);
