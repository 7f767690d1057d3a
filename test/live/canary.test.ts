/**
 * No secret where it is not meant to be: passwords, keys and passphrases are planted, the stack is run with the engine's
 * fullest logging, and everything that anybody could read is searched for them, on both sides, during and after.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { expose } from "../../src/provider/property";
import { encrypted, TestAuthority } from "../support/certificates";
import { Orders } from "../support/orders";
import { ROOT } from "../support/stack";
import { watch, type Sighting } from "../support/watch";

jest.setTimeout(600_000);

/** Made anew each time, so that the text of this test holds none. */
const canary = (): string => `canary-${randomBytes(12).toString("hex")}`;
const PASSWORD = canary();
const NEXT_PASSWORD = canary();
const PASSPHRASE = canary();
const CONTENT = canary();

/** The orders of the example with what a user may bring along: a password, a key with a passphrase, a file. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { HardenedCluster } = require(${JSON.stringify(join(ROOT, "dist/components"))});
const { ordersSchema } = require(${JSON.stringify(join(ROOT, "dist/stacks/orders"))});
const config = new pulumi.Config();
const cluster = new HardenedCluster("orders", {
  connection: config.requireObject("connection"),
  names: config.requireObject("names"),
  addresses: config.requireObject("addresses"),
  managementNetworks: config.requireObject("networks").management,
  databases: { orders: { initialScript: ordersSchema } },
  clients: [{ role: "orders_report", database: "orders", access: "read", networks: config.requireObject("networks").operations, authentication: "certificate-and-password" }],
  passwords: { orders_report: config.requireSecret("password") },
  serverCertificate: { certificate: config.require("certificate"), privateKey: config.requireSecret("privateKey"), passphrase: config.requireSecret("passphrase") },
  // In the program as plain text, as it should not be: still a secret, because the property is one.
  host: { files: [{ path: "/etc/canary.conf", content: ${JSON.stringify(CONTENT)}, mode: "0600" }] },
});
exports.login = cluster.logins[0];
`;

const LOUD = ["-v=9", "--logtostderr", "--logflow"];

/**
 * Pulumi's own tracing of what its parts tell each other. At these levels the engine and its SDK print the properties of
 * every resource of every provider, secrets among them (a new tls.PrivateKey is enough); a provider cannot keep them from
 * it. `pulumi up --json` prints the SDK's part of it at any level.
 */
const UPSTREAM = /"msg":"(eventSink::Debug\(<\{%reset%\}>)?(Unmarshaling property for RPC|Marshaling property for RPC|RegisterResource RPC finished|RegisterResourceOutputs RPC finished)/;

let orders: Orders;
/** Texts that only a secret holds, by name: of a key, one line from its middle. */
let sought: Record<string, string>;
let sightings: readonly Sighting[];
let rounds: number;
const loud: string[] = [];
const quiet: string[] = [];

/** The disk of the host, seen from outside of it. */
function hostRoot(): string {
  const nspawn = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`--machine=${orders.lab.id}-${orders.host.name}`) && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("systemd-nspawn");
    } catch {
      return false; // ended while we looked
    }
  });
  const children = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, "utf8").trim().split(" ");
  return `/proc/${children.at(-1)}/root`;
}

const middleLine = (pem: string): string => {
  const body = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----") && !line.includes(":"));
  return body[Math.floor(body.length / 2)] ?? "";
};

async function run(into: string[], expected: "succeeds" | "fails", ...words: string[]): Promise<string> {
  const options = into === loud ? LOUD : [];
  const { status, text } = await orders.stack.run("pulumi", ...words, "--non-interactive", ...options);
  into.push(text);
  if ((status === 0) !== (expected === "succeeds")) {
    throw new Error(`pulumi ${words[0]} ended with ${status}: ${text.split("\n").filter((line) => !/^([IWE]\d{4} |\{)/.test(line)).join("\n").slice(-3000)}`);
  }
  return text;
}

beforeAll(async () => {
  orders = await Orders.open({}, PROGRAM);
  const server = await (await TestAuthority.create("canary servers")).issue("h1", ["h1"], [orders.host.ipv4, orders.host.ipv6]);
  const locked = encrypted(server.privateKey, PASSPHRASE);
  await orders.stack.configure("orders:password", PASSWORD, "secret");
  await orders.stack.configure("orders:passphrase", PASSPHRASE, "secret");
  await orders.stack.configure("orders:privateKey", locked, "secret");
  await orders.stack.configure("orders:certificate", server.certificate, "plaintext");
  sought = {
    password: PASSWORD, "the next password": NEXT_PASSWORD, passphrase: PASSPHRASE, content: CONTENT,
    "the server's key": middleLine(locked), "the server's key, opened": middleLine(server.privateKey), "the key of SSH": middleLine(readFileSync(orders.lab.privateKey, "utf8")),
  };
  const stop = join(orders.stack.folder, "stop");
  const root = hostRoot();
  const watching = await watch({
    sought, stop, folders: ["/tmp", "/dev/shm", "/var/tmp", ...["tmp", "var/tmp", "run", "dev/shm", "var/lib/pgrampart", "var/cache"].map((folder) => join(root, folder))],
    passedOver: [orders.stack.folder, "/tmp/bash_jobs"],
  }, () => writeFileSync(stop, ""));
  try {
    await run(loud, "succeeds", "preview");
    await run(loud, "succeeds", "up", "--yes", "--skip-preview");
    await run(loud, "succeeds", "refresh", "--yes", "--skip-preview");
    await orders.stack.configure("orders:password", NEXT_PASSWORD, "secret");
    await run(quiet, "succeeds", "preview", "--diff");
    await run(quiet, "succeeds", "up", "--yes", "--diff");
    await run(quiet, "succeeds", "up", "--yes", "--skip-preview", "--expect-no-changes");
    await run(quiet, "succeeds", "refresh", "--yes", "--diff");
    await orders.stack.configure("orders:passphrase", `${PASSPHRASE}-wrong`, "secret");
    expect(await run(loud, "fails", "up", "--yes", "--skip-preview")).toMatch(/passphrase/);
    expect(await run(quiet, "fails", "up", "--yes", "--skip-preview")).toMatch(/passphrase/);
  } finally {
    ({ rounds, sightings } = await watching.stop());
  }
  for (const resource of await orders.stack.export()) {
    secretTexts(resource.outputs).forEach((text) => {
      sought[`${resource.name} ${Object.keys(sought).length}`] = text;
    });
  }
});
afterAll(() => orders?.close());

