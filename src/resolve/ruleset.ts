/**
 * A firewall declaration becomes one table. Order of the input chain: too many pings are dropped; then replies are
 * accepted first, invalid packets dropped, then come loopback, neighbour discovery, ping, SSH for the management
 * networks, the services as declared, and a logged refusal. Forwarding is dropped.
 * Every rule carries a comment that names its origin; addresses are merged, so that equal meaning is equal text.
 */
import type { FirewallDeclaration, FirewallService } from "../declare/ruleset";
import { formatRange, mergeRanges, type AddressFamily, type AddressRange } from "../model/address";
import { formatPorts, rulesetPaths, type Chain, type NamedSet, type Rule, type Ruleset, type RulesetPaths, type Statement, type Verdict } from "../model/ruleset";

export interface DesiredFirewall {
  readonly ruleset: Ruleset;
  /** What boot falls back to: the same without services. */
  readonly closed: Ruleset;
  readonly paths: RulesetPaths;
  readonly sshPorts: readonly number[];
  /** Name of a set or comment of a rule → the property that declares it. */
  readonly origins: Readonly<Record<string, string>>;
}

const FAMILIES = ["ipv4", "ipv6"] as const;
const LINK_LOCAL = "fe80::/10";

/** Neighbour discovery that a host which is no router must hear (RFC 4861); redirects are refused (CIS Debian 12, 3.3.5). */
const HEARD = ["nd-neighbor-advert", "nd-neighbor-solicit", "nd-router-advert"];
const SENT = ["nd-neighbor-advert", "nd-neighbor-solicit", "nd-router-solicit"];
/** Multicast listener discovery: without it a switch may stop delivering neighbour solicitations (RFC 4890, 4.4.1). */
const LISTENERS = ["mld-listener-done", "mld-listener-query", "mld-listener-report", "mld2-listener-report"];

const echoRequests = FAMILIES.map((family): Statement & { readonly kind: "icmp" } => ({ kind: "icmp", family, types: ["echo-request"] }));
const accept = verdict("accept");
const drop = verdict("drop");
const reset = verdict("reject with reset");
const prohibited = verdict("reject with prohibited");

export function resolveFirewall(declaration: FirewallDeclaration): DesiredFirewall {
  const outbound = declaration.outbound ?? [];
  return {
    ruleset: resolveRuleset(declaration),
    closed: resolveRuleset({ ...declaration, services: [] }),
    paths: rulesetPaths(declaration.table),
    sshPorts: [...declaration.sshPorts].sort((a, b) => a - b),
    origins: Object.fromEntries([
      ...[...FAMILIES.map((family) => `management_${family}`), "ssh from management"].map((name) => [name, "managementNetworks"]),
      ...["echo", "echo above its rate"].map((name) => [name, "icmp"]),
      ["refused, logged", "logging"], ["refused", "refuse"], ["dhcp answers", "dhcpClient"], ["dhcp requests", "dhcpClient"],
      ...declaration.services.flatMap(({ name }, index) => originsOf(`service ${name}`, name, `services[${index}]`, "sources")),
      ...outbound.flatMap(({ name }, index) => originsOf(`outbound ${name}`, `${name}_out`, `outbound[${index}]`, "destinations")),
    ]),
  };
}

const originsOf = (comment: string, prefix: string, path: string, property: string): [string, string][] =>
  [[comment, path], ...FAMILIES.map((family): [string, string] => [`${prefix}_${family}`, `${path}.${property}`])];

function resolveRuleset(declaration: FirewallDeclaration): Ruleset {
  const { table, services, managementNetworks, outbound } = declaration;
  const sets = [
    ...setsOf("management", managementNetworks),
    ...services.flatMap(({ name, addresses }) => setsOf(name, addresses)),
    ...(outbound ?? []).flatMap(({ name, addresses }) => setsOf(`${name}_out`, addresses)),
  ];
  return {
    table,
    sets: sets.sort((a, b) => (a.name < b.name ? -1 : 1)),
    chains: [
      base("forward", "drop", []),
      base("input", "drop", inputRules(declaration)),
      outbound === null ? base("output", "accept", []) : base("output", "drop", outputRules(declaration, outbound)),
    ],
    foreign: [],
  };
}

const base = (hook: string, policy: "accept" | "drop", rules: readonly Rule[]): Chain =>
  ({ name: hook, base: { type: "filter", hook, priority: 0, policy }, rules });

/** A family without addresses has no set: nft has no use for an empty one, and a rule must never match it by accident. */
function setsOf(name: string, addresses: readonly AddressRange[] | null): readonly NamedSet[] {
  return FAMILIES.flatMap((family) => {
    const elements = mergeRanges((addresses ?? []).filter((range) => range.family === family)).map(formatRange);
    return elements.length === 0 ? [] : [{ name: `${name}_${family}`, family, elements }];
  });
}

