/** Exact bytes, locked by files a reviewer can read. */
import { renderRuleset } from "../../src/render/ruleset";
import { resolveFirewall } from "../../src/resolve/ruleset";
import type { Ruleset } from "../../src/model/ruleset";
import { firewall } from "../support/firewall";
import { expectGolden } from "../support/golden";

const MANAGEMENT = ["10.77.1.0/24", "fd77:0:0:1::/64"];

const CASES: Readonly<Record<string, Record<string, unknown>>> = {
  closed: { managementNetworks: ["192.0.2.7"] },
  small: { managementNetworks: MANAGEMENT, services: [{ name: "postgresql", ports: [5432], sources: ["10.77.10.0/24", "fd77:0:0:10::/64"] }] },
  everything: {
    managementNetworks: ["10.77.1.128/25", "10.77.1.0/25", "10.77.2.1", "10.77.2.2", "FD77:0::1:0:0:0:0/64"],
    sshPorts: [2222, 22],
    services: [
      { name: "not-this-one", ports: [5432], sources: ["10.77.10.66"], action: "drop" },
      { name: "postgresql", ports: [5432], sources: ["10.77.10.0/24"] },
      { name: "pool", ports: [2345, "6000-6010", 2346, 6005], sources: ["fd77:0:0:10::/64"] },
      { name: "nobody", ports: [7000], sources: [] },
      { name: "web", ports: [443], allowAnywhere: "certificates are renewed here" },
      { name: "metrics", protocol: "udp", ports: [9999], action: "reject" },
    ],
    refuse: "reject",
    outbound: [{ name: "dns", protocol: "udp", ports: [53], destinations: ["10.77.0.53"] }, { name: "https", ports: [443] }],
    icmp: { echo: "management", echoPerSecond: 3 },
    logging: { perMinute: 6 },
    table: "pgrampart_db1",
  },
  quiet: { allowManagementFromAnywhere: "an office without fixed addresses", icmp: { echo: "nobody" }, logging: { enabled: false }, dhcpClient: false, outbound: [] },
};

it.each(Object.keys(CASES))("renders %s as in its golden file", (name) => {
  expectGolden(`ruleset/${name}.nft`, renderRuleset(resolveFirewall(firewall(CASES[name] ?? {})).ruleset));
});

it("a network of one family makes no set and no rule in the other", () => {
  const { ruleset } = resolveFirewall(firewall({ managementNetworks: ["10.0.0.0/8"], services: [{ name: "six", ports: [1], sources: ["fd00::/8"] }] }));
  expect(ruleset.sets.map(({ name }) => name)).toEqual(["management_ipv4", "six_ipv6"]);
  expect(renderRuleset(ruleset)).not.toMatch(/ip6 saddr @management|ip saddr @six/);
});

const hostile: Ruleset = { table: "pgrampart", sets: [], foreign: [], chains: [] };

it.each<[string, Ruleset]>([
  ["a table that ends the block", { ...hostile, table: "x { } table inet y" }],
  ["an element with a brace", { ...hostile, sets: [{ name: "s", family: "ipv4", elements: ["10.0.0.1 } }"] }] }],
  ["a set's name with a blank", { ...hostile, sets: [{ name: "s t", family: "ipv4", elements: [] }] }],
  ["a comment with a quote", { ...hostile, chains: [{ name: "c", base: null, rules: [{ comment: "\" accept #", statements: [] }] }] }],
  ["a comment with a newline", { ...hostile, chains: [{ name: "c", base: null, rules: [{ comment: "a\naccept", statements: [] }] }] }],
  ["a port that is more", { ...hostile, chains: [{ name: "c", base: null, rules: [{ comment: null, statements: [{ kind: "port", protocol: "tcp", side: "source", ports: ["1 accept"] }] }] }] }],
  ["a prefix with a quote", { ...hostile, chains: [{ name: "c", base: null, rules: [{ comment: null, statements: [{ kind: "log", prefix: "a\"", level: "info" }] }] }] }],
  ["what it has no words for", { ...hostile, chains: [{ name: "c", base: null, rules: [{ comment: null, statements: [{ kind: "foreign", json: "{}" }] }] }] }],
  ["an object it does not know", { ...hostile, foreign: ["{\"map\":{}}"] }],
])("refuses %s", (_, ruleset) => expect(() => renderRuleset(ruleset)).toThrow(/cannot (spell|be written)/));
