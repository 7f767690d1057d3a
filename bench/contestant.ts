/** Who is measured: somebody who brings hosts to a round of the unit, and once more when nothing is left to do. */
import type { LabHost } from "../src/lab/inventory";

/** Whose names the report compares. */
export const NAMES = {
  raw: "raw OpenSSH, one script",
  mitogen: "ansible with mitogen",
  provider: "pgrampart's provider",
  up: "pgrampart, the whole pulumi up",
} as const;

export interface Contestant {
  readonly name: string;
  /** Brings the hosts to a round they do not show yet. @returns seconds it took */
  apply(hosts: readonly LabHost[], round: number): Promise<number>;
  /** Finds on the hosts that nothing is to do; looks at them, does not remember. @returns seconds it took */
  repeat(hosts: readonly LabHost[], round: number): Promise<number>;
  /** Ends what runs and removes what lies about. */
  close(): Promise<void>;
}

/** Seconds that a piece of work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? NaN) + (sorted[sorted.length - 1 - middle] ?? NaN)) / 2;
}
