/** What a program writes to declare a Firewall. What is refused, and why, is in ruleset.ts. */
import type { Connection } from "../model/connection";

/** A network or a single address, IPv4 or IPv6, without host bits: `10.0.0.0/8`, `fd00::/64`, `192.0.2.7`. */
export type Network = string;
/** A TCP or UDP port, or a range `from-to`. */
export type Port = number | string;

export interface FirewallArgs {
  readonly connection: Connection;
  /**
   * Networks SSH is accepted from, whatever else is declared. The address that the update itself comes from must be
   * among them; the host refuses the change otherwise.
   * @default - required, unless allowManagementFromAnywhere gives a reason
   */
  readonly managementNetworks?: readonly Network[];
  /** Instead of `managementNetworks`: the reason why SSH must be open to anyone. @default - not open */
  readonly allowManagementFromAnywhere?: string;
  /** Ports sshd listens on. @default - the connection's port */
  readonly sshPorts?: readonly number[];
  /** What else is decided, in this order: the first service that matches a packet decides. @default - nothing else is accepted */
  readonly services?: readonly FirewallServiceArgs[];
  /** How refused packets are treated: silence, or a TCP reset and ICMP "administratively prohibited". @default "drop" */
  readonly refuse?: "drop" | "reject";
  /** New connections that this host may open: all, or only those listed. @default "allow" */
  readonly outbound?: "allow" | readonly FirewallOutboundArgs[];
  /** What of ICMP passes. @default - its own defaults */
  readonly icmp?: FirewallIcmpArgs;
  /** Whether and how much is logged of what is refused. @default - its own defaults */
  readonly logging?: FirewallLoggingArgs;
  /** Accept the answers of DHCPv6 servers on the link; with `outbound` as a list, also let DHCP requests out. @default true */
  readonly dhcpClient?: boolean;
  /** Name of the nftables table; must begin with `pgrampart`, so that it cannot be another program's. @default "pgrampart" */
  readonly table?: string;
}

export interface FirewallServiceArgs {
  /** Lower-case name; appears in comments and names of sets. */
  readonly name: string;
  /** @default "tcp" */
  readonly protocol?: "tcp" | "udp";
  /** Local ports. */
  readonly ports: readonly Port[];
  /**
   * Where packets come from. An empty list is nobody: no rule is made.
   * @default - required to accept; anyone for `drop` and `reject`
   */
  readonly sources?: readonly Network[];
  /** Instead of `sources`: the reason why anyone may connect. @default - not open */
  readonly allowAnywhere?: string;
  /** @default "accept" */
  readonly action?: "accept" | "drop" | "reject";
}

export interface FirewallOutboundArgs {
  readonly name: string;
  /** @default "tcp" */
  readonly protocol?: "tcp" | "udp";
  /** Remote ports. */
  readonly ports: readonly Port[];
  /** An empty list is nobody: no rule is made. @default - any address */
  readonly destinations?: readonly Network[];
}

export interface FirewallIcmpArgs {
  /** Who may ping. Errors that belong to a connection (path MTU, unreachable) and neighbour discovery always pass. @default "anyone" */
  readonly echo?: "anyone" | "management" | "nobody";
  /** Answered echo requests per second and family; the rest is dropped. @default 10 */
  readonly echoPerSecond?: number;
}

export interface FirewallLoggingArgs {
  /** @default true */
  readonly enabled?: boolean;
  /** Lines per minute in the kernel's log; the rest is refused unlogged. @default 30 */
  readonly perMinute?: number;
}
