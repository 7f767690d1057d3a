/** What a proof logs in with: found among a stack's texts, forged, and laid out for libpq. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Secret } from "../../src/model/secret";
import type { PlannedLogin } from "../../src/verify/attempts";
import { Forger, revokedSerials } from "../../src/verify/forgery";
import { Keyring } from "../../src/verify/keyring";
import { Wallet } from "../../src/verify/wallet";
import { encrypted, TestAuthority, type Pair } from "../support/certificates";

let clients: TestAuthority;
let servers: TestAuthority;
let app: Pair;
let server: Pair;
let keyring: Keyring;

beforeAll(async () => {
  [clients, servers] = [await TestAuthority.create("clients"), await TestAuthority.create("servers")];
  [app, server] = [await clients.issue("app"), await servers.issue("h1", ["h1"])];
  const noise = ["not a PEM text", encrypted(server.privateKey, "unknown"), "-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----"];
  keyring = new Keyring([...noise, app.privateKey, server.certificate, clients.certificate, servers.certificate, app.certificate, clients.privateKey, server.privateKey]);
});

describe("a keyring", () => {
  it("finds who can log in by the authority's signature, not by names", () => {
    expect([...keyring.signedBy(clients.certificate).keys()]).toEqual(["app"]);
    expect([...keyring.signedBy(servers.certificate).keys()]).toEqual(["h1"]);
  });

  it("finds the key that fits a certificate, and the authority above one", async () => {
    expect(keyring.keyOf(clients.certificate)?.reveal()).toBe(clients.privateKey);
    expect(keyring.authorityOf(server.certificate)).toBe(servers.certificate);
    expect(keyring.keyOf((await TestAuthority.create("strangers")).certificate)).toBeUndefined();
  });
});

describe("forged certificates", () => {
  const now = Date.now();
  const leaf = async (pair: Promise<{ certificate: string }>): Promise<X509Certificate> => new X509Certificate((await pair).certificate);
  const forger = (): Promise<Forger> => Forger.of(clients.certificate, new Secret(clients.privateKey));

  it("of the authority bear its signature, whatever the common name", async () => {
    const certificate = await leaf((await forger()).sign({ commonName: "o'brien, CN=x" }));
    expect([certificate.subject, certificate.verify(new X509Certificate(clients.certificate).publicKey)]).toEqual(["CN=o'brien\\, CN=x", true]);
  });

  it("that are expired were valid and are no longer", async () => {
    const certificate = await leaf((await forger()).expired("app"));
    expect([Date.parse(certificate.validFrom) < now, Date.parse(certificate.validTo) < now]).toEqual([true, true]);
  });

  it("of another authority have its name and not its signature", async () => {
    const certificate = await leaf((await Forger.imitating(clients.certificate)).sign({ commonName: "app" }));
    expect([certificate.issuer, certificate.verify(new X509Certificate(clients.certificate).publicKey)]).toEqual(["CN=clients", false]);
  });

  it("that are revoked take their number from the list, which may be empty", async () => {
    expect(revokedSerials(await clients.revocationList())).toEqual([]);
    expect((await leaf((await forger()).sign({ commonName: "app", serialNumber: "4711" }))).serialNumber).toBe("4711");
  });
});

describe("a wallet", () => {
  const login = (change: Partial<PlannedLogin>): PlannedLogin => ({
    code: "", title: "", from: "", parameters: {}, expected: "admitted", isSilent: false, trust: "stack", identity: { kind: "own", role: "app" }, password: { kind: "own", role: "app" }, ...change,
  });
  const open = (): Wallet => new Wallet({
    serverTrust: servers.certificate, clientTrust: clients.certificate, clientAuthorityKey: undefined, revocationList: undefined, certificates: keyring.signedBy(clients.certificate),
    passwords: new Map([["app", new Secret("pa:ss\\word")]]), server: { certificate: server.certificate, privateKey: new Secret(server.privateKey) },
  });

  it("keeps what a login needs in files that nobody else can read, and removes them", async () => {
    const wallet = open();
    const { sslkey = "", sslcert = "", sslrootcert = "", passfile = "" } = await wallet.parameters(login({}));
    expect([readFileSync(sslcert, "utf8"), readFileSync(sslkey, "utf8"), readFileSync(sslrootcert, "utf8")]).toEqual([app.certificate, app.privateKey, servers.certificate]);
    expect(readFileSync(passfile, "utf8")).toBe("*:*:*:*:pa\\:ss\\\\word\n");
    expect([sslkey, passfile, dirname(sslkey)].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(["600", "600", "700"]);
    wallet.close();
    expect(existsSync(dirname(sslkey))).toBe(false);
  });

  it("names files that do not exist where nothing is shown, so that libpq takes none of its user's own", async () => {
    const wallet = open();
    const shown = await wallet.parameters(login({ identity: { kind: "none" }, password: { kind: "none" } }));
    expect([shown["sslcert"], shown["sslkey"], shown["passfile"]].map((path) => existsSync(path ?? ""))).toEqual([false, false, false]);
    wallet.close();
  });

  it("makes one forgery of each kind and name", async () => {
    const wallet = open();
    const foreign = login({ identity: { kind: "foreign", commonName: "app" } });
    expect(await wallet.parameters(foreign)).toEqual(await wallet.parameters(foreign));
    await expect(wallet.parameters(login({ identity: { kind: "expired", commonName: "app" } }))).rejects.toThrow(/does not hold the key of the clients' authority/);
    wallet.close();
  });
});
