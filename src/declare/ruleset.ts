/**
 * The arguments of a Firewall and everything wrong with them, all at once. Refuses whatever would silently mean
 * "anyone" (a network of all addresses, an omitted source list) and whatever would silently mean nothing (host bits,
 * names that clash, a service that an earlier one decides). Opening to anyone takes a reason in words.
 */
import { z } from "zod";
import { covers, hasHostBits, parseNetwork, wholeFamily, type AddressRange } from "../model/address";
import { mergePorts, type PortRange } from "../model/ruleset";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { rule, type IssueCollector, type Path } from "./issue";
import { portSchema } from "./instance-reference";
import { declareList, refuseDuplicates } from "./list";
import type { FirewallOutboundArgs, FirewallServiceArgs } from "./firewall-args";

export type * from "./firewall-args";

export interface FirewallService {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  /** Disjoint and sorted. */
  readonly ports: readonly PortRange[];
  /** `null`: any address. */
  readonly addresses: readonly AddressRange[] | null;
  readonly action: "accept" | "drop" | "reject";
}

export interface FirewallDeclaration {
  readonly connection: Connection;
  /** `null`: any address. */
  readonly managementNetworks: readonly AddressRange[] | null;
  readonly sshPorts: readonly number[];
  readonly services: readonly FirewallService[];
  readonly refuse: "drop" | "reject";
  /** `null`: all new connections may leave. */
  readonly outbound: readonly FirewallService[] | null;
  readonly icmp: { readonly echo: "anyone" | "management" | "nobody"; readonly echoPerSecond: number };
  readonly logging: { readonly enabled: boolean; readonly perMinute: number };
  readonly dhcpClient: boolean;
  readonly table: string;
}

const EVERYTHING = rule(
  "networks that are not all addresses",
  "Name the networks that need it. To mean anyone on purpose, say why as allowAnywhere or allowManagementFromAnywhere, or leave out an outbound's destinations.",
);

export const networkSchema = z
  .string()
  .refine((text) => parseNetwork(text) !== null, rule(
    "an IPv4 or IPv6 network or address, such as 10.0.0.0/8, fd00::/64 or 192.0.2.7",
    "Write the address in full, without leading zeros or a zone; write IPv4-mapped addresses as IPv4.",
  ))
  .refine((text) => !hasHostBits(text), rule("a network without bits set after its prefix", "Set the bits after the prefix to zero, or drop the prefix to mean one address."))
  .refine((text) => !text.endsWith("/0"), EVERYTHING)
  .transform((text) => parseNetwork(text) as AddressRange);

const PORTS = rule("a port from 1 to 65535, or a rising range such as \"6000-6010\"", "Correct the port.");

const portRangeSchema = z.union([z.number(), z.string()], { error: PORTS.params.allowed }).transform((value, context): PortRange => {
  const match = typeof value === "number" ? [null, String(value), undefined] : /^(\d{1,5})-(\d{1,5})$/.exec(value);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (Number.isInteger(from) && from >= 1 && to >= from && to <= 65535) {
    return [from, to];
  }
  context.addIssue({ code: "custom", input: value, ...PORTS });
  return z.NEVER;
});

const nameSchema = z.string().refine((name) => /^[a-z][a-z0-9-]{0,30}$/.test(name), rule(
  "1 to 31 lower-case letters, digits and dashes, beginning with a letter",
  "Choose such a name; it becomes part of the names of nftables sets.",
));

const reasonSchema = z.string().refine((text) => /^\S(.*\S)?$/.test(text) && text.length >= 10, rule(
  "a reason of at least 10 characters on one line",
  "Say in words why anyone at all must reach it.",
));

const serviceSchema = z.strictObject({
  name: nameSchema.refine((name) => name !== "management", rule("a name other than management", "Choose another name: SSH has its own rule.")),
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  ports: z.array(portRangeSchema).min(1),
  sources: z.array(networkSchema).exactOptional(),
  allowAnywhere: reasonSchema.exactOptional(),
  action: z.enum(["accept", "drop", "reject"]).default("accept"),
});

