/**
 * Client certificates that must not open the door: expired, revoked, of somebody else, of another authority. They are
 * signed in memory for the length of a proof, the first three with the authority's own key, as a thief would have them.
 */
import "reflect-metadata"; // the library below needs it loaded first
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { VerifyError } from "../errors";
import { Secret } from "../model/secret";
import { importSigningKey, SIGNING_KEY_KINDS, type SigningKey } from "../model/signing-key";

/** A certificate with its key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: Secret<string>;
}

const HOUR = 3_600_000;
const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface LeafRequest {
  readonly commonName: string;
  /** Hexadecimal. @default - random */
  readonly serialNumber?: string;
  /** Milliseconds since the epoch. @default - an hour ago to an hour from now */
  readonly validity?: readonly [from: number, to: number];
}

/** An authority that signs what it is asked to. */
export class Forger {
  private constructor(
    /** PEM: what a peer would have to trust. */
    readonly trust: string,
    private readonly issuer: x509.X509Certificate,
    private readonly signer: SigningKey,
  ) {}

  /** @param trust PEM whose first certificate belongs to the key */
  static async of(trust: string, privateKey: Secret<string>): Promise<Forger> {
    const signer = await importSigningKey(privateKey.reveal());
    if ("unknownKind" in signer) {
      throw new VerifyError(`a key of kind "${signer.unknownKind}" cannot sign the certificates of a proof`, { remedy: `Use an authority whose key is one of ${SIGNING_KEY_KINDS.join(", ")}.` });
    }
    return new Forger(trust, new x509.X509Certificate(trust), signer);
  }

  /** A fresh authority whose certificate looks like the given one: same name, another key. */
  static async imitating(trust: string): Promise<Forger> {
    const subject = new x509.X509Certificate(trust).subjectName.toString();
    const keys = await generateKey();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: subject, keys, signingAlgorithm: EC, ...validity(),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)],
    }, webcrypto);
    return new Forger(pem(certificate), certificate, { key: keys.privateKey, algorithm: EC });
  }

  async sign({ commonName, serialNumber, validity: span }: LeafRequest): Promise<KeyPair> {
    const keys = await generateKey();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: new x509.Name([{ CN: [{ utf8String: commonName }] }]).toString(),
      issuer: this.issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.signer.key,
      signingAlgorithm: this.signer.algorithm,
      ...(serialNumber === undefined ? {} : { serialNumber }),
      ...validity(span),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(this.issuer, false, webcrypto),
      ],
    }, webcrypto);
    const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
    return { certificate: pem(certificate), privateKey: new Secret(`${x509.PemConverter.encode(key, "PRIVATE KEY").trim()}\n`) };
  }

  /** One whose time is over: it was valid until an hour ago. */
  expired(commonName: string): Promise<KeyPair> {
    const now = Date.now();
    return this.sign({ commonName, validity: [now - 48 * HOUR, now - HOUR] });
  }
}

/** Serial numbers, in hexadecimal, of what a revocation list in PEM revokes. */
export function revokedSerials(list: string): readonly string[] {
  const blocks = list.match(/-----BEGIN X509 CRL-----[\s\S]+?-----END X509 CRL-----/g) ?? [];
  return blocks.flatMap((block) => new x509.X509Crl(x509.PemConverter.decodeFirst(block)).entries.map((entry) => entry.serialNumber));
}

function generateKey(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: EC.name, namedCurve: EC.namedCurve }, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

function validity(span: readonly [number, number] = [Date.now() - HOUR, Date.now() + HOUR]): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(span[0]), notAfter: new Date(span[1]) };
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString("pem").trim()}\n`;
