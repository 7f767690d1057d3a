/** Lists are judged by OpenSSL, which is what PostgreSQL judges them by. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IssueCollector } from "../../src/declare/issue";
import { Secret } from "../../src/model/secret";
import type { DesiredRevocationList } from "../../src/model/revocation-list";
import { certificateRevocationListKind as kind, RevocationListRealm } from "../../src/provider/certificate-revocation-list";
import type { PropertyMap } from "../../src/provider/kind";

const folder = mkdtempSync(join(tmpdir(), "pgrampart-crl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: string[]): string => execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const NOW = Date.now();
const HOUR = 3_600_000;

function authority(name: string, ...key: string[]): PropertyMap {
  openssl("genpkey", ...key, "-out", `${name}.key`);
  openssl("req", "-x509", "-new", "-key", `${name}.key`, "-subj", "/O=Exämple/CN=Test authority", "-days", "30", "-out", `${name}.crt`);
  return { authorityCertificate: read(`${name}.crt`), authorityPrivateKey: new Secret(read(`${name}.key`)) };
}

function client(ca: string, serial: string): void {
  openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "c.key", "-subj", "/CN=app", "-out", "c.csr");
  openssl("x509", "-req", "-in", "c.csr", "-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-set_serial", `0x${serial}`, "-days", "10", "-out", `c-${serial}.crt`);
}

function declared(inputs: PropertyMap): DesiredRevocationList {
  const issues = new IssueCollector();
  const declaration = kind.declare(inputs, issues);
  expect(issues.issues).toEqual([]);
  return declaration as DesiredRevocationList;
}

const realmAt = (now: number): RevocationListRealm => new RevocationListRealm(() => now);
const ec = authority("ec", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384");

describe.each([
  ["ec", ec],
  ["rsa", authority("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")],
  ["p256", authority("p256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")],
  ["ed25519", authority("ed25519", "-algorithm", "ed25519")],
])("an authority with a key of kind %s", (name, inputs) => {
  it("issues lists by which OpenSSL accepts what is not revoked and refuses what is", async () => {
    client(name, "8f01");
    client(name, "0102");
    const desired = declared({ ...inputs, revoked: [{ serialNumber: "8F:01", reason: "keyCompromise" }] });
    const issued = await realmAt(NOW).converge(desired, desired, null);
    writeFileSync(join(folder, "list.pem"), issued.revocationList);
    const text = openssl("crl", "-in", "list.pem", "-noout", "-text", "-CAfile", `${name}.crt`);
    expect(text).toMatch(/Serial Number: 8F01[\s\S]*Key Compromise/);
    expect(text).toMatch(/X509v3 CRL Number:\s+1/);
    expect(text).toContain("X509v3 Authority Key Identifier");
    expect(openssl("verify", "-CAfile", `${name}.crt`, "-crl_check", "-CRLfile", "list.pem", "c-0102.crt")).toContain("OK");
    expect(() => openssl("verify", "-CAfile", `${name}.crt`, "-crl_check", "-CRLfile", "list.pem", "c-8f01.crt")).toThrow("certificate revoked");
  });
});

it("an empty list is a valid list", async () => {
  const desired = declared(ec);
  writeFileSync(join(folder, "empty.pem"), (await realmAt(NOW).converge(desired, desired, null)).revocationList);
  client("ec", "77");
  expect(openssl("verify", "-CAfile", "ec.crt", "-crl_check", "-CRLfile", "empty.pem", "c-77.crt")).toContain("OK");
});

it("keeps a list byte for byte until its renewal window, then issues the next number", async () => {
  const desired = declared({ ...ec, revoked: [{ serialNumber: "05" }], validityHours: 100, renewalHours: 10 });
  const first = await realmAt(NOW).converge(desired, desired, null);
  expect(realmAt(NOW + 89 * HOUR).changes(first, desired)).toEqual([]);
  expect(await realmAt(NOW + 89 * HOUR).converge(desired, desired, first)).toBe(first);
  expect(realmAt(NOW + 91 * HOUR).changes(first, desired)).toMatchObject([{ path: "nextUpdate", kind: "update" }]);
  const second = await realmAt(NOW + 91 * HOUR).converge(desired, desired, first);
  expect(second).toMatchObject({ number: 2, revoked: [{ serialNumber: "5", revokedAt: first.revoked[0]?.revokedAt }] });
  expect(realmAt(NOW + 91 * HOUR).changes(second, desired)).toEqual([]);
});

it("says which revocation is new and that taking one back lets somebody in", async () => {
  const before = declared({ ...ec, revoked: [{ serialNumber: "05" }] });
  const after = declared({ ...ec, revoked: [{ serialNumber: "06", reason: "superseded", revokedAt: "2026-01-01T00:00:00Z" }] });
  const issued = await realmAt(NOW).converge(before, before, null);
  expect(realmAt(NOW).changes(issued, after)).toMatchObject([
    { path: "revoked[0]", kind: "add", hazards: ["access-narrowed"] },
    { path: "observed.revoked[0]", kind: "delete", hazards: ["access-widened"] },
  ]);
});

it("refuses what is wrong, all of it, without the key's text", () => {
  const issues = new IssueCollector();
  const inputs = {
    authorityCertificate: ec["authorityCertificate"], authorityPrivateKey: new Secret(read("rsa.key")), validityHours: 10, renewalHours: 10, nubmer: 3,
    revoked: [{ serialNumber: "xyz" }, { serialNumber: "05" }, { serialNumber: "0:5", reason: "bored" }, { serialNumber: "0005" }],
  };
  expect(kind.declare(inputs, issues)).toBeUndefined();
  expect(issues.issues.map(({ path }) => path)).toEqual(["authorityPrivateKey", "nubmer", "revoked[0].serialNumber", "revoked[2].reason", "revoked[2].serialNumber", "revoked[3].serialNumber"]);
  expect(JSON.stringify(issues.issues)).not.toContain("BEGIN");
});
