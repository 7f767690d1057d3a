/**
 * The provider under the real engine, on a host of the lab: what a person sees at preview, up, refresh, import, cancel
 * and destroy, and what is left in the state and in the logs. The resource is a Firewall of its own table.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ended, ROOT, Stack } from "../support/stack";
import { lab, labConnection, labHost } from "../support/lab";
import { sh } from "../../src/render/shell";
import { TransportPool } from "../../src/transport/pool";

const HOST = "h1";
const TABLE = "pgrampart_trial";
const MANAGEMENT = lab().clients.filter(({ name }) => name === "control").flatMap(({ network }) => [network.ipv4, network.ipv6]);

const PROGRAM = `
const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const { Firewall, Host } = require("pgrampart");
const { connection, privateKey, firewall, options, packages, secretNetwork } = JSON.parse(fs.readFileSync("program.json", "utf8"));
const reach = { ...connection, privateKey: privateKey === "config" ? new pulumi.Config().requireSecret("privateKey") : fs.readFileSync(privateKey, "utf8") };
const services = [...firewall.services, ...(secretNetwork === undefined ? [] : [{ name: "hidden", ports: [7777], sources: [pulumi.secret(secretNetwork)] }])];
if (firewall.managementNetworks !== undefined) {
  const made = new Firewall("firewall", { connection: reach, ...firewall, services }, options);
  exports.table = made.observed.apply((observed) => observed.loaded.table);
}
if (packages !== undefined) new Host("host", { connection: reach, packages, hardenKernel: false, hardenFileModes: false, postgresql: { sandbox: false } });
`;

const service = (...ports: number[]): object => ({ name: "web", ports, sources: ["10.77.10.0/24"] });
const firewall = (...ports: number[]): object => ({ managementNetworks: MANAGEMENT, services: [service(...ports)], table: TABLE });

const pool = new TransportPool();
const onHost = (script: ReturnType<typeof sh>): Promise<string> => pool.transport(labConnection(HOST)).run("acting by hand", script, { timeout: 120 });
const loaded = (): Promise<string> => onHost(sh`nft list table inet ${TABLE} 2>&1 || true`);

let stack: Stack;
let program: Record<string, unknown>;

/** What the program declares from now on. */
function declare(change: Record<string, unknown>): void {
  const { host, port, user, hostKeys } = labConnection(HOST);
  program = { connection: { host, port, user, hostKeys }, privateKey: lab().privateKey, ...program, ...change };
  stack.write("program.json", program);
}

beforeAll(async () => {
  stack = new Stack(PROGRAM).useCheckout();
  await stack.init();
  program = {};
  declare({ firewall: firewall(8000) });
  const { host, port, user, hostKeys } = labConnection(HOST);
  const connection = { host, port, user, hostKeys, privateKey: readFileSync(lab().privateKey, "utf8") };
  await stack.pulumi("config", "set", "--secret", "pgrampart:connections", JSON.stringify({ [HOST]: connection }));
  await onHost(sh`nft delete table inet ${TABLE} 2>/dev/null || true`);
}, 60_000);

afterAll(async () => {
  await stack.run("pulumi", "destroy", "--yes", "--non-interactive");
  await pool.close();
  stack.remove();
}, 120_000);

it("a bad program is refused as a whole before any host is touched, every fault with its path", async () => {
  declare({ firewall: { ...firewall(8000), refuse: "ignore", services: [service(0), { ...service(1), sources: ["10.77.10.1/24"] }] }, connection: { host: "192.0.2.1", hostKeys: [] } });
  const { status, text } = await stack.run("pulumi", "up", "--yes", "--non-interactive");
  expect(status).not.toBe(0);
  for (const path of ["refuse", "services[0].ports[0]", "services[1].sources[0]", "connection.hostKeys"]) {
    expect(text).toContain(`has a problem: ${path}: `);
  }
  const { host, port, user, hostKeys } = labConnection(HOST);
  declare({ firewall: firewall(8000), connection: { host, port, user, hostKeys } });
}, 60_000);

