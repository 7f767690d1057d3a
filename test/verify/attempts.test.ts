import { parseNetwork, type AddressRange } from "../../src/model/address";
import type { HbaRecord } from "../../src/model/hba";
import { planLogins, type Place, type Server } from "../../src/verify/attempts";
import { decidingRecord, packetVerdict, type Gate } from "../../src/verify/gate";
import { planKnocks } from "../../src/verify/ports";

const range = (network: string): AddressRange => parseNetwork(network) as AddressRange;

const record = (user: string, network: string, method: HbaRecord["method"] = "cert", options: HbaRecord["options"] = []): HbaRecord => ({
  type: "hostssl", databases: [{ kind: "name", name: "orders" }], users: [{ kind: "name", name: user }], address: { kind: "network", network }, method, options,
});

const gate: Gate = {
  firewall: {
    managementNetworks: [range("10.77.1.0/24")],
    sshPorts: [22],
    services: [{ name: "postgresql", protocol: "tcp", ports: [[5432, 5432]], addresses: [range("10.77.10.0/24"), range("10.77.20.0/24")], action: "accept" }],
    refuse: "drop",
  },
  records: [record("app", "10.77.10.0/24"), record("report", "10.77.20.0/24", "scram-sha-256", [{ name: "clientcert", value: "verify-full" }])],
};

const place = (name: string, ipv4: string): Place => ({ name, address: { ipv4, ipv6: "fd77::2" } });
const places = [place("control", "10.77.1.2"), place("app", "10.77.10.2"), place("ops", "10.77.20.2"), place("outside", "203.0.113.2")];
const server: Server = { addresses: { ipv4: "10.77.0.11" }, port: 5432, name: "h1", minProtocol: "TLSv1.3", canSign: true, hasRevoked: true };
const app = { role: "app", database: "orders", hasCertificate: true, hasPassword: false };

describe("the gate", () => {
  it.each([
    ["10.77.1.2", 22, "accept"], ["10.77.10.2", 22, "drop"], ["10.77.10.2", 5432, "accept"], ["203.0.113.2", 5432, "drop"], ["10.77.1.2", 5432, "drop"],
  ])("from %s to port %d says %s", (address, port, verdict) => {
    expect(packetVerdict(gate, { address, port })).toBe(verdict);
  });

  it("without a packet filter lets every packet arrive", () => {
    expect(packetVerdict({ ...gate, firewall: null }, { address: "203.0.113.2", port: 1 })).toBe("accept");
  });

  it.each([
    ["10.77.10.2", "tls", "app", "cert"], ["10.77.10.2", "plain", "app", "reject"], ["10.77.20.2", "tls", "app", "reject"], ["10.77.20.2", "tls", "report", "scram-sha-256"],
  ] as const)("from %s over %s decides about %s by the method %s", (address, transport, user, method) => {
    const found = decidingRecord(gate, { address, transport, database: "orders", user });
    expect(found).toMatchObject({ method });
  });

  it.each<[string, HbaRecord]>([
    ["an expression", { ...record("x", "10.77.10.0/24"), users: [{ kind: "regex", regex: "a.*" }] }],
    ["a group", { ...record("x", "10.77.10.0/24"), users: [{ kind: "member", role: "staff" }] }],
    ["a host name", { type: "host", databases: [{ kind: "name", name: "orders" }], users: [{ kind: "name", name: "app" }], address: { kind: "name", name: "h.example" }, method: "cert", options: [] }],
  ])("does not guess what %s means", (_, first) => {
    expect(decidingRecord({ ...gate, records: [first, ...gate.records] }, { address: "10.77.10.2", transport: "tls", database: "orders", user: "app" })).toBe("undecided");
  });
});

describe("planned logins", () => {
  const planned = planLogins(gate, server, [app], places);
  const titled = (text: string): (typeof planned)[number] | undefined => planned.find(({ title }) => title.includes(text));

  it("tries the right credentials from every place, and knows where they get in", () => {
    const right = planned.filter(({ title }) => title.includes("with everything right"));
    expect(right.map(({ from, expected }) => [from, expected === "admitted" ? "admitted" : expected.source])).toEqual([
      ["control", "timeout expired"], ["app", "admitted"], ["ops", expect.stringContaining("pg_hba")], ["outside", "timeout expired"],
    ]);
  });

  it.each([
    "in plaintext", "over TLS 1.2", "without a certificate", "of another authority", "the server's own certificate", "of somebody else", "an expired certificate",
    "a revoked certificate", "a password instead", "to the database postgres", "as a standby", "the superuser",
  ])("tries %s, and expects one reason only", (text) => {
    expect(titled(text)?.expected).toBeInstanceOf(RegExp);
    expect(titled(text)?.from).toBe("app");
  });

  it("plans no forgery where nothing can be signed", () => {
    const without = planLogins(gate, { ...server, canSign: false }, [app], places);
    expect(without.map(({ identity }) => identity.kind)).not.toEqual(expect.arrayContaining(["expired"]));
  });

  it("is the same for the same declarations", () => {
    expect(planLogins(gate, server, [app], places)).toEqual(planned);
  });
});

it("planned knocks expect an answer only where a packet is let through", () => {
  const knocks = planKnocks(gate, server, places);
  expect(knocks.map(({ from, accepted, refuse }) => [from, accepted, refuse])).toEqual([["control", [22], "drop"], ["app", [5432], "drop"], ["ops", [5432], "drop"], ["outside", [], "drop"]]);
});
