/**
 * A plan is data: what changes, what it endangers, and the exact scripts in the order they run. Diff makes it, apply
 * carries it out, and neither decides anything the other has decided. Scripts run as root in a POSIX shell.
 */
import type { ManagedFile } from "./file";
import type { Secret } from "./secret";

/** A script in the two spellings every secret needs: `text` goes to the host, `masked` to everything printable. */
export interface Script {
  readonly text: Secret<string>;
  readonly masked: string;
  /** The secrets inside `text`, so that what the host answers can be masked too. @default - none */
  readonly secrets?: readonly Secret<string>[];
}

export type Hazard =
  | "lockout"
  | "restart"
  | "reload"
  | "access-widened"
  | "access-narrowed"
  | "data-loss"
  | "session-end"
  | "failover";

/** One difference between observed and desired, at the property that declares it. */
export interface Change {
  /** Property path in Pulumi's spelling, such as `rules[0].address` or `parameters["log_connections"]`. */
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  /** Printable: secrets appear as `[secret]`. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly hazards: readonly Hazard[];
}

/** One thing done on the host. The title completes the sentence "while …" in an error: "loading the ruleset". */
export interface Step {
  readonly title: string;
  readonly script: Script;
  /** Seconds until it counts as hung. @default - 60 */
  readonly timeout?: number;
}

/** A file put in place by the transaction; `content: null` removes the path. */
export type FileSwap = ManagedFile | { readonly path: string; readonly content: null };

/**
 * Proof that a change did not lock us out, tried while the timed rollback is armed.
 * `ssh`: a new SSH connection (never a multiplexed one) logs in and runs `script` there.
 */
export interface Proof {
  readonly title: string;
  readonly script: Script;
}

export interface Guard {
  /** Seconds until the host puts the old state back by itself. */
  readonly seconds: number;
  readonly proofs: readonly Proof[];
}

/**
 * One transaction on one host, in this order:
 * prepare → stage files → validate → (arm guard) → swap files → activate → verify → prove → commit (disarm) → finish.
 * A failure up to and including validate leaves the host untouched but for `prepare`. A failure later runs the
 * rollback: old files back, then `restore`. The same rollback runs by timer or at boot when the control side is gone.
 */
export interface Plan {
  readonly changes: readonly Change[];
  /** Additive and repeatable work that needs no undoing: packages, accounts, directories. */
  readonly prepare: readonly Step[];
  readonly files: readonly FileSwap[];
  /** May read staged files: the shell function `staged PATH` prints where PATH's new content lies. */
  readonly validate: readonly Step[];
  readonly activate: readonly Step[];
  /** Makes the old files effective again after they are back; must succeed on a host in any half-way state. */
  readonly restore: readonly Step[];
  /** Runs on the host after activate. */
  readonly verify: readonly Step[];
  /** @default - none: the change cannot lock anybody out */
  readonly guard: Guard | null;
  /** After commit; what cannot be undone (a dropped role) or need not be (removing what is no longer used). */
  readonly finish: readonly Step[];
}

export const EMPTY_PLAN: Plan = {
  changes: [], prepare: [], files: [], validate: [], activate: [], restore: [], verify: [], guard: null, finish: [],
};

/** Whether carrying out the plan would touch the host at all. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.prepare.length + plan.files.length + plan.activate.length + plan.finish.length === 0;
}
