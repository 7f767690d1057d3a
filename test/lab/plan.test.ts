import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseCIDR } from "ipaddr.js";
import { hostNetwork, labClients, numberedHosts, planLab, type DualStack } from "../../src/lab/plan";

const families = ["ipv4", "ipv6"] as const;
const contains = (network: string, address: string): boolean => parse(address).match(parseCIDR(network));

it("gives hosts their addresses in the order of their names", () => {
  expect(planLab(["db1", "db2"]).hosts).toEqual([
    { name: "db1", ipv4: "10.77.0.11", ipv6: "fd77::11" },
    { name: "db2", ipv4: "10.77.0.12", ipv6: "fd77::12" },
  ]);
});

it.each(families)("every %s address lies in its own network and in no other", (family) => {
  const { hosts, clients } = planLab(numberedHosts(40));
  const places: { network: DualStack; addresses: DualStack[] }[] = [
    { network: hostNetwork.network, addresses: [hostNetwork.gateway, ...hosts] },
    ...clients.map((client) => ({ network: client.network, addresses: [client.gateway, client.address] })),
  ];
  for (const place of places) {
    for (const address of place.addresses) {
      expect(places.filter((other) => contains(other.network[family], address[family]))).toEqual([place]);
    }
  }
});

it.each(families)("no two %s addresses are the same", (family) => {
  const { hosts, clients } = planLab(numberedHosts(40));
  const all = [hostNetwork.gateway, ...hosts, ...clients.flatMap((client) => [client.address, client.gateway])].map((address) => parse(address[family]).toNormalizedString());
  expect(new Set(all).size).toBe(all.length);
});

it("puts the outside beyond every private range", () => {
  const outside = labClients.find((client) => client.name === "outside");
  expect(contains("10.0.0.0/8", outside?.address.ipv4 ?? "")).toBe(false);
  expect(contains("fc00::/7", outside?.address.ipv6 ?? "")).toBe(false);
});

it.each([
  [["H1"], '"H1" is no lower-case DNS label of at most 32 characters'],
  [["h_1"], '"h_1" is no lower-case DNS label'],
  [["-h"], '"-h" is no'],
  [["h-"], '"h-" is no'],
  [["h;reboot"], '"h;reboot" is no'],
  [["h\n"], '"h\\n" is no'],
  [["a".repeat(33)], "is no lower-case DNS label of at most 32"],
  [["h1", "h2", "h1"], "h1 is given twice"],
  [[], "0 hosts are asked for, 1 to 40 are possible"],
  [numberedHosts(41), "41 hosts are asked for, 1 to 40 are possible"],
  [["H1", "h2", "h2"], '"H1" is no lower-case DNS label of at most 32 characters; h2 is given twice'],
])("refuses %j", (names, refusal) => {
  expect(() => planLab(names)).toThrow(refusal);
});

it("is what docs/lab.md says", () => {
  const documented = readFileSync(join(__dirname, "../../docs/lab.md"), "utf8");
  const rows = labClients.map(({ name, address, network, purpose }) => `| \`${name}\` | ${network.ipv4} | ${address.ipv4} | ${network.ipv6} | ${address.ipv6} | ${purpose} |`);
  expect(rows.filter((row) => !documented.includes(row))).toEqual([]);
});
