/**
 * Arguments of a certificate revocation list. Refuses a certificate that is no authority, a key that is not its key, and
 * a renewal window as long as the list is valid (every update would issue another list).
 */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { certificateFacts, parseCertificates, parsePrivateKey } from "../model/certificate";
import { REVOCATION_REASONS, type DesiredRevocationList, type Revocation, type RevocationReason } from "../model/revocation-list";
import { Secret, type MaybeSecret } from "../model/secret";
import { isUnknown } from "../model/unknown";
import { rule, type IssueCollector } from "./issue";

export interface RevocationArgs {
  /** Hexadecimal, with or without colons. */
  readonly serialNumber: string;
  /** RFC 5280, section 5.3.1. @default - "unspecified" */
  readonly reason?: RevocationReason;
  /** RFC 3339, such as `2026-11-23T00:00:00Z`. @default - when the first list that holds it is issued */
  readonly revokedAt?: string;
}

export interface CertificateRevocationListArgs {
  /** The authority that issues the list, in PEM. Its subject becomes the list's issuer. */
  readonly authorityCertificate: string;
  /** The authority's key, in PEM, unencrypted. Stays on the control side. */
  readonly authorityPrivateKey: MaybeSecret<string>;
  /** @default - none: an empty list */
  readonly revoked?: readonly RevocationArgs[];
  /**
   * Hours. A server that holds a list past its end refuses every client certificate of that authority, so keep it long
   * enough for your updates. @default - 8760 (a year)
   */
  readonly validityHours?: number;
  /** Hours before its end at which an update issues the next list. @default - half of validityHours */
  readonly renewalHours?: number;
  /** Continues the count of lists issued elsewhere: the number is at least this one. @default - 1 */
  readonly number?: number;
}

const DEFAULT_VALIDITY_HOURS = 8760;
const HOURS_IN_A_CENTURY = 876_600;

const HEXADECIMAL = /^(?:[0-9a-f]{2}:)*[0-9a-f]{1,40}$/i;
const hours = z.number().positive().max(HOURS_IN_A_CENTURY);

const revocation = z.strictObject({
  serialNumber: z.string().refine((text) => HEXADECIMAL.test(text) && text.replaceAll(":", "").length <= 40,
    rule("a serial number in hexadecimal, at most 20 bytes", "Take it from `openssl x509 -noout -serial`.")),
  reason: z.enum(REVOCATION_REASONS).default("unspecified"),
  revokedAt: z.iso.datetime().optional(),
});

const text = z.string();
const list = z.strictObject({
  authorityCertificate: z.string(),
  authorityPrivateKey: z.instanceof(Secret),
  revoked: z.array(z.unknown()).default([]),
  validityHours: hours.default(DEFAULT_VALIDITY_HOURS),
  renewalHours: hours.optional(),
  number: z.int().min(1).default(1),
});

export function declareRevocationList(inputs: Readonly<Record<string, unknown>>, issues: IssueCollector): DesiredRevocationList | undefined {
  const args = issues.parse(list, inputs, []);
  const revoked = declareRevoked(inputs["revoked"], issues);
  const certificate = declareAuthority(inputs["authorityCertificate"], issues);
  const hasKey = certificate !== undefined && declareKey(inputs["authorityPrivateKey"], certificate, issues);
  if (args === undefined || revoked === undefined || certificate === undefined || !hasKey) {
    return undefined;
  }
  const renewalHours = args.renewalHours ?? args.validityHours / 2;
  if (renewalHours >= args.validityHours) {
    issues.add(["renewalHours"], renewalHours, `less than validityHours (${args.validityHours})`, "Shorten the renewal window or lengthen the validity.");
    return undefined;
  }
  return {
    authorityCertificate: args.authorityCertificate,
    authorityPrivateKey: args.authorityPrivateKey as Secret<string>,
    issuer: certificateFacts(certificate).fingerprint,
    revoked,
    validityHours: args.validityHours,
    renewalHours,
    number: args.number,
  };
}

function declareRevoked(given: unknown, issues: IssueCollector): readonly Revocation[] | undefined {
  if (!Array.isArray(given)) {
    return given === undefined ? [] : undefined;
  }
  const parsed = given.map((item, index) => issues.parse(revocation, item, ["revoked", index]));
  const serials = parsed.map((item) => (item === undefined ? undefined : normaliseSerial(item.serialNumber)));
  serials.forEach((serial, index) => {
    const first = serials.indexOf(serial);
    if (serial !== undefined && first < index) {
      issues.add(["revoked", index, "serialNumber"], given[index], `a serial number that is not yet listed (revoked[${first}] has it)`, "Remove one of the two.");
    }
  });
  const complete = parsed.flatMap((item, index): Revocation[] =>
    item === undefined ? [] : [{ serialNumber: serials[index] as string, reason: item.reason, revokedAt: item.revokedAt === undefined ? null : wholeSeconds(item.revokedAt) }]);
  const isWhole = complete.length === given.length && new Set(serials).size === serials.length;
  return isWhole ? complete.sort((a, b) => (a.serialNumber < b.serialNumber ? -1 : 1)) : undefined;
}

function declareAuthority(given: unknown, issues: IssueCollector): X509Certificate | undefined {
  if (isUnknown(given) || !text.safeParse(given).success) {
    return undefined;
  }
  const certificate = parseCertificates(given as string)?.[0];
  if (certificate?.ca !== true) {
    issues.add(["authorityCertificate"], certificate === undefined ? "text that is no certificate" : certificateFacts(certificate).subject, "the certificate of an authority (basic constraint CA) in PEM", "Pass the authority's own certificate.");
    return undefined;
  }
  return certificate;
}

function declareKey(given: unknown, certificate: X509Certificate, issues: IssueCollector): boolean {
  const pem: unknown = given instanceof Secret ? given.reveal() : undefined;
  if (typeof pem !== "string") {
    return false;
  }
  const key = parsePrivateKey(pem, undefined);
  if (key === null || !certificate.checkPrivateKey(key)) {
    issues.add(["authorityPrivateKey"], given, "the unencrypted private key of authorityCertificate in PEM", key === null ? "Pass a key that openssl can read without a passphrase." : "Pass the key that belongs to this certificate.");
    return false;
  }
  return true;
}

const normaliseSerial = (serial: string): string => serial.replaceAll(":", "").toLowerCase().replace(/^0+(?=.)/, "");

const wholeSeconds = (time: string): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
