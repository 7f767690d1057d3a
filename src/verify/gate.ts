/**
 * Who is let in by what is declared: the packet filter first, then the first record of pg_hba.conf that fits. Says
 * "undecided" where only the server could know (a host name, an expression, an included file), and never guesses.
 */
import type { FirewallDeclaration } from "../declare/ruleset";
import { covers, parseNetwork, type AddressRange } from "../model/address";
import { isInclude, FINAL_RECORDS, MANAGEMENT_RECORD, type HbaEntry, type HbaRecord, type HbaToken } from "../model/hba";
import { addressSetOf, matchesPair, transportsOf, type HbaTransport } from "../model/hba-coverage";

export type PacketVerdict = "accept" | "drop" | "reject";

/** The declarations that decide about a connection from the network. */
export interface Gate {
  /** `null`: no packet filter is declared, so packets arrive. */
  readonly firewall: Pick<FirewallDeclaration, "managementNetworks" | "sshPorts" | "services" | "refuse"> | null;
  /** As declared: without the first and the last ones that every pg_hba.conf has. */
  readonly records: readonly HbaEntry[];
}

export interface Knock {
  readonly address: string;
  readonly port: number;
}

/** What becomes of a new TCP connection. */
export function packetVerdict({ firewall }: Gate, { address, port }: Knock): PacketVerdict {
  if (firewall === null) {
    return "accept";
  }
  const from = parseNetwork(address);
  const isFrom = (ranges: readonly AddressRange[] | null): boolean => ranges === null || (from !== null && covers(ranges, [from]));
  if (firewall.sshPorts.includes(port) && isFrom(firewall.managementNetworks)) {
    return "accept";
  }
  const service = firewall.services.find(({ protocol, ports, addresses }) => protocol === "tcp" && ports.some(([first, last]) => first <= port && port <= last) && isFrom(addresses));
  return service?.action ?? firewall.refuse;
}

export interface Arrival {
  readonly address: string;
  readonly transport: HbaTransport;
  readonly database: string;
  readonly user: string;
}

/** The record that decides; physical replication is asked for with the database `{ replication: true }`. */
export function decidingRecord({ records }: Gate, arrival: Arrival): HbaRecord | "undecided" {
  for (const entry of [MANAGEMENT_RECORD, ...records, ...FINAL_RECORDS]) {
    if (isInclude(entry)) {
      return "undecided";
    }
    const fit = fits(entry, arrival);
    if (fit !== "no") {
      return fit === "yes" ? entry : "undecided";
    }
  }
  return "undecided";
}

type Fit = "yes" | "no" | "unknown";

function fits(record: HbaRecord, { address, transport, database, user }: Arrival): Fit {
  if (record.type === "local" || !transportsOf(record.type).includes(transport)) {
    return "no";
  }
  const set = addressSetOf(record.address);
  const from = parseNetwork(address);
  const byAddress: Fit = "symbol" in set || from === null ? "unknown" : covers(set.ranges, [from]) ? "yes" : "no";
  const isPlain = (token: HbaToken): boolean => token.kind === "name" || (token.kind === "keyword" && !["samerole", "samegroup"].includes(token.keyword));
  const byNames: Fit = matchesPair(record, { kind: "name", name: database }, { kind: "name", name: user })
    ? "yes"
    : [...record.databases, ...record.users].every(isPlain) ? "no" : "unknown";
  return byAddress === "no" || byNames === "no" ? "no" : byAddress === "yes" && byNames === "yes" ? "yes" : "unknown";
}
