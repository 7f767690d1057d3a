/**
 * The lab's address plan: pure, the same for every lab, because each lab lives in its own closed network.
 * Hosts share one network; every client network is routed to them by the fabric, so a host sees the client's own address.
 * The third octet of an IPv4 network and the last group of its IPv6 network are spelled with the same digits.
 * Refuses host names that are no DNS label, that come twice or that are too many. Used by lab, stacks and tests.
 */
import { LabError } from "../errors";

/** One thing in both address families: addresses, or networks in CIDR notation. */
export interface DualStack {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** One test host: a machine with its own systemd, sshd and network stack. */
export interface LabHostPlan extends DualStack {
  readonly name: string;
}

/** One place from which a host can be reached: a network with a single machine on it. */
export interface LabClientPlan {
  readonly name: LabClientName;
  /** What the network stands for. */
  readonly purpose: string;
  readonly network: DualStack;
  /** Where the client itself is. */
  readonly address: DualStack;
  /** The fabric's own address on this network. */
  readonly gateway: DualStack;
}

export type LabClientName = "control" | "app" | "ops" | "outside";

export interface LabPlan {
  readonly hosts: readonly LabHostPlan[];
  readonly clients: readonly LabClientPlan[];
}

/** The network that the hosts share, and the fabric's address on it. */
export const hostNetwork = { network: { ipv4: "10.77.0.0/24", ipv6: "fd77::/64" }, gateway: { ipv4: "10.77.0.1", ipv6: "fd77::1" } } as const;

/** Every client network. `outside` uses documentation ranges (RFC 5737, RFC 3849), so that it is no part of 10.0.0.0/8. */
export const labClients: readonly LabClientPlan[] = [
  client("control", "management: where pulumi runs and SSH comes from", "10.77.1", "fd77:0:0:1"),
  client("app", "application servers", "10.77.10", "fd77:0:0:10"),
  client("ops", "database administrators", "10.77.20", "fd77:0:0:20"),
  client("outside", "everybody else", "203.0.113", "2001:db8:0:113"),
];

export const labDefaults = { name: "demo", suite: "trixie", hosts: ["h1", "h2", "h3"], user: "admin", sshPort: 22 } as const;

const maxHosts = 40;
const hostName = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/**
 * Gives every host its addresses, in the order of their names.
 * @param names DNS labels of at most 32 characters, 1 to 40 of them
 */
export function planLab(names: readonly string[]): LabPlan {
  const faults = [
    ...names.filter((name) => !hostName.test(name)).map((name) => `${JSON.stringify(name)} is no lower-case DNS label of at most 32 characters`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is given twice`),
    ...(names.length < 1 || names.length > maxHosts ? [`${names.length} hosts are asked for, 1 to ${maxHosts} are possible`] : []),
  ];
  if (faults.length > 0) {
    throw new LabError(`the hosts of a lab: ${faults.join("; ")}`, { remedy: "name the hosts like h1,h2,h3" });
  }
  return { hosts: names.map((name, index) => ({ name, ipv4: `10.77.0.${11 + index}`, ipv6: `fd77::${11 + index}` })), clients: labClients };
}

/** h1 to hN. */
export function numberedHosts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `h${index + 1}`);
}

function client(name: LabClientName, purpose: string, ipv4: string, ipv6: string): LabClientPlan {
  return {
    name,
    purpose,
    network: { ipv4: `${ipv4}.0/24`, ipv6: `${ipv6}::/64` },
    address: { ipv4: `${ipv4}.2`, ipv6: `${ipv6}::2` },
    gateway: { ipv4: `${ipv4}.1`, ipv6: `${ipv6}::1` },
  };
}