function inputRules(declaration: FirewallDeclaration): readonly Rule[] {
  const { managementNetworks, sshPorts, services, dhcpClient, icmp } = declaration;
  const ssh: Statement = { kind: "port", protocol: "tcp", side: "destination", ports: formatPorts(sshPorts.map((port) => [port, port])) };
  return [
    // Before the replies: to connection tracking every further ping of a series is one.
    ...(icmp.echo === "nobody" ? [] : echoRequests.map((request) => from("echo above its rate", request, { kind: "limit", isOver: true, rate: icmp.echoPerSecond, per: "second", burst: icmp.echoPerSecond }, drop))),
    // ICMP errors about a connection are `related` to it, so path MTU discovery works in both families.
    from("replies", { kind: "state", states: ["established", "related"] }, accept),
    from("invalid", { kind: "state", states: ["invalid"] }, drop),
    from("loopback", { kind: "interface", direction: "in", name: "lo" }, accept),
    from("neighbour discovery", { kind: "icmp", family: "ipv6", types: HEARD }, { kind: "hopLimit", value: 255 }, accept),
    from("multicast listeners", { kind: "address", family: "ipv6", side: "source", addresses: LINK_LOCAL }, { kind: "icmp", family: "ipv6", types: LISTENERS }, accept),
    // A DHCPv6 server answers a multicast request, so connection tracking does not know the answer (RFC 8415, 7.2).
    ...(dhcpClient ? [from("dhcp answers", { kind: "address", family: "ipv6", side: "source", addresses: LINK_LOCAL }, port("udp", "source", 547), port("udp", "destination", 546), accept)] : []),
    ...echoRules(declaration),
    ...fromAddresses("ssh from management", "management", "source", managementNetworks, ssh, accept),
    ...services.flatMap((service) => serviceRules(`service ${service.name}`, service.name, "source", service)),
    ...refusal(declaration),
  ];
}

function outputRules({ dhcpClient }: FirewallDeclaration, outbound: readonly FirewallService[]): readonly Rule[] {
  return [
    from("replies", { kind: "state", states: ["established", "related"] }, accept),
    from("loopback", { kind: "interface", direction: "out", name: "lo" }, accept),
    from("neighbour discovery", { kind: "icmp", family: "ipv6", types: SENT }, { kind: "hopLimit", value: 255 }, accept),
    from("multicast listeners", { kind: "icmp", family: "ipv6", types: LISTENERS }, accept),
    ...(dhcpClient ? [
      from("dhcp requests", port("udp", "source", 68), port("udp", "destination", 67), accept),
      from("dhcp requests", port("udp", "source", 546), port("udp", "destination", 547), accept),
    ] : []),
    ...outbound.flatMap((service) => serviceRules(`outbound ${service.name}`, `${service.name}_out`, "destination", service)),
    // A local program learns at once that it may not connect, instead of waiting for a timeout.
    ...rejection("refused"),
  ];
}

function echoRules({ icmp, managementNetworks }: FirewallDeclaration): readonly Rule[] {
  return icmp.echo === "nobody" ? [] : echoRequests.flatMap((request) => {
    const source = addressesOf("management", "source", icmp.echo === "management" ? managementNetworks : null, request.family);
    return source === "none" ? [] : [from("echo", ...source, request, accept)];
  });
}

function serviceRules(comment: string, prefix: string, side: "source" | "destination", { protocol, ports, addresses, action }: FirewallService): readonly Rule[] {
  const decision = action === "reject" ? (protocol === "tcp" ? reset : prohibited) : action === "drop" ? drop : accept;
  return fromAddresses(comment, prefix, side, addresses, { kind: "port", protocol, side: "destination", ports: formatPorts(ports) }, decision);
}

function refusal({ refuse, logging, table }: FirewallDeclaration): readonly Rule[] {
  const limit: Statement = { kind: "limit", isOver: false, rate: logging.perMinute, per: "minute", burst: 5 };
  return [
    ...(logging.enabled ? [from("refused, logged", limit, { kind: "log", prefix: `${table} refused: `, level: "info" })] : []),
    ...(refuse === "reject" ? rejection("refused") : []),
  ];
}

const rejection = (comment: string): readonly Rule[] => [from(comment, { kind: "protocol", protocols: ["tcp"] }, reset), from(comment, prohibited)];

/** One rule per family that has addresses; one without an address match where anyone is meant. */
function fromAddresses(comment: string, prefix: string, side: "source" | "destination", addresses: readonly AddressRange[] | null, ...rest: readonly Statement[]): readonly Rule[] {
  if (addresses === null) {
    return [from(comment, ...rest)];
  }
  return FAMILIES.flatMap((family) => {
    const match = addressesOf(prefix, side, addresses, family);
    return match === "none" ? [] : [from(comment, ...match, ...rest)];
  });
}

function addressesOf(prefix: string, side: "source" | "destination", addresses: readonly AddressRange[] | null, family: AddressFamily): readonly Statement[] | "none" {
  if (addresses === null) {
    return [];
  }
  return addresses.some((range) => range.family === family) ? [{ kind: "address", family, side, addresses: `@${prefix}_${family}` }] : "none";
}

function from(comment: string, ...statements: readonly Statement[]): Rule {
  return { comment, statements };
}

function verdict(value: Verdict): Statement {
  return { kind: "verdict", verdict: value };
}

function port(protocol: "tcp" | "udp", side: "source" | "destination", number: number): Statement {
  return { kind: "port", protocol, side, ports: [String(number)] };
}

