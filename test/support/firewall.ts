/** Declarations of firewalls for tests: from arguments as a program writes them, and arbitrary ones. */
import fc from "fast-check";
import { IssueCollector, formatIssue } from "../../src/declare/issue";
import { declareFirewall, type FirewallDeclaration } from "../../src/declare/ruleset";
import { networksOf } from "../../src/model/address";
import type { Connection } from "../../src/model/connection";

export const connection: Connection = { host: "10.77.0.11", user: "admin", hostKeys: ["ssh-ed25519 AAAA"] };

/** Throws with every fault: for arguments that must be good. */
export function firewall(args: Record<string, unknown>): FirewallDeclaration {
  const issues = new IssueCollector();
  const declaration = declareFirewall(args, connection, issues);
  if (declaration === undefined) {
    throw new Error(issues.issues.map(formatIssue).join("\n"));
  }
  return declaration;
}

/** Networks of both families: any prefix but 0, any place. */
const network = fc.oneof(
  fc.tuple(fc.constant("ipv4" as const), fc.bigInt(0n, 2n ** 32n - 1n), fc.integer({ min: 1, max: 32 })),
  fc.tuple(fc.constant("ipv6" as const), fc.bigInt(0n, 2n ** 128n - 1n), fc.integer({ min: 1, max: 128 })),
).map(([family, address, prefix]) => {
  const size = 1n << BigInt((family === "ipv4" ? 32 : 128) - prefix);
  const first = (address / size) * size;
  return { text: networksOf({ family, first, last: first + size - 1n })[0] ?? "", family, mapped: family === "ipv6" && first < 1n << 64n };
}).filter(({ mapped }) => !mapped).map(({ text }) => text);

const networks = fc.array(network, { minLength: 1, maxLength: 12 });
const port = fc.integer({ min: 1024, max: 65535 });
const ports = fc.array(fc.oneof(port, fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)), { minLength: 1, maxLength: 5 });
const protocol = fc.constantFrom("tcp" as const, "udp" as const);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/).filter((text) => text !== "management");

const service = fc.oneof(
  fc.record({ name, protocol, ports, sources: networks, action: fc.constantFrom("accept", "drop", "reject") }),
  fc.record({ name, protocol, ports, allowAnywhere: fc.constant("a public service") }),
  fc.record({ name, protocol, ports, action: fc.constantFrom("drop", "reject") }),
);
const outbound = fc.oneof(fc.record({ name, protocol, ports, destinations: networks }), fc.record({ name, protocol, ports }));
const uniquely = <T extends { name: string }>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.uniqueArray(arbitrary, { selector: (element) => element.name, maxLength: 6 });

/** Arguments that `declareFirewall` takes. */
export const firewallArgs: fc.Arbitrary<Record<string, unknown>> = fc.record({
  managementNetworks: networks,
  sshPorts: fc.uniqueArray(fc.integer({ min: 1, max: 1023 }), { minLength: 1, maxLength: 3 }),
  services: uniquely(service),
  refuse: fc.constantFrom("drop", "reject"),
  outbound: fc.oneof(fc.constant("allow"), uniquely(outbound)),
  icmp: fc.record({ echo: fc.constantFrom("anyone", "management", "nobody"), echoPerSecond: fc.integer({ min: 1, max: 1000 }) }),
  logging: fc.record({ enabled: fc.boolean(), perMinute: fc.integer({ min: 1, max: 1000 }) }),
  dhcpClient: fc.boolean(),
  table: fc.constantFrom("pgrampart", "pgrampart_db"),
}).filter((args) => declareFirewall(args, connection, new IssueCollector()) !== undefined);
