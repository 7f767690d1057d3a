/**
 * The realm of everything that lives on a host. One update of one resource: lock the host, settle what a broken update
 * left, inspect, plan, apply, inspect again; then nothing may be left to do. Resources of the same host take turns,
 * reads travel together.
 */
import { isDeepStrictEqual } from "node:util";
import { ApplyError, VerifyError } from "../errors";
import { isEmptyPlan, type Change, type Plan } from "../model/plan";
import type { Connection } from "../model/connection";
import type { Transport } from "../transport/transport";
import type { OnHost, ResourceKind } from "./kind";
import { canonical } from "./property";
import { HalfDone, type Occasion, type Realm } from "./realm";

/** The effects on hosts, for the length of one update. */
export interface Hosts {
  /** The one transport of this connection; it connects when first used. */
  connect(connection: Connection): Transport;
  /** Takes the host's update lock and brings to an end what an interrupted update left there. */
  settle(transport: Transport, occasion: Occasion): Promise<void>;
  /** Carries out the plan as a transaction. */
  apply(transport: Transport, plan: Plan, occasion: Occasion): Promise<void>;
}

export class HostRealm<Declaration extends OnHost, Desired, Observed> implements Realm<Declaration, Desired, Observed> {
  readonly isImportable = true;

  constructor(
    private readonly kind: ResourceKind<Declaration, Desired, Observed>,
    private readonly hosts: Hosts,
    private readonly turns: Turns,
  ) {}

  changes(observed: Observed | null, desired: Desired): readonly Change[] {
    return this.kind.plan(observed, desired).changes;
  }

  async read(declaration: Declaration, desired: Desired, _stored: Observed | null, occasion: Occasion): Promise<Observed | null> {
    const transport = this.hosts.connect(declaration.connection);
    const observed = await orAborted(occasion.signal, this.#observe(transport, desired));
    return this.kind.isAbsent?.(observed) === true ? null : observed;
  }

  converge(declaration: Declaration, desired: Desired, _stored: Observed | null, occasion: Occasion): Promise<Observed> {
    return this.#transact(declaration, occasion, async (transport) => {
      const before = await this.#observe(transport, desired);
      const plan = this.kind.plan(before, desired);
      if (isEmptyPlan(plan) && plan.changes.length === 0) {
        return before;
      }
      await this.#apply(transport, plan, desired, occasion);
      const after = await this.#observe(transport, desired);
      const left = this.kind.plan(after, desired);
      if (!isEmptyPlan(left) || left.changes.length > 0) {
        throw new HalfDone(after, unfinished(transport, left));
      }
      return after;
    });
  }

  retire(declaration: Declaration, desired: Desired, occasion: Occasion): Promise<void> {
    return this.#transact(declaration, occasion, async (transport) => {
      const plan = this.kind.retire(await this.#observe(transport, desired), desired);
      if (!isEmptyPlan(plan)) {
        await this.hosts.apply(transport, plan, occasion);
      }
    });
  }

  /** In the form that the state keeps, so that a plan made from either is the same. */
  async #observe(transport: Transport, desired: Desired): Promise<Observed> {
    return canonical(await transport.observe(this.kind.probe(desired)));
  }

  async #transact<T>(declaration: Declaration, occasion: Occasion, work: (transport: Transport) => Promise<T>): Promise<T> {
    const transport = this.hosts.connect(declaration.connection);
    return this.turns.take(transport.name, async () => {
      occasion.signal.throwIfAborted();
      await this.hosts.settle(transport, occasion);
      return work(transport);
    });
  }

  /** A failure that left the host as it was is plain; otherwise the state must learn what is there now. */
  async #apply(transport: Transport, plan: Plan, desired: Desired, occasion: Occasion): Promise<void> {
    try {
      await this.hosts.apply(transport, plan, occasion);
    } catch (error) {
      if (error instanceof ApplyError && error.rolledBack) {
        throw error;
      }
      const observed = await this.#observe(transport, desired).catch(() => null);
      if (observed !== null && isDeepStrictEqual(this.kind.plan(observed, desired).changes, plan.changes)) {
        throw error;
      }
      throw new HalfDone(observed, error);
    }
  }
}

/** Reading has no effect, so it need not be waited for. */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      abandon();
    }
    signal.addEventListener("abort", abandon, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abandon));
  });
}

function unfinished(transport: Transport, left: Plan): VerifyError {
  const paths = left.changes.map((change) => change.path);
  return new VerifyError(`${transport.name}: after the update these still differ from what is declared: ${paths.length > 0 ? paths.join(", ") : "steps without a path"}`, {
    remedy: "Something on the host undoes the change; look for another tool that manages the same thing, then update again.",
  });
}

/** One at a time per host, in the order of asking. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<T>(host: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(host) ?? Promise.resolve()).then(work, work);
    this.#last.set(host, turn);
    return turn;
  }
}
