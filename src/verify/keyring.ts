/**
 * Finds, among all the PEM texts of a stack, who can log in with what: client certificates that the server's authority
 * signed, each with the key that fits, and the authority's own key. Goes by the mathematics, not by names of resources.
 */
import type { X509Certificate } from "node:crypto";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { parseCertificates } from "../model/certificate";
import { Secret } from "../model/secret";
import type { KeyPair } from "./forgery";

export class Keyring {
  /** Private keys in PEM, by their public keys. */
  readonly #keys = new Map<string, Secret<string>>();
  readonly #certificates: string[] = [];

  /** @param texts any texts; those that are no PEM are passed over */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      if (text.includes("-----BEGIN CERTIFICATE-----")) {
        this.#certificates.push(text);
      } else if (text.includes("PRIVATE KEY-----")) {
        this.#addKey(text);
      }
    }
    // The longest text comes first: the certificate with its intermediates, where there are any.
    this.#certificates.sort((a, b) => b.length - a.length);
  }

  /** The key of the first certificate in the text. */
  keyOf(certificate: string): Secret<string> | undefined {
    const [first] = parseCertificates(certificate) ?? [];
    return first === undefined ? undefined : this.#keys.get(fingerprint(first.publicKey.export({ type: "spki", format: "der" })));
  }

  /** What the authority signed and somebody here has the key of, by common name; of several, the one that is valid longest. */
  signedBy(authority: string): ReadonlyMap<string, KeyPair> {
    const issuers = parseCertificates(authority) ?? [];
    const found = new Map<string, KeyPair & { readonly until: number }>();
    for (const certificate of this.#certificates) {
      const [leaf, ...above] = parseCertificates(certificate) ?? [];
      const privateKey = this.keyOf(certificate);
      const isSigned = leaf !== undefined && !leaf.ca && [...above, ...issuers].some((issuer) => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey));
      const commonName = leaf === undefined ? undefined : commonNameOf(leaf);
      const until = leaf === undefined ? 0 : Date.parse(leaf.validTo);
      if (isSigned && privateKey !== undefined && commonName !== undefined && until > (found.get(commonName)?.until ?? 0)) {
        found.set(commonName, { certificate, privateKey, until });
      }
    }
    return found;
  }

  /** The certificate, with those above it, of the authority that signed the first certificate in the text. */
  authorityOf(certificate: string): string | undefined {
    const [leaf] = parseCertificates(certificate) ?? [];
    return this.#certificates.find((candidate) => {
      const [issuer] = parseCertificates(candidate) ?? [];
      return leaf !== undefined && issuer?.ca === true && leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
    });
  }

  #addKey(text: string): void {
    try {
      this.#keys.set(fingerprint(createPublicKey(createPrivateKey(text)).export({ type: "spki", format: "der" })), new Secret(text));
    } catch {
      // With a passphrase, or of a kind that this side does not know: nobody can use it here.
    }
  }
}

const fingerprint = (der: Buffer): string => der.toString("base64");

const commonNameOf = (certificate: X509Certificate): string | undefined => /^CN=(.*)$/m.exec(certificate.subject)?.[1];
