/** Why the next list must be issued: another authority, other revocations, another validity, or its end is near. */
import type { Change } from "../model/plan";
import type { DesiredRevocationList, IssuedRevocationList, Revocation } from "../model/revocation-list";

const MILLISECONDS_PER_HOUR = 3_600_000;

/** @param now milliseconds since the epoch */
export function diffRevocationList(issued: IssuedRevocationList | null, desired: DesiredRevocationList, now: number): readonly Change[] {
  if (issued === null) {
    return [{ path: "revocationList", kind: "add", hazards: [] }];
  }
  const end = Date.parse(issued.nextUpdate);
  const changes: readonly (Change | false)[] = [
    issued.issuer !== desired.issuer && { path: "authorityCertificate", kind: "update", before: issued.issuer, after: desired.issuer, hazards: ["access-narrowed"] },
    ...diffRevoked(issued.revoked, desired.revoked),
    issued.validityHours !== desired.validityHours && { path: "validityHours", kind: "update", before: issued.validityHours, after: desired.validityHours, hazards: [] },
    issued.number < desired.number && { path: "number", kind: "update", before: issued.number, after: desired.number, hazards: [] },
    end - desired.renewalHours * MILLISECONDS_PER_HOUR <= now && { path: "nextUpdate", kind: "update", before: issued.nextUpdate, hazards: [] },
  ];
  return changes.filter((change) => change !== false);
}

/** By serial number; both sides are sorted. Taking a revocation back lets the certificate in again. */
function diffRevoked(issued: IssuedRevocationList["revoked"], desired: readonly Revocation[]): readonly Change[] {
  const before = new Map(issued.map((revocation) => [revocation.serialNumber, revocation]));
  const after = new Set(desired.map(({ serialNumber }) => serialNumber));
  const added = desired.flatMap((revocation, index): Change[] => {
    const known = before.get(revocation.serialNumber);
    const path = `revoked[${index}]`;
    if (known === undefined) {
      return [{ path, kind: "add", after: revocation, hazards: ["access-narrowed"] }];
    }
    const isSame = known.reason === revocation.reason && (revocation.revokedAt === null || revocation.revokedAt === known.revokedAt);
    return isSame ? [] : [{ path, kind: "update", before: known, after: revocation, hazards: [] }];
  });
  const removed = issued.flatMap((revocation, index): Change[] =>
    after.has(revocation.serialNumber) ? [] : [{ path: `observed.revoked[${index}]`, kind: "delete", before: revocation, hazards: ["access-widened"] }]);
  return [...added, ...removed];
}
