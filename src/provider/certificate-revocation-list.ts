/**
 * CertificateRevocationList: the one resource that lives in Pulumi's state only. @pulumi/tls makes certificates but no
 * revocation lists. A list is issued when what it must say changes or its end is near, and is then kept byte for byte.
 */
import "reflect-metadata"; // the library below needs it loaded first
import { webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CRLNumber, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import * as x509 from "@peculiar/x509";
import { declareRevocationList } from "../declare/revocation-list";
import { PlanError } from "../errors";
import { diffRevocationList } from "../diff/revocation-list";
import type { Change } from "../model/plan";
import type { DesiredRevocationList, IssuedRevocationList } from "../model/revocation-list";
import { importSigningKey, SIGNING_KEY_KINDS, type SigningKey } from "../model/signing-key";
import type { DeclaredKind } from "./kind";
import type { Realm } from "./realm";

export const certificateRevocationListKind: DeclaredKind<DesiredRevocationList, DesiredRevocationList, IssuedRevocationList> = {
  type: "CertificateRevocationList",
  description: "A certificate revocation list in PEM, signed on the control side. An empty one is worth having: a server that requires a list refuses clients when it is missing.",
  secretInputs: ["authorityPrivateKey"],
  replaceOn: [],
  declare: declareRevocationList,
  resolve: (declaration) => declaration,
  adopt: () => ({}),
  outputs: {
    revocationList: (_, issued) => issued?.revocationList,
    number: (_, issued) => issued?.number,
    thisUpdate: (_, issued) => issued?.thisUpdate,
    nextUpdate: (_, issued) => issued?.nextUpdate,
  },
};

/** A server whose clock is behind must not find the list to be from the future. */
const CLOCK_SKEW_MILLISECONDS = 600_000;
const MILLISECONDS_PER_HOUR = 3_600_000;

export class RevocationListRealm implements Realm<DesiredRevocationList, DesiredRevocationList, IssuedRevocationList> {
  readonly isImportable = false;

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  changes(issued: IssuedRevocationList | null, desired: DesiredRevocationList): readonly Change[] {
    return diffRevocationList(issued, desired, this.now());
  }

  read(_declaration: DesiredRevocationList, _desired: DesiredRevocationList, stored: IssuedRevocationList | null): Promise<IssuedRevocationList | null> {
    return Promise.resolve(stored);
  }

  async converge(_declaration: DesiredRevocationList, desired: DesiredRevocationList, stored: IssuedRevocationList | null): Promise<IssuedRevocationList> {
    return stored !== null && this.changes(stored, desired).length === 0 ? stored : issue(desired, stored, this.now());
  }

  /** The list is forgotten; servers keep the copy they were given. */
  retire(): Promise<void> {
    return Promise.resolve();
  }
}

async function issue(desired: DesiredRevocationList, previous: IssuedRevocationList | null, now: number): Promise<IssuedRevocationList> {
  const knownDates = new Map(previous?.revoked.map(({ serialNumber, revokedAt }) => [serialNumber, revokedAt]));
  const issued = {
    issuer: desired.issuer,
    number: Math.max((previous?.number ?? 0) + 1, desired.number),
    revoked: desired.revoked.map((entry) => ({ ...entry, revokedAt: entry.revokedAt ?? knownDates.get(entry.serialNumber) ?? wholeSeconds(now) })),
    validityHours: desired.validityHours,
    thisUpdate: wholeSeconds(now - CLOCK_SKEW_MILLISECONDS),
    nextUpdate: wholeSeconds(now + desired.validityHours * MILLISECONDS_PER_HOUR),
  };
  return { ...issued, revocationList: await sign(desired, issued) };
}

async function sign(desired: DesiredRevocationList, list: Omit<IssuedRevocationList, "revocationList">): Promise<string> {
  const authority = new x509.X509Certificate(desired.authorityCertificate);
  const keyIdentifier = authority.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const { key, algorithm } = await signingKey(desired);
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.subjectName,
    thisUpdate: new Date(list.thisUpdate),
    nextUpdate: new Date(list.nextUpdate),
    entries: list.revoked.map(({ serialNumber, reason, revokedAt }) => ({
      serialNumber: serialNumber.padStart(serialNumber.length + (serialNumber.length % 2), "0"),
      revocationDate: new Date(revokedAt),
      reason: x509.X509CrlReason[reason],
    })),
    extensions: [
      ...(keyIdentifier === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(keyIdentifier)]),
      new x509.Extension(id_ce_cRLNumber, false, AsnConvert.serialize(new CRLNumber(list.number))),
    ],
    signingAlgorithm: algorithm,
    signingKey: key,
  }, webcrypto);
  // The library labels it "CRL"; OpenSSL, and with it PostgreSQL, knows only "X509 CRL" (RFC 7468, section 6).
  return `${x509.PemConverter.encode(crl.rawData, "X509 CRL").trim()}\n`;
}

async function signingKey(desired: DesiredRevocationList): Promise<SigningKey> {
  const key = await importSigningKey(desired.authorityPrivateKey.reveal());
  if ("unknownKind" in key) {
    throw new PlanError(`a key of kind "${key.unknownKind}" cannot sign a revocation list here`, { remedy: `Use an authority whose key is one of ${SIGNING_KEY_KINDS.join(", ")}, or bring a list made elsewhere.` });
  }
  return key;
}

/** RFC 3339, UTC. */
const wholeSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
