/**
 * Where a kind's object lives, and the effects it takes there: on a host (host-realm.ts) or on the control side only.
 * The generic adapter knows nothing else of the world.
 */
import type { Change } from "../model/plan";

/** What an effect may use of the call that asked for it. */
export interface Occasion {
  /** Ends at the next safe point when it fires: the user cancelled, or the resource's timeout is over. */
  readonly signal: AbortSignal;
  /** Shown while the resource is being worked on, and gone afterwards. */
  readonly progress: (message: string) => void;
  /** Stays visible beside the resource. */
  readonly warn: (message: string) => void;
}

export interface Realm<Declaration, Desired, Observed> {
  /** Whether what is there can be found by a connection's name alone: `pulumi import`. */
  readonly isImportable: boolean;
  /** What would change, and its hazards; opens no connection. `null`: nothing is known to be there. */
  changes(observed: Observed | null, desired: Desired): readonly Change[];
  /** What is there now; `null` when the object is gone. */
  read(declaration: Declaration, desired: Desired, stored: Observed | null, occasion: Occasion): Promise<Observed | null>;
  /** Makes it so, and gives what is there afterwards: proven to be what is desired. Rejects with `HalfDone` when it got part of the way. */
  converge(declaration: Declaration, desired: Desired, stored: Observed | null, occasion: Occasion): Promise<Observed>;
  /** Takes back what the resource gave. */
  retire(declaration: Declaration, desired: Desired, occasion: Occasion): Promise<void>;
}

/** Something was changed, but not all of it: the state must remember what is there. `observed` is null when even that could not be read. */
export class HalfDone<Observed> extends Error {
  constructor(readonly observed: Observed | null, readonly reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason), { cause: reason });
    this.name = "HalfDone";
  }
}
