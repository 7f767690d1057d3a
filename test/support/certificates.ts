/** Authorities, server certificates and revocation lists made on the spot: tests carry no key. Valid for ten years from 2026. */
import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const PERIOD = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2036-01-01T00:00:00Z") };

export interface Pair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
}

export class TestAuthority implements Pair {
  private constructor(readonly certificate: string, readonly privateKey: string, private readonly issuer: x509.X509Certificate, private readonly signer: webcrypto.CryptoKey) {}

  static async create(name: string): Promise<TestAuthority> {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`, keys, signingAlgorithm: ALGORITHM, ...PERIOD, serialNumber: "01", extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    }, webcrypto as never);
    return new TestAuthority(certificate.toString("pem"), await pemOf(keys.privateKey), certificate, keys.privateKey);
  }

  /** A certificate for DNS names and addresses; without any, one that has no alternative names. */
  async issue(commonName: string, dns: readonly string[] = [], ip: readonly string[] = [], notAfter = PERIOD.notAfter): Promise<Pair> {
    const keys = await generate();
    const names = [...dns.map((value) => ({ type: "dns" as const, value })), ...ip.map((value) => ({ type: "ip" as const, value }))];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${commonName}`, issuer: this.issuer.subject, publicKey: keys.publicKey, signingKey: this.signer, signingAlgorithm: ALGORITHM,
      notBefore: PERIOD.notBefore, notAfter, serialNumber: "02",
      extensions: [new x509.BasicConstraintsExtension(false), ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)])],
    }, webcrypto as never);
    return { certificate: certificate.toString("pem"), privateKey: await pemOf(keys.privateKey) };
  }

  /** A revocation list, empty. */
  async revocationList(nextUpdate = PERIOD.notAfter): Promise<string> {
    const list = await x509.X509CrlGenerator.create({ issuer: this.issuer.subject, thisUpdate: PERIOD.notBefore, nextUpdate, signingKey: this.signer, signingAlgorithm: ALGORITHM }, webcrypto as never);
    // The library says CRL where OpenSSL, and so PostgreSQL, say X509 CRL.
    return list.toString("pem").replaceAll(" CRL-----", " X509 CRL-----");
  }
}

/** The same key behind a passphrase. */
export function encrypted(privateKey: string, passphrase: string): string {
  return createPrivateKey(privateKey).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ type: "pkcs8", format: "pem" }).toString();
}
