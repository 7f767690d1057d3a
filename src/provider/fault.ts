/**
 * Errors as they leave the provider: one text with its remedy and without a secret. `Incomplete` is the one that Pulumi
 * must remember a resource by: something was done, not all.
 */
import { PgrampartError } from "../errors";
import type { PropertyMap } from "./kind";
import type { Mask } from "./secrecy";

export class Fault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Fault";
  }
}

/** Created or changed, but not healthy: the id, the outputs that are true now, and why. */
export class Incomplete extends Fault {
  constructor(readonly id: string, readonly outputs: PropertyMap, readonly reasons: readonly string[]) {
    super(reasons.join("; "));
    this.name = "Incomplete";
  }
}

/** What happened and what to do next, on one text. */
export function describe(error: unknown, mask: Mask): string {
  if (PgrampartError.isInstance(error)) {
    return mask(`${error.message}. ${error.remedy}`);
  }
  return mask(error instanceof Error ? error.message : String(error));
}

/** Runs the work; whatever it rejects with leaves as a Fault without secrets. */
export async function masking<T>(mask: Mask, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Fault ? error : new Fault(describe(error, mask));
  }
}