it("PGA-52 a preview shows what would be made, with its hazards, and touches nothing", async () => {
  const text = await stack.pulumi("preview");
  expect(text).toMatch(/pgrampart:index:Firewall firewall create/);
  expect(text).toMatch(/warning: lockout: table/);
  expect(await loaded()).toContain("No such file");
}, 60_000);

it("up makes it, and a second up and a refresh find nothing to do", async () => {
  expect(await stack.pulumi("up", "--yes")).toContain(`table: "${TABLE}"`);
  expect(await loaded()).toContain("tcp dport 8000 accept");
  expect(await stack.pulumi("up", "--yes", "--expect-no-changes")).toContain("2 unchanged");
  expect(await stack.pulumi("refresh", "--yes", "--expect-no-changes")).toContain("2 unchanged");
}, 120_000);

it("a preview names the changed leaf, old and new, and opens no connection", async () => {
  declare({ firewall: firewall(8001), connection: { ...(program["connection"] as object), host: "192.0.2.1" } });
  const text = await stack.pulumi("preview", "--diff");
  expect(text).toMatch(/~ host: "[\d.]+" => "192\.0\.2\.1"/);
  expect(text).toMatch(/~ services\s*: \[[\s\S]*8000[\s\S]*8001/);
  declare({ firewall: firewall(8000), connection: { ...(program["connection"] as object), host: labHost(HOST).ipv4 } });
  expect(await stack.pulumi("up", "--yes", "--expect-no-changes")).toContain("2 unchanged");
}, 60_000);

it("refresh shows what was changed by hand, and up repairs it", async () => {
  await onHost(sh`nft add rule inet ${TABLE} input tcp dport 6666 accept`);
  expect(await stack.pulumi("refresh", "--yes", "--diff")).toMatch(/\+ observed\.chains\.input\.rules\[\d+\]: \[\s*\+\s*\[0\]: "tcp dport 6666 accept"/);
  expect(await stack.pulumi("preview", "--diff")).toMatch(/- observed\.chains\.input\.rules\[\d+\]/);
  await stack.pulumi("up", "--yes");
  expect(await loaded()).not.toContain("6666");
  expect(await stack.pulumi("refresh", "--yes", "--expect-no-changes")).toContain("2 unchanged");
}, 120_000);

it("a change of the connection alone updates the state and nothing on the host", async () => {
  const before = await onHost(sh`nft -a list table inet ${TABLE}; stat -c %Z /etc/nftables.d/* /etc/pgrampart/* 2>/dev/null || true`);
  declare({ connection: { ...(program["connection"] as object), perDialTimeout: 9 } });
  expect(await stack.pulumi("up", "--yes", "--diff")).toMatch(/\+ perDialTimeout: 9/);
  expect(await onHost(sh`nft -a list table inet ${TABLE}; stat -c %Z /etc/nftables.d/* /etc/pgrampart/* 2>/dev/null || true`)).toBe(before);
}, 60_000);

it("PGB-15 secrets are encrypted in the state, marked by the program or not, and in no log", async () => {
  declare({ secretNetwork: "198.51.100.99/32" });
  const up = await stack.pulumi("up", "--yes", "--diff");
  const key = readFileSync(lab().privateKey, "utf8").split("\n")[2] ?? "";
  expect(key.length).toBeGreaterThan(40);
  for (const canary of [key, "198.51.100.99"]) {
    expect(up).not.toContain(canary);
    expect(stack.state()).not.toContain(canary);
    expect(stack.logs()).not.toContain(canary);
  }
  expect(await loaded()).toContain("198.51.100.99");
  const all = await stack.pulumi("stack", "export", "--show-secrets");
  expect(all).toContain(key);
  expect(all).toContain("198.51.100.99");
  declare({ secretNetwork: undefined });
  await stack.pulumi("up", "--yes");
}, 120_000);

it("PGB-15 at -v=9 this provider prints no secret; what the engine dumps of its own calls is all there is", async () => {
  await stack.run("sh", "-c", `pulumi config set --secret privateKey < ${lab().privateKey}`);
  declare({ firewall: firewall(8002), privateKey: "config" });
  const { status, text } = await stack.run("pulumi", "up", "--yes", "--non-interactive", "-v=9", "--logtostderr", "--logflow");
  expect(status).toBe(0);
  const key = readFileSync(lab().privateKey, "utf8").split("\n")[2] ?? "";
  const tellers = text.split("\n").filter((line) => line.includes(key));
  expect(tellers.filter((line) => !/(Unm|M)arshaling property for RPC\[[^\]]*\]?.*value=/.test(line))).toEqual([]);
}, 120_000);

it("import finds what is there by a connection's name; the program then changes nothing on the host", async () => {
  const urn = /urn:pulumi:dev::trial::pgrampart:index:Firewall::firewall/.exec(await stack.pulumi("stack", "export"))?.[0] ?? "";
  await stack.pulumi("state", "delete", urn, "--yes");
  const refused = await stack.run("pulumi", "import", "pgrampart:index:Firewall", "firewall", `nobody/${TABLE}`, "--yes", "--non-interactive", "--generate-code=false", "--protect=false");
  expect(refused.text).toContain(`"nobody" is not a configured connection (known: ${HOST})`);
  expect(await stack.pulumi("import", "pgrampart:index:Firewall", "firewall", `${HOST}/${TABLE}`, "--yes", "--generate-code=false", "--protect=false")).toContain("1 imported");
  const before = await onHost(sh`nft -a list table inet ${TABLE}`);
  await stack.pulumi("up", "--yes");
  expect(await onHost(sh`nft -a list table inet ${TABLE}`)).toBe(before);
  expect(await stack.pulumi("up", "--yes", "--expect-no-changes")).toContain("2 unchanged");
}, 120_000);

it("an interrupted update ends cleanly, and the next one finishes the work", async () => {
  await onHost(sh`apt-get purge -y cowsay hello 2>/dev/null >/dev/null || true`);
  declare({ packages: ["postgresql-client-17"] });
  const update = stack.start("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
  const result = ended(update);
  await new Promise<void>((seen) => update.stdout?.on("data", (chunk: Buffer) => chunk.includes("applying") && seen()));
  process.kill(-(update.pid ?? 0), "SIGINT");
  const { status, text } = await result;
  expect({ status, text }).not.toMatchObject({ status: 0 });
  expect(text).not.toMatch(/exited prematurely|panic/);
  const state = JSON.parse(await stack.pulumi("stack", "export")) as { deployment: { pending_operations?: unknown[] } };
  expect(state.deployment.pending_operations ?? []).toEqual([]);
  await stack.pulumi("up", "--yes");
  expect(await onHost(sh`dpkg-query -W -f '\${Status}' postgresql-client-17`)).toBe("install ok installed");
  expect(await stack.pulumi("up", "--yes", "--expect-no-changes")).toContain("3 unchanged");
}, 240_000);

it("what was removed by hand is gone after a refresh, and made again by up", async () => {
  await onHost(sh`nft delete table inet ${TABLE}; grep -ls ${TABLE} -r /etc | xargs -r rm -f`);
  const refreshed = await stack.pulumi("refresh", "--yes");
  expect(refreshed).toMatch(/firewall (delete|update|deleted|updated)/);
  await stack.pulumi("up", "--yes");
  expect(await loaded()).toContain("tcp dport 8002 accept");
}, 120_000);

it("destroy takes back what was given", async () => {
  await stack.pulumi("destroy", "--yes");
  expect(await loaded()).toContain("No such file");
}, 120_000);

it("the plugin is up in less than half a second", async () => {
  const times = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    const plugin = stack.start(join(ROOT, "bin/pulumi-resource-pgrampart"), "127.0.0.1:1");
    await new Promise((up) => plugin.stdout?.once("data", up));
    times.push(performance.now() - start);
    plugin.kill("SIGTERM");
    expect((await ended(plugin)).status).toBe(0);
  }
  // The fastest: the others tell how busy this machine is.
  expect(Math.min(...times)).toBeLessThan(500);
}, 30_000);
