/**
 * The Pulumi that tools/bootstrap chose, with its language host and plugins, runs a real program on a file backend:
 * keys, passwords and certificates are made, read back without a difference and removed. The postgresql plugin is
 * asked for a preview only; its SQL is proven against the lab's servers.
 */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = resolve(__dirname, "../..");

const program = `
const { RandomPassword, RandomBytes } = require("@pulumi/random");
const tls = require("@pulumi/tls");
const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P384" });
const ca = new tls.SelfSignedCert("ca", {
  privateKeyPem: caKey.privateKeyPem, isCaCertificate: true, setSubjectKeyId: true, validityPeriodHours: 24,
  allowedUses: ["cert_signing", "crl_signing"], subject: { commonName: "engine test CA" },
});
const key = new tls.PrivateKey("server", { algorithm: "ED25519" });
const request = new tls.CertRequest("server", {
  privateKeyPem: key.privateKeyPem, subject: { commonName: "db1" }, dnsNames: ["db1.test"], ipAddresses: ["10.0.0.1", "fd00::1"],
});
const certificate = new tls.LocallySignedCert("server", {
  certRequestPem: request.certRequestPem, caPrivateKeyPem: caKey.privateKeyPem, caCertPem: ca.certPem,
  validityPeriodHours: 12, allowedUses: ["server_auth", "digital_signature"],
});
exports.ca = ca.certPem;
exports.certificate = certificate.certPem;
exports.caKey = caKey.privateKeyPem;
exports.password = new RandomPassword("password", { length: 24 }).result;
exports.bytes = new RandomBytes("bytes", { length: 8 }).hex;
`;

// Nothing listens there: a preview of new objects needs no connection.
const databaseProgram = `
const pg = require("@pulumi/postgresql");
const options = { provider: new pg.Provider("nowhere", { host: "127.0.0.1", port: 1, username: "nobody", sslmode: "disable" }) };
const owner = new pg.Role("owner", { login: false }, options);
const database = new pg.Database("app", { owner: owner.name }, options);
const schema = new pg.Schema("app", { database: database.name, owner: owner.name }, options);
const on = { database: database.name, role: owner.name, schema: schema.name, objectType: "table", privileges: ["SELECT"] };
new pg.Grant("reads", on, options);
new pg.GrantRole("monitor", { role: owner.name, grantRole: "pg_monitor" }, options);
new pg.DefaultPrivileges("reads", { ...on, owner: "postgres" }, options);
new pg.Extension("audit", { name: "pgaudit", database: database.name }, options);
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pgrampart-engine-"));
  mkdirSync(join(folder, "state"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: engine\nruntime: nodejs\nmain: index.js\n");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "engine", main: "index.js" }));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function pulumi(...words: string[]): Promise<string> {
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${join(folder, "state")}`, PULUMI_CONFIG_PASSPHRASE: "of this test only" };
  const { stdout } = await run("pulumi", [...words, "--non-interactive"], { cwd: folder, env });
  return stdout;
}

function stateText(): string {
  const stacks = join(folder, "state/.pulumi/stacks/engine");
  return readdirSync(stacks)
    .map((file) => readFileSync(join(stacks, file), "utf8"))
    .join("");
}

describe("the engine with its plugins", () => {
  it("makes keys, passwords and certificates, finds nothing to change, and removes them", async () => {
    writeFileSync(join(folder, "index.js"), program);
    await pulumi("stack", "init", "dev");
    await pulumi("up", "--yes", "--skip-preview");

    const outputs = JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as Record<string, string>;
    const ca = new X509Certificate(outputs["ca"] ?? "");
    const certificate = new X509Certificate(outputs["certificate"] ?? "");
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe("DNS:db1.test, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1");
    expect(ca.ca).toBe(true);
    expect(outputs["password"]).toHaveLength(24);
    expect(outputs["bytes"]).toMatch(/^[0-9a-f]{16}$/);

    expect(stateText()).toContain("BEGIN CERTIFICATE");
    expect(outputs["caKey"]).toContain("PRIVATE KEY");
    for (const secret of [outputs["caKey"], outputs["password"]]) expect(stateText()).not.toContain(JSON.stringify(secret).slice(1, -1));

    await pulumi("preview", "--refresh", "--expect-no-changes");
    await pulumi("destroy", "--yes", "--skip-preview");
    const left = JSON.parse(await pulumi("stack", "export")) as { deployment: { resources?: unknown[] } };
    expect(left.deployment.resources ?? []).toEqual([]);
  }, 120_000);

  it("knows the resources of @pulumi/postgresql", async () => {
    writeFileSync(join(folder, "index.js"), databaseProgram);
    await pulumi("stack", "init", "dev");
    const preview = JSON.parse(await pulumi("preview", "--json")) as { changeSummary: unknown };
    expect(preview.changeSummary).toEqual({ create: 9 });
  }, 60_000);
});
