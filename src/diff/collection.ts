/** The difference of two collections by key: what only one side has, and the pairs that both have. Sorted by key. */
import { compareText } from "../model/name";

export interface CollectionDifference<Observed, Desired> {
  readonly added: readonly Desired[];
  readonly removed: readonly Observed[];
  readonly kept: readonly (readonly [Observed, Desired])[];
}

export function diffCollection<Observed, Desired>(
  observed: readonly Observed[],
  desired: readonly Desired[],
  observedKey: (element: Observed) => string,
  desiredKey: (element: Desired) => string,
): CollectionDifference<Observed, Desired> {
  const before = new Map(observed.map((element) => [observedKey(element), element] as const));
  const after = new Map(desired.map((element) => [desiredKey(element), element] as const));
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
  const added: Desired[] = [];
  const removed: Observed[] = [];
  const kept: (readonly [Observed, Desired])[] = [];
  for (const key of keys) {
    const old = before.get(key);
    const wanted = after.get(key);
    if (old === undefined) {
      added.push(wanted as Desired);
    } else if (wanted === undefined) {
      removed.push(old);
    } else {
      kept.push([old, wanted]);
    }
  }
  return { added, removed, kept };
}

/** A path of something nobody declared: `observed.roles["x"]`. */
export function observedPath(...parts: readonly string[]): string {
  return parts.reduce((path, part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? `${path}.${part}` : `${path}[${JSON.stringify(part)}]`), "observed");
}
