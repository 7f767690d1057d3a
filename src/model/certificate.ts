/**
 * Certificates as facts: who, for which names, until when. Read from PEM text alone; nothing here asks for the time,
 * so that the same certificate always gives the same facts.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { parseAddress } from "./address";

export interface CertificateFacts {
  /** One line, as RFC 2253 would order it: `CN=db1.example, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** Subject alternative names, sorted: `DNS:db1.example`, `IP Address:10.0.0.5`. */
  readonly names: readonly string[];
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly isAuthority: boolean;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint: string;
}

/** The certificates of a PEM text in their order. `null`: the text holds none, or something that is none. */
export function parseCertificates(pem: string): readonly X509Certificate[] | null {
  const blocks = pemBlocks(pem);
  if (blocks === null || blocks.length === 0 || blocks.some(({ label }) => label !== "CERTIFICATE")) {
    return null;
  }
  try {
    return blocks.map(({ text }) => new X509Certificate(text));
  } catch {
    return null;
  }
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: (certificate.subjectAltName ?? "").split(", ").filter((name) => name !== "").sort(),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
    isAuthority: certificate.ca,
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** Whether a client that verifies the name would accept the certificate for it: subject alternative names only. */
export function coversName(certificate: X509Certificate, name: string): boolean {
  return (parseAddress(name) === null ? certificate.checkHost(name, { subject: "never" }) : certificate.checkIP(name)) !== undefined;
}

/** `null`: no private key, or not one that the passphrase opens. */
export function parsePrivateKey(pem: string, passphrase: string | undefined): KeyObject | null {
  try {
    // An empty passphrase keeps the library from asking for one at a terminal.
    return createPrivateKey({ key: pem, passphrase: passphrase ?? "" });
  } catch {
    return null;
  }
}

export function isEncryptedKey(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
}

interface PemBlock {
  readonly label: string;
  readonly text: string;
}

/** All blocks of a PEM text; `null` when a block is broken. Text between blocks is commentary. */
export function pemBlocks(pem: string): readonly PemBlock[] | null {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----/g)].map(([text, label = ""]) => ({ label, text }));
  const beginnings = pem.match(/-----BEGIN /g)?.length ?? 0;
  return blocks.length === beginnings ? blocks : null;
}

const oneLine = (name: string | undefined): string => (name ?? "").split("\n").reverse().join(", ");