const outboundSchema = z.strictObject({
  name: nameSchema,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  ports: z.array(portRangeSchema).min(1),
  destinations: z.array(networkSchema).exactOptional(),
});

/** Everything but the lists, which are parsed element by element. */
const restSchema = z.strictObject({
  connection: z.unknown().optional(),
  refuse: z.enum(["drop", "reject"]).default("drop"),
  icmp: z.strictObject({ echo: z.enum(["anyone", "management", "nobody"]).default("anyone"), echoPerSecond: z.int().min(1).max(10000).default(10) }).prefault({}),
  logging: z.strictObject({ enabled: z.boolean().default(true), perMinute: z.int().min(1).max(10000).default(30) }).prefault({}),
  dhcpClient: z.boolean().default(true),
  table: z.string().refine((name) => /^pgrampart(_[a-z0-9]{1,20})?$/.test(name), rule(
    "pgrampart, or pgrampart_ and up to 20 lower-case letters and digits",
    "Keep the prefix: it is what makes sure that no other program's table is replaced.",
  )).default("pgrampart"),
});

/** Checks the inputs of a Firewall but for `connection`, which the caller has checked. */
export function declareFirewall(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): FirewallDeclaration | undefined {
  const { managementNetworks, allowManagementFromAnywhere, sshPorts, services, outbound, ...rest } = inputs;
  const settings = issues.parse(restSchema, rest, []);
  const management = declareManagement(managementNetworks, allowManagementFromAnywhere, issues);
  const ports = declareSshPorts(sshPorts ?? [connection?.port ?? 22], issues);
  const declared = declareList(services, ["services"], issues, (value, path) => declareService(value, path, issues));
  if (typeof outbound === "string" && outbound !== "allow") {
    issues.add(["outbound"], outbound, "\"allow\" or a list", "Write \"allow\", or list what may leave; an empty list lets nothing out.");
  }
  const leaving = declareList(typeof outbound === "string" ? [] : outbound, ["outbound"], issues, (value, path) => declareOutbound(value, path, issues));
  refuseDuplicates(declared, ["services"], issues, ({ name }) => name);
  refuseDuplicates(leaving, ["outbound"], issues, ({ name }) => name);
  refuseWiderSsh(declared.elements, ports ?? [], issues);
  refuseUndecided(declared.elements, issues);
  if (connection === undefined || settings === undefined || management === undefined || ports === undefined
    || declared.whole === undefined || leaving.whole === undefined || issues.issues.length > 0 || containsUnknown(rest)) {
    return undefined;
  }
  const isFree = outbound === undefined || outbound === "allow";
  return { ...settings, connection, managementNetworks: management, sshPorts: ports, services: declared.whole, outbound: isFree ? null : leaving.whole };
}

function declareSshPorts(value: unknown, issues: IssueCollector): readonly number[] | undefined {
  const ports = declareList(value, ["sshPorts"], issues, (port, path) => issues.parse(portSchema, port, path)).whole;
  if (ports?.length === 0) {
    issues.add(["sshPorts"], ports, "at least one port", "Name the port of sshd, or leave the property out.");
  }
  return ports;
}

function declareManagement(networks: unknown, reason: unknown, issues: IssueCollector): readonly AddressRange[] | null | undefined {
  if (reason !== undefined) {
    if (networks !== undefined) {
      issues.add(["allowManagementFromAnywhere"], reason, "either this or managementNetworks", "Remove one of the two.");
    }
    return issues.parse(reasonSchema, reason, ["allowManagementFromAnywhere"]) === undefined ? undefined : null;
  }
  if (networks === undefined || (Array.isArray(networks) && networks.length === 0)) {
    issues.add(["managementNetworks"], networks, "at least one network", "Name the networks that administrators and this update come from, or nobody could reach the host again.");
    return undefined;
  }
  const ranges = declareList(networks, ["managementNetworks"], issues, (value, path) => issues.parse(networkSchema, value, path)).whole;
  return ranges === undefined || refuseEverything(ranges, ["managementNetworks"], networks, issues) ? undefined : ranges;
}

