/** A certificate revocation list (RFC 5280, section 5): what it must say, and the one that was issued. */
import type { Secret } from "./secret";

/** RFC 5280, section 5.3.1, without those that only a delta list can hold. */
export const REVOCATION_REASONS = [
  "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
  "privilegeWithdrawn", "aACompromise",
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface Revocation {
  /** Lower-case hexadecimal without leading zeros. */
  readonly serialNumber: string;
  readonly reason: RevocationReason;
  /** RFC 3339, UTC, whole seconds; `null`: the time of the first list that holds it. */
  readonly revokedAt: string | null;
}

export interface DesiredRevocationList {
  /** PEM. */
  readonly authorityCertificate: string;
  /** PEM, unencrypted. */
  readonly authorityPrivateKey: Secret<string>;
  /** SHA-256 of the authority's certificate, in lower-case hexadecimal. */
  readonly issuer: string;
  /** Sorted by serial number. */
  readonly revoked: readonly Revocation[];
  /** Hours from issue until servers refuse the list, and with it every client. */
  readonly validityHours: number;
  /** Hours before its end at which an update issues the next one. */
  readonly renewalHours: number;
  /** The number is at least this one. */
  readonly number: number;
}

export interface IssuedRevocationList {
  /** PEM. */
  readonly revocationList: string;
  readonly issuer: string;
  readonly number: number;
  readonly revoked: readonly (Revocation & { readonly revokedAt: string })[];
  readonly validityHours: number;
  /** RFC 3339, UTC. */
  readonly thisUpdate: string;
  readonly nextUpdate: string;
}
