/**
 * A list of declarations, read element by element: rules across elements still see the good ones, and every fault of
 * every element comes at once.
 */
import { z } from "zod";
import { isUnknown } from "../model/unknown";
import type { IssueCollector, Path } from "./issue";

export interface DeclaredList<T> {
  /** The elements without faults, at their places; the others are `undefined`. */
  readonly elements: readonly (T | undefined)[];
  /** All of them; `undefined` when one is faulty or not known yet. */
  readonly whole: readonly T[] | undefined;
}

/** An absent list is an empty one. */
export function declareList<T>(value: unknown, path: Path, issues: IssueCollector, declare: (element: unknown, path: Path) => T | undefined): DeclaredList<T> {
  const list = value ?? [];
  if (!Array.isArray(list)) {
    issues.parse(z.array(z.unknown()), list, path);
    return { elements: [], whole: undefined };
  }
  const elements = list.map((element, index) => (isUnknown(element) ? undefined : declare(element, [...path, index])));
  return { elements, whole: elements.includes(undefined) ? undefined : (elements as T[]) };
}

/** Adds a fault at every element whose key an earlier one has; `null` is no key. */
export function refuseDuplicates<T>({ elements }: DeclaredList<T>, path: Path, issues: IssueCollector, keyOf: (element: T) => string | null): void {
  const keys = elements.map((element) => (element === undefined ? null : keyOf(element)));
  keys.forEach((key, index) => {
    const first = keys.indexOf(key);
    if (key !== null && first < index) {
      issues.add([...path, index], key, `something that ${path.join(".")}[${first}] does not declare`, "Give each its own name, or merge the two.");
    }
  });
}
