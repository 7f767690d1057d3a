/** What a transaction's script answers, as data. Anything else it may have said comes before and is passed over. */
import { InspectError } from "../errors";
import type { Phase } from "./transaction";

export interface Failure {
  readonly kind: "failed";
  readonly phase: Phase;
  /** Of the step in its list; 0 where apply itself works. */
  readonly index: number;
  readonly status: number;
  readonly fate: "unchanged" | "reverted" | "stuck" | "committed";
  /** The end of what the failed step said; may repeat secrets. */
  readonly words: string;
}

export type Outcome = { readonly kind: "done" } | { readonly kind: "ready"; readonly seconds: number } | Failure;

export function parseOutcome(stdout: string): Outcome {
  const [, seconds] = /^ready (-?\d+)\n$/.exec(stdout) ?? [];
  if (seconds !== undefined) {
    return { kind: "ready", seconds: Number(seconds) };
  }
  if (stdout === "done\n") {
    return { kind: "done" };
  }
  const failed = /^failed (\w+) (\d+) (\d+) (unchanged|reverted|stuck|committed)\n([^]*)$/.exec(stdout);
  if (failed === null) {
    throw new InspectError("applying the change", `the host answered ${JSON.stringify(stdout.slice(0, 200))}`, { remedy: "Run the update again; if it repeats, report the host's release and this message." });
  }
  const [, phase, index, status, fate, words] = failed as unknown as [string, Phase, string, string, Failure["fate"], string];
  return { kind: "failed", phase, index: Number(index), status: Number(status), fate, words };
}
