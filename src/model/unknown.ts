/**
 * A value that a preview does not know yet: another resource will produce it. Declarations may hold it in place of
 * any leaf; declare passes over it, diff counts it as changed, and nothing is rendered while one is left.
 */

export class Unknown {
  readonly __unknown = true;

  toJSON(): string {
    return "[unknown]";
  }
}

export const UNKNOWN = new Unknown();

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** Whether the value or anything inside it is unknown. */
export function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some(containsUnknown);
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).some(containsUnknown);
  }
  return false;
}
