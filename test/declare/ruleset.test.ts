/** Bad firewalls refused with path and what is allowed, all faults at once; ugly but legal ones taken as they are meant. */
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { declareFirewall } from "../../src/declare/ruleset";
import { formatRange } from "../../src/model/address";
import { UNKNOWN } from "../../src/model/unknown";
import { connection, firewall } from "../support/firewall";

type Inputs = Record<string, unknown>;
const MANAGEMENT = ["10.77.1.0/24"];
const service = (fields: Inputs): Inputs => ({ services: [{ name: "postgresql", ports: [5432], sources: ["10.0.0.0/8"], ...fields }] });
const without = (property: string): Inputs => {
  const { services: [one = {}] = [] } = service({}) as { services: Inputs[] };
  return { services: [Object.fromEntries(Object.entries(one).filter(([name]) => name !== property))] };
};

function faultsOf(inputs: Inputs): readonly string[] {
  const issues = new IssueCollector();
  expect(declareFirewall({ connection, managementNetworks: MANAGEMENT, ...inputs }, connection, issues)).toBeUndefined();
  return issues.issues.map((issue) => `${issue.path}: ${issue.allowed}`);
}

/** Title, inputs, and for every fault its path and a part of what is allowed. */
const BAD: readonly (readonly [string, Inputs, ...(readonly [string, RegExp])[]])[] = [
  ["no management networks", { managementNetworks: undefined }, ["managementNetworks", /at least one network/]],
  ["an empty list of management networks", { managementNetworks: [] }, ["managementNetworks", /at least one network/]],
  ["management networks that are no list", { managementNetworks: "10.0.0.0/8" }, ["managementNetworks", /array/]],
  ["management from everywhere", { managementNetworks: ["0.0.0.0/0"] }, ["managementNetworks[0]", /not all addresses/]],
  ["management from everywhere in halves", { managementNetworks: ["0.0.0.0/1", "128.0.0.0/1"] }, ["managementNetworks", /not all addresses/]],
  ["management from all of IPv6", { managementNetworks: ["10.0.0.0/8", "::/0"] }, ["managementNetworks[1]", /not all addresses/]],
  ["both ways to declare management", { allowManagementFromAnywhere: "an office without fixed addresses" }, ["allowManagementFromAnywhere", /either this/]],
  ["opening management without a reason", { managementNetworks: undefined, allowManagementFromAnywhere: "" }, ["allowManagementFromAnywhere", /reason/]],
  ["a reason of two lines", service({ sources: undefined, allowAnywhere: "a public\nservice" }), ["services[0].allowAnywhere", /one line/], ["services[0].sources", /array/]],
  ["a reason that is yes", { managementNetworks: undefined, allowManagementFromAnywhere: true }, ["allowManagementFromAnywhere", /string/]],
  ["an address that is none", service({ sources: ["10.0.0.256"] }), ["services[0].sources[0]", /network or address/]],
  ["a prefix too long", service({ sources: ["10.0.0.0/33"] }), ["services[0].sources[0]", /network or address/]],
  ["an IPv6 prefix too long", service({ sources: ["fd00::/129"] }), ["services[0].sources[0]", /network or address/]],
  ["a netmask", service({ sources: ["10.0.0.0/255.0.0.0"] }), ["services[0].sources[0]", /network or address/]],
  ["octal octets", service({ sources: ["010.0.0.0/8"] }), ["services[0].sources[0]", /network or address/]],
  ["a short address", service({ sources: ["10.1/16"] }), ["services[0].sources[0]", /network or address/]],
  ["a host name", service({ sources: ["app1.example.org"] }), ["services[0].sources[0]", /network or address/]],
  ["an empty address", service({ sources: [""] }), ["services[0].sources[0]", /network or address/]],
  ["an address with a newline and a rule behind it", service({ sources: ["10.0.0.1\n}; add rule inet x y accept"] }), ["services[0].sources[0]", /network or address/]],
  ["an address with a NUL", service({ sources: ["10.0.0.1\0"] }), ["services[0].sources[0]", /network or address/]],
  ["an address of a zone", service({ sources: ["fe80::1%eth0"] }), ["services[0].sources[0]", /network or address/]],
  ["IPv4 in IPv6", service({ sources: ["::ffff:10.0.0.1"] }), ["services[0].sources[0]", /network or address/]],
  ["an address range", service({ sources: ["10.0.0.1-10.0.0.9"] }), ["services[0].sources[0]", /network or address/]],
  ["a number for an address", service({ sources: [167772161] }), ["services[0].sources[0]", /string/]],
  ["host bits", service({ sources: ["10.0.0.7/8"] }), ["services[0].sources[0]", /bits set after its prefix/]],
  ["IPv6 host bits", service({ sources: ["fd00::1/64"] }), ["services[0].sources[0]", /bits set after its prefix/]],
  ["anyone", service({ sources: ["0.0.0.0/0"] }), ["services[0].sources[0]", /not all addresses/]],
  ["anyone in quarters", service({ sources: ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] }), ["services[0].sources", /not all addresses/]],
  ["no sources", without("sources"), ["services[0].sources", /list of networks/]],
  ["sources and anywhere", service({ allowAnywhere: "a public service" }), ["services[0].allowAnywhere", /either this or sources/]],
  ["a refusal that is open to anyone", service({ action: "drop", allowAnywhere: "a public service" }), ["services[0].allowAnywhere", /nothing beside the action drop/]],
  ["an action that nft has and we do not", service({ action: "queue" }), ["services[0].action", /"accept", "drop", "reject"/]],
  ["no name", without("name"), ["services[0].name", /string/]],
  ["a name with a blank", service({ name: "my service" }), ["services[0].name", /lower-case letters/]],
  ["a name in capitals", service({ name: "PostgreSQL" }), ["services[0].name", /lower-case letters/]],
  ["a name with a quote", service({ name: "a\"b" }), ["services[0].name", /lower-case letters/]],
  ["a name with shell in it", service({ name: "a;reboot" }), ["services[0].name", /lower-case letters/]],
  ["a name that begins with a digit", service({ name: "5432" }), ["services[0].name", /lower-case letters/]],
  ["a name in Unicode", service({ name: "dätenbank" }), ["services[0].name", /lower-case letters/]],
  ["a name too long", service({ name: "a".repeat(32) }), ["services[0].name", /1 to 31/]],
  ["the name of SSH's own rule", service({ name: "management" }), ["services[0].name", /other than management/]],
  ["a name twice", { services: [...service({}).services as Inputs[], ...service({ ports: [5433] }).services as Inputs[]] }, ["services[1]", /services\[0\] does not declare/]],
  ["no ports", service({ ports: [] }), ["services[0].ports", /at least 1/]],
  ["port 0", service({ ports: [0] }), ["services[0].ports[0]", /1 to 65535/]],
  ["port 65536", service({ ports: [65536] }), ["services[0].ports[0]", /1 to 65535/]],
  ["a broken port", service({ ports: [54.32] }), ["services[0].ports[0]", /1 to 65535/]],
  ["a port that is no number", service({ ports: [Number.NaN] }), ["services[0].ports[0]", /1 to 65535/]],
  ["a port by name", service({ ports: ["postgresql"] }), ["services[0].ports[0]", /1 to 65535/]],
  ["a falling range", service({ ports: ["6010-6000"] }), ["services[0].ports[0]", /rising range/]],
  ["a range with more in it", service({ ports: ["6000-6010, 22"] }), ["services[0].ports[0]", /rising range/]],
  ["a protocol without ports", service({ protocol: "icmp" }), ["services[0].protocol", /"tcp", "udp"/]],
  ["SSH for others", service({ ports: [22] }), ["services[0].ports", /other than SSH's/]],
  ["SSH in a range", service({ ports: ["1-1024"] }), ["services[0].ports", /other than SSH's/]],
  ["another SSH port for others", { ...service({ ports: [2222] }), sshPorts: [22, 2222] }, ["services[0].ports", /other than SSH's/]],
  ["a refusal that an earlier service decides", { services: [
    { name: "all", ports: ["5000-6000"], sources: ["10.0.0.0/8"] }, { name: "not-these", ports: [5432], sources: ["10.5.0.0/16"], action: "drop" },
  ] }, ["services[1]", /services\[0\] does not decide/]],
  ["a refusal that an earlier service decides port by port", { services: [
    { name: "all", ports: [5431, 5432, "5433-5440"], sources: ["10.0.0.0/9", "10.128.0.0/9"] }, { name: "not-these", ports: ["5432-5434"], sources: ["10.0.0.0/8"], action: "drop" },
  ] }, ["services[1]", /services\[0\] does not decide/]],
  ["an opening that an earlier refusal decides", { services: [
    { name: "none", ports: [5432], action: "reject" }, { name: "app", ports: [5432], sources: ["10.5.0.0/16"] },
  ] }, ["services[1]", /services\[0\] does not decide/]],
  ["no SSH port", { sshPorts: [] }, ["sshPorts", /at least one port/]],
  ["an SSH port out of range", { sshPorts: [70000] }, ["sshPorts[0]", /1 to 65535/]],
  ["a word for refusals", { refuse: "deny" }, ["refuse", /"drop", "reject"/]],
  ["a word for outbound", { outbound: "deny" }, ["outbound", /"allow" or a list/]],
  ["an outbound port out of range", { outbound: [{ name: "dns", protocol: "udp", ports: [66666] }] }, ["outbound[0].ports[0]", /1 to 65535/]],
  ["outbound to all of a family", { outbound: [{ name: "dns", ports: [53], destinations: ["0.0.0.0/1", "128.0.0.0/1"] }] }, ["outbound[0].destinations", /not all addresses/]],
  ["outbound sources", { outbound: [{ name: "dns", ports: [53], sources: [] }] }, ["outbound[0].sources", /documented properties/]],
  ["an outbound name twice", { outbound: [{ name: "dns", ports: [53] }, { name: "dns", ports: [853] }] }, ["outbound[1]", /outbound\[0\] does not declare/]],
  ["no echo at all, in numbers", { icmp: { echoPerSecond: 0 } }, ["icmp.echoPerSecond", /at least 1/]],
  ["somebody's echo", { icmp: { echo: "friends" } }, ["icmp.echo", /"anyone", "management", "nobody"/]],
  ["logging every minute of nothing", { logging: { perMinute: 0 } }, ["logging.perMinute", /at least 1/]],
  ["another program's table", { table: "filter" }, ["table", /pgrampart/]],
  ["a table with a rule in its name", { table: "pgrampart { }" }, ["table", /pgrampart/]],
  ["an unknown property", { managmentNetworks: [] }, ["managmentNetworks", /documented properties/]],
  ["an unknown property of a service", service({ source: "10.0.0.0/8" }), ["services[0].source", /documented properties/]],
  ["services that are no list", { services: { postgresql: 5432 } }, ["services", /array/]],
  ["faults everywhere", { managementNetworks: ["x"], services: [{ name: "A", ports: [0], sources: ["y"] }, { name: "b", ports: [22], sources: ["10.0.0.1/8"] }], refuse: "no" },
    ["managementNetworks[0]", /network/], ["refuse", /drop/], ["services[0].name", /letters/], ["services[0].ports[0]", /65535/], ["services[0].sources[0]", /network/], ["services[1].sources[0]", /bits/]],
];

it.each(BAD)("refuses %s", (_, inputs, ...expected) => {
  const faults = faultsOf(inputs as Inputs);
  const wanted = expected as unknown as (readonly [string, RegExp])[];
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual(wanted.map(([path]) => path));
  wanted.forEach(([, allowed], index) => expect(faults[index]).toMatch(allowed));
});

it("tells path, value, what is allowed and what to do", () => {
  const issues = new IssueCollector();
  declareFirewall({ connection, managementNetworks: MANAGEMENT, ...service({ sources: ["0.0.0.0/0"] }) }, connection, issues);
  expect(issues.issues.map(formatIssue)).toEqual([
    "services[0].sources[0]: \"0.0.0.0/0\" is not allowed; allowed: networks that are not all addresses. Name the networks that need it. To mean anyone on purpose, say why as allowAnywhere or allowManagementFromAnywhere, or leave out an outbound's destinations.",
  ]);
});

it.each<[string, Inputs, (declaration: ReturnType<typeof firewall>) => unknown, unknown]>([
  ["overlapping and repeated sources", service({ sources: ["10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "11.0.0.1"] }), ({ services }) => services[0]?.addresses?.length, 4],
  ["IPv6 in long form", service({ sources: ["FD00:0000:0000::/48"] }), ({ services }) => services[0]?.addresses?.map(formatRange), ["fd00::/48"]],
  ["an empty list of sources, which is nobody", service({ sources: [] }), ({ services }) => services[0]?.addresses, []],
  ["a refusal for anyone", { services: [{ name: "no-telnet", ports: [23], action: "reject" }] }, ({ services }) => services[0]?.addresses, null],
  ["a refusal of SSH's port, which management never meets", { services: [{ name: "no-ssh", ports: [22], action: "drop" }] }, ({ services }) => services[0]?.action, "drop"],
  ["UDP on SSH's port", service({ ports: [22], protocol: "udp" }), ({ services }) => services[0]?.protocol, "udp"],
  ["anyone, with a reason", { services: [{ name: "web", ports: [443], allowAnywhere: "certificates are renewed here" }] }, ({ services }) => services[0]?.addresses, null],
  ["management from anywhere, with a reason", { managementNetworks: undefined, allowManagementFromAnywhere: "an office without fixed addresses" }, ({ managementNetworks }) => managementNetworks, null],
  ["nothing outbound at all", { outbound: [] }, ({ outbound }) => outbound, []],
  ["the same name inbound and outbound", { ...service({ name: "dns" }), outbound: [{ name: "dns", ports: [53] }] }, ({ outbound }) => outbound?.[0]?.name, "dns"],
  ["ports that overlap", service({ ports: [5432, "5000-6000", 5432] }), ({ services }) => services[0]?.ports, [[5000, 6000]]],
  ["a refusal of one host before its network", { services: [{ name: "one", ports: [5432], sources: ["10.1.2.3"], action: "drop" }, ...service({}).services as Inputs[]] }, ({ services }) => services.length, 2],
])("takes %s", (_, inputs, look, expected) => {
  expect(look(firewall({ managementNetworks: MANAGEMENT, ...inputs }))).toEqual(expected);
});

it("waits for values that a preview does not know yet, and still finds the other faults", () => {
  const issues = new IssueCollector();
  expect(declareFirewall({ managementNetworks: [UNKNOWN], services: [{ name: "app", ports: [5432], sources: UNKNOWN }] }, connection, issues)).toBeUndefined();
  expect(issues.issues).toEqual([]);
  declareFirewall({ managementNetworks: UNKNOWN, services: [{ name: "app", ports: [0], sources: UNKNOWN }] }, connection, issues);
  expect(issues.issues.map(({ path }) => path)).toEqual(["services[0].ports[0]"]);
});