/** A family cut into halves is still everything. */
function refuseEverything(ranges: readonly AddressRange[], path: Path, given: unknown, issues: IssueCollector): boolean {
  const whole = (["ipv4", "ipv6"] as const).some((family) => covers(ranges, [wholeFamily(family)]));
  if (whole) {
    issues.add(path, given, EVERYTHING.params.allowed, EVERYTHING.params.remedy);
  }
  return whole;
}

function declareService(value: unknown, path: Path, issues: IssueCollector): FirewallService | undefined {
  const service = issues.parse(serviceSchema, value, path);
  if (service === undefined) {
    return undefined;
  }
  const { name, protocol, ports, sources, allowAnywhere, action } = service;
  if (sources !== undefined && refuseEverything(sources, [...path, "sources"], (value as FirewallServiceArgs).sources, issues)) {
    return undefined;
  }
  if (action !== "accept" && allowAnywhere !== undefined) {
    issues.add([...path, "allowAnywhere"], allowAnywhere, `nothing beside the action ${action}`, "Remove it: it opens a service, and this one is refused.");
  } else if (sources !== undefined && allowAnywhere !== undefined) {
    issues.add([...path, "allowAnywhere"], allowAnywhere, "either this or sources", "Remove one of the two.");
  } else if (action === "accept" && sources === undefined && allowAnywhere === undefined) {
    issues.add([...path, "sources"], sources, "a list of networks", "Name who may connect; where it must be anyone, give the reason as allowAnywhere.");
  }
  return { name, protocol, ports: mergePorts(ports), addresses: sources ?? null, action };
}

function declareOutbound(value: unknown, path: Path, issues: IssueCollector): FirewallService | undefined {
  const parsed = issues.parse(outboundSchema, value, path);
  const isEverything = parsed?.destinations !== undefined && refuseEverything(parsed.destinations, [...path, "destinations"], (value as FirewallOutboundArgs).destinations, issues);
  return parsed === undefined || isEverything ? undefined : { name: parsed.name, protocol: parsed.protocol, ports: mergePorts(parsed.ports), addresses: parsed.destinations ?? null, action: "accept" };
}

function refuseWiderSsh(services: readonly (FirewallService | undefined)[], sshPorts: readonly number[], issues: IssueCollector): void {
  services.forEach((service, index) => {
    const open = sshPorts.find((port) => service?.ports.some(([from, to]) => from <= port && port <= to));
    if (service?.protocol === "tcp" && service.action === "accept" && open !== undefined) {
      issues.add(["services", index, "ports"], open, "ports other than SSH's", "SSH is accepted from managementNetworks only: add the networks there.");
    }
  });
}

/** A service that one before it decides whole, with another action, is a mistake: nobody writes it to have no effect. */
function refuseUndecided(services: readonly (FirewallService | undefined)[], issues: IssueCollector): void {
  services.forEach((service, index) => {
    if (service === undefined || service.addresses?.length === 0) {
      return;
    }
    const earlier = services.findIndex((other, position) => other !== undefined && position < index && other.action !== service.action && decides(other, service));
    if (earlier >= 0) {
      issues.add(["services", index], service.name, `a service that services[${earlier}] does not decide before it`, "Move it up, or narrow the earlier one.");
    }
  });
}

function decides(earlier: FirewallService, later: FirewallService): boolean {
  return earlier.protocol === later.protocol
    && later.ports.every(([from, to]) => earlier.ports.some(([first, last]) => first <= from && to <= last))
    && (earlier.addresses === null || (later.addresses !== null && covers(earlier.addresses, later.addresses)));
}