/** Keys and passwords that the stack itself made. */
function secretTexts(outputs: unknown): readonly string[] {
  const leaves = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : []);
  return leaves(expose(outputs)).filter((text) => text.includes("PRIVATE KEY-----")).map(middleLine).filter((line) => line.length > 20);
}

/** Names of what a text holds, in any of the spellings that logs have. */
const found = (text: string): readonly string[] => Object.entries(sought).filter(([, value]) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1))).map(([name]) => name);

it("the canaries are alive: what is searched for is in the stack, and the search finds it", async () => {
  expect(Object.keys(sought).length).toBeGreaterThan(8);
  expect(found(await orders.stack.pulumi("stack", "export", "--show-secrets"))).toEqual(expect.arrayContaining(["the next password", "passphrase", "content", "the server's key", "the key of SSH"]));
  expect(rounds).toBeGreaterThan(50);
  expect(sightings.length).toBeGreaterThan(0);
});

describe("PGB-15 no secret is", () => {
  it("in what pulumi prints, successful or not", () => {
    quiet.forEach((text) => expect(found(text)).toEqual([]));
    expect(quiet.join("")).toContain("[secret]");
  });

  it("in what the provider says at -v=9 --logtostderr --logflow, nor anybody but Pulumi's own tracing", () => {
    const lines = loud.flatMap((text) => text.split("\n"));
    expect(lines.length).toBeGreaterThan(3_000);
    expect(lines.filter((line) => !UPSTREAM.test(line) && found(line).length > 0).map((line) => line.slice(0, 120))).toEqual([]);
  });

  it("in the logs that the engine keeps without being asked", () => {
    expect(orders.stack.logs()).not.toBe("");
    expect(found(orders.stack.logs())).toEqual([]);
  });

  it("in the state, its history and its backups, but encrypted", () => {
    expect(orders.stack.state()).toContain("orders-instance");
    expect(found(orders.stack.state())).toEqual([]);
  });

  it("PAF-18 in a command line or environment of any process of either side", () => {
    // Pulumi hands the stack's configuration to the user's own program in this variable: the one process it is meant for.
    const isProgram = ({ where, detail }: Sighting): boolean => where === "environ" && detail.startsWith("PULUMI_CONFIG of ");
    expect(sightings.filter((one) => (one.where === "cmdline" || one.where === "environ") && !isProgram(one))).toEqual([]);
  });

  it("in a temporary file that others could read, on either side", () => {
    const open = sightings.filter(({ where, detail }) => where.startsWith("/") && !detail.split("/").some((mode) => (parseInt(mode, 8) & 0o077) === 0));
    expect(open).toEqual([]);
  });

  it("on the control side's disk when all is done", () => {
    const left = spawnSync("grep", ["-rlFs", "-f", "-", "/tmp", "/dev/shm", "/var/tmp"], { input: Object.values(sought).join("\n"), encoding: "utf8" }).stdout.split("\n").filter((path) => path !== "");
    expect(left.filter((path) => !path.startsWith(orders.stack.folder))).toEqual([]);
  });

  it("on the host's disk but in the files meant for it, which nobody else can read", async () => {
    const root = hostRoot();
    const folders = ["etc", "home", "opt", "root", "run", "srv", "tmp", "usr/local", "var", "dev/shm"].map((folder) => join(root, folder));
    const { stdout } = spawnSync("grep", ["-rlFs", "--devices=skip", "-f", "-", ...folders], { input: Object.values(sought).join("\n"), encoding: "utf8", maxBuffer: 1 << 26 });
    const left = stdout.split("\n").filter((path) => path !== "").map((path) => path.slice(root.length)).sort();
    expect(left).toEqual(["/etc/canary.conf", "/etc/postgresql/17/main/tls/passphrase", "/etc/postgresql/17/main/tls/server.key"]);
    for (const path of left) {
      expect((await orders.onHost(`stat -c %a ${path}`))).toMatch(/^(600|640)$/);
    }
  });

  it("TEL-50 in the host's journal or in PostgreSQL's log", async () => {
    expect(found(await orders.onHost("journalctl --no-pager -o verbose; cat /var/log/postgresql/*"))).toEqual([]);
  });
});
