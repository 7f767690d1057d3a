/**
 * One nftables table as pgrampart writes it and as the kernel lists it: the same shape on both sides, free of handles
 * and counters, everything unordered sorted. Rules keep their order, because the first verdict decides. What the
 * kernel shows and this model has no word for is kept as `foreign`, so that it is never mistaken for agreement.
 */
import type { AddressFamily } from "./address";

export interface Ruleset {
  /** Name of the table, of family `inet`: it sees IPv4 and IPv6. */
  readonly table: string;
  readonly sets: readonly NamedSet[];
  readonly chains: readonly Chain[];
  /** Objects of other kinds in the table (maps, counters, flowtables), as canonical JSON. */
  readonly foreign: readonly string[];
}

/** A named set of addresses, with the flag `interval`. */
export interface NamedSet {
  readonly name: string;
  readonly family: AddressFamily;
  /** Disjoint ranges in nft's spelling, sorted by address. */
  readonly elements: readonly string[];
}

export interface Chain {
  readonly name: string;
  /** `null`: a regular chain, reached only by a jump. */
  readonly base: BaseChain | null;
  readonly rules: readonly Rule[];
}

export interface BaseChain {
  readonly type: string;
  readonly hook: string;
  /** 0 is `filter`; chains of a hook run in ascending order, and a drop in any of them is final. */
  readonly priority: number;
  readonly policy: "accept" | "drop";
}

export interface Rule {
  /** Says which part of the declaration the rule comes from. `null`: nobody's, so it was added by hand. */
  readonly comment: string | null;
  /** Matches and statements from left to right, the verdict last. */
  readonly statements: readonly Statement[];
}

export type Side = "source" | "destination";
export type Protocol = "tcp" | "udp";

export type Statement =
  | { readonly kind: "interface"; readonly direction: "in" | "out"; readonly name: string }
  | { readonly kind: "state"; readonly states: readonly string[] }
  /** `addresses` is a network in nft's spelling, or `@` and the name of a set. */
  | { readonly kind: "address"; readonly family: AddressFamily; readonly side: Side; readonly addresses: string }
  /** Ports and ranges `from-to`, sorted. */
  | { readonly kind: "port"; readonly protocol: Protocol; readonly side: Side; readonly ports: readonly string[] }
  | { readonly kind: "protocol"; readonly protocols: readonly string[] }
  | { readonly kind: "icmp"; readonly family: AddressFamily; readonly types: readonly string[] }
  | { readonly kind: "hopLimit"; readonly value: number }
  /** Matches up to the rate, or with `isOver` what is above it. */
  | { readonly kind: "limit"; readonly isOver: boolean; readonly rate: number; readonly per: string; readonly burst: number }
  | { readonly kind: "log"; readonly prefix: string; readonly level: string }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "foreign"; readonly json: string };

/** `reset` answers TCP with a reset, `prohibited` any packet with ICMP "administratively prohibited". */
export type Verdict = "accept" | "drop" | "reject with reset" | "reject with prohibited";

/** A table that is not ours. It is shown because a packet must pass the chains of every table; it is never touched. */
export interface ForeignTable {
  readonly family: string;
  readonly name: string;
  /** SHA-256 over chains and rules, without handles, counters and the elements of sets, which others change all day. */
  readonly sha256: string;
  /** Base chains that see packets for this host, such as `input filter 0 policy drop`. */
  readonly inputChains: readonly string[];
}

/** Where the files and the unit of one table lie. */
export interface RulesetPaths {
  readonly directory: string;
  readonly ruleset: string;
  /** Loaded at boot when the ruleset itself cannot be: management only. */
  readonly closed: string;
  readonly unit: string;
  readonly unitFile: string;
  /** Lines that Debian's nftables.service gains, since each of its verbs flushes every table. */
  readonly dropIn: string;
  /** What `systemctl enable` makes. */
  readonly unitLink: string;
  /** The table as it was loaded before a change, in the run-time directory: gone after a boot, as the table is. */
  readonly before: string;
}

export function rulesetPaths(table: string): RulesetPaths {
  const unit = `${table.replaceAll("_", "-")}-firewall.service`;
  return {
    directory: "/etc/pgrampart",
    ruleset: `/etc/pgrampart/${table}.nft`,
    closed: `/etc/pgrampart/${table}-closed.nft`,
    unit,
    unitFile: `/etc/systemd/system/${unit}`,
    dropIn: `/etc/systemd/system/nftables.service.d/${table.replaceAll("_", "-")}.conf`,
    unitLink: `/etc/systemd/system/sysinit.target.wants/${unit}`,
    before: `/run/pgrampart/${table}.before.nft`,
  };
}

/** From and to, both included. */
export type PortRange = readonly [number, number];

/** Sorted and disjoint, neighbours joined. */
export function mergePorts(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const previous = merged.at(-1);
    if (previous !== undefined && from <= previous[1] + 1) {
      previous[1] = Math.max(previous[1], to);
    } else {
      merged.push([from, to]);
    }
  }
  return merged;
}

/** In nft's spelling: `5432`, `6000-6010`. */
export function formatPorts(ranges: readonly PortRange[]): readonly string[] {
  return mergePorts(ranges).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
}
