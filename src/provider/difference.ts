/**
 * The field-by-field difference of two property maps: one entry per leaf that differs, sorted by path. Lists are compared
 * index by index, as Pulumi shows them. A secret is one leaf; an unknown value differs from everything.
 */
import { isDeepStrictEqual } from "node:util";
import type { Path } from "../declare/issue";
import { Secret } from "../model/secret";
import { containsUnknown, isUnknown } from "../model/unknown";
import { isRecord } from "./property";

export interface Difference {
  readonly path: Path;
  readonly kind: "add" | "update" | "delete";
}

/** Null and absent are the same. */
export function differences(before: unknown, after: unknown, path: Path = []): readonly Difference[] {
  if (isAbsent(before) || isAbsent(after)) {
    return isAbsent(before) && isAbsent(after) ? [] : [{ path, kind: isAbsent(before) ? "add" : isAbsent(after) ? "delete" : "update" }];
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return range(Math.max(before.length, after.length)).flatMap((index) => differences(before[index], after[index], [...path, index]));
  }
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return isSame(before, after) ? [] : [{ path, kind: "update" }];
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined;

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

function isSame(before: unknown, after: unknown): boolean {
  if (isUnknown(before) || isUnknown(after)) {
    return false;
  }
  if (before instanceof Secret && after instanceof Secret) {
    return !containsUnknown(after.reveal()) && isDeepStrictEqual(before.reveal(), after.reveal());
  }
  return before === after || (Number.isNaN(before) && Number.isNaN(after));
}
