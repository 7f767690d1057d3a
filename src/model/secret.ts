/**
 * A value that must never be printed. It shows as `[secret]` wherever it is turned into text, JSON or a debugger's
 * view; only render and transport open it, with `reveal`.
 */

const MASK = "[secret]";
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The real value. Call it only where the bytes leave for the host or for Pulumi's encrypted state. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [INSPECT](): string {
    return MASK;
  }
}

export type MaybeSecret<T> = T | Secret<T>;

export function reveal<T>(value: MaybeSecret<T>): T {
  return value instanceof Secret ? value.reveal() : value;
}
