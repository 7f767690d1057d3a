/**
 * What a change of one entry endangers, judged by what it matches and what it asks for. Cautious: where two kinds of proof
 * cannot be compared it says both. How the whole file decides is the access analysis's to say.
 */
import { isInclude, type HbaEntry, type HbaRecord, type IdentEntry, type IdentLine } from "../model/hba";
import { coveredBy } from "../model/hba-coverage";
import { looseningsOf } from "../model/hba-loosening";
import type { Hazard } from "../model/plan";
import { reveal } from "../model/secret";

/** `null`: not there. Wider means that some connection gets in, or gets in with less proof; narrower the reverse; both may be. */
export function recordHazards(before: HbaEntry | null, after: HbaEntry | null): readonly Hazard[] {
  const isWider = admits(after) && (before === null || !isWithin(after, before) || isWeaker(after, before));
  const isLooser = rejects(before) && (after === null || !rejects(after) || !isWithin(before, after));
  const isNarrower = admits(before) && (after === null || !isWithin(before, after) || isWeaker(before, after));
  const isStricter = rejects(after) && (before === null || !rejects(before) || !isWithin(after, before));
  return hazardsOf(isWider || isLooser, isNarrower || isStricter);
}

const hazardsOf = (isWider: boolean, isNarrower: boolean): readonly Hazard[] => [...(isWider ? ["access-widened" as const] : []), ...(isNarrower ? ["access-narrowed" as const] : []), "reload"];

const rejects = (entry: HbaEntry | null): boolean => entry !== null && !isInclude(entry) && entry.method === "reject";
const admits = (entry: HbaEntry | null): boolean => entry !== null && !rejects(entry);

/** Whether every connection that `inner` decides is one that `outer` would, too. */
function isWithin(inner: HbaEntry | null, outer: HbaEntry | null): boolean {
  return inner !== null && outer !== null && !isInclude(inner) && !isInclude(outer) && coveredBy(inner, [outer]) !== null;
}

/** Passwords by what a thief of the server's or the wire's secrets needs; other methods are not comparable. */
const STRENGTH: Readonly<Record<string, number>> = { trust: 0, password: 1, md5: 2, "scram-sha-256": 3 };

/** Whether `entry` may ask for less than `other` does. */
function isWeaker(entry: HbaEntry | null, other: HbaEntry | null): boolean {
  if (entry === null || other === null || isInclude(entry) || isInclude(other) || rejects(other)) {
    return true;
  }
  const brings = looseningsOf(entry).some(({ loosening }) => !looseningsOf(other).some((found) => found.loosening === loosening));
  const [own, others] = [STRENGTH[entry.method], STRENGTH[other.method]];
  const isComparable = own !== undefined && others !== undefined;
  return brings || (entry.method === other.method ? !hasAllOptions(entry, other) : !isComparable || own < others || !hasAllOptions(entry, other));
}

/** Every option of `other` with the same value; what else it has must only ask for more. */
function hasAllOptions(entry: HbaRecord, other: HbaRecord): boolean {
  const own = entry.options.map(({ name, value }) => `${name}=${JSON.stringify(reveal<unknown>(value))}`);
  const isKept = (option: string): boolean => own.includes(option) || (option === 'clientcert="verify-ca"' && own.includes('clientcert="verify-full"'));
  return other.options.every(({ name, value }) => isKept(`${name}=${JSON.stringify(reveal<unknown>(value))}`))
    && entry.options.every(({ name }) => name === "clientcert" || other.options.some((option) => option.name === name));
}

/** A mapping only ever admits. */
export const mappingHazards = (before: IdentLine | null, after: IdentEntry | null): readonly Hazard[] => hazardsOf(after !== null, before !== null);
