/**
 * Two sequences side by side: equal elements in the longest common order, and what lies between them paired by position,
 * since an edited line is one change and not a removal and an addition. In the order of both.
 */

/** Indices on both sides; `null` where that side has none. */
export type Aligned =
  | { readonly before: number; readonly after: number }
  | { readonly before: number; readonly after: null }
  | { readonly before: null; readonly after: number };

export function align(before: readonly string[], after: readonly string[]): readonly Aligned[] {
  const common = commonPairs(before, after);
  // A line that stands elsewhere on the other side has moved; it is nobody's earlier form.
  const elsewhere = { before: new Set(after), after: new Set(before) };
  const pairs: Aligned[] = [];
  let [i, j] = [0, 0];
  for (const [nextBefore, nextAfter] of [...common, [before.length, after.length] as const]) {
    const removed = range(i, nextBefore).filter((index) => !elsewhere.before.has(before[index] ?? ""));
    const gone = range(i, nextBefore).filter((index) => elsewhere.before.has(before[index] ?? ""));
    const added = range(j, nextAfter).filter((index) => !elsewhere.after.has(after[index] ?? ""));
    const come = range(j, nextAfter).filter((index) => elsewhere.after.has(after[index] ?? ""));
    for (let step = 0; step < Math.max(removed.length, added.length); step++) {
      const [old, wanted] = [removed[step], added[step]];
      if (wanted !== undefined) {
        pairs.push({ before: old ?? null, after: wanted } as Aligned);
      } else if (old !== undefined) {
        pairs.push({ before: old, after: null });
      }
    }
    pairs.push(...gone.map((index): Aligned => ({ before: index, after: null })), ...come.map((index): Aligned => ({ before: null, after: index })));
    if (nextBefore < before.length) {
      pairs.push({ before: nextBefore, after: nextAfter });
    }
    [i, j] = [nextBefore + 1, nextAfter + 1];
  }
  return pairs;
}

/** A longest common subsequence, after equal beginnings and ends are set aside. */
function commonPairs(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const shorter = Math.min(before.length, after.length);
  const head = firstIndex(shorter, (index) => before[index] !== after[index]);
  const tail = firstIndex(shorter - head, (index) => before[before.length - 1 - index] !== after[after.length - 1 - index]);
  const middle = longestCommon(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [
    ...range(0, head).map((index) => [index, index] as const),
    ...middle.map(([i, j]) => [i + head, j + head] as const),
    ...range(0, tail).map((index) => [before.length - tail + index, after.length - tail + index] as const),
  ];
}

function longestCommon(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  // length[i][j]: of the longest common subsequence of before from i and after from j.
  const length = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number): number => length[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      (length[i] as Uint32Array)[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) {
      pairs.push([i++, j++]);
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      i++;
    } else {
      j++;
    }
  }
  return pairs;
}

const range = (from: number, to: number): readonly number[] => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

function firstIndex(count: number, isEnd: (index: number) => boolean): number {
  const found = range(0, count).findIndex(isEnd);
  return found < 0 ? count : found;
}
