/**
 * Carries out a plan: one script up to the point where the control side must prove from outside that it still gets in,
 * the proofs, then the commit. Whatever happens, the answer is the truth about the host: applied, put back (and
 * compared), or not known. A lost connection is never answered by running a step again, only by asking.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { ApplyError, ConnectError, PgrampartError } from "../errors";
import { maskSecrets } from "../model/masking";
import { isEmptyPlan, type Plan, type Script, type Step } from "../model/plan";
import { Secret } from "../model/secret";
import type { Transport } from "../transport/transport";
import { DEFAULT_STEP_TIMEOUT, type Transaction } from "./journal";
import { parseOutcome, type Failure, type Outcome } from "./outcome";
import { conclude, LOCK_WAIT, type Fate } from "./settle";
import { renderCommit, renderTransaction, type Phase } from "./transaction";

export interface ApplyOptions {
  /** Cancels: before the change nothing is done, during it the running script ends first, then all is put back. */
  readonly signal?: AbortSignal;
  /** One line about what goes on. */
  readonly log?: (line: string) => void;
}

/** Phases whose steps are the plan's own. */
type PlanPhase = "prepare" | "validate" | "activate" | "verify" | "finish";

/** Seconds that staging, copying and syncing may take beside the plan's own steps. */
const OVERHEAD = 120;
/** Seconds before the timer fires in which no proof is begun any more: the commit must come first. */
const MARGIN = 3;
/** Seconds for one proof: a login that takes longer is no login. */
const PROOF_LIMIT = 20;
/** Seconds after a guard's end during which an unreachable host is asked how it went. */
const PATIENCE = 90;

export async function applyPlan(transport: Transport, plan: Plan, options: ApplyOptions = {}): Promise<void> {
  if (isEmptyPlan(plan)) {
    return;
  }
  options.signal?.throwIfAborted();
  await transport.lock(LOCK_WAIT);
  await new Execution(transport, { id: newId(), plan }, options).run();
}

/** Sorts by time, so that a person finds the latest. */
function newId(): string {
  return `${Date.now().toString(36)}-${randomBytes(4).toString("hex")}`;
}

class Execution {
  constructor(private readonly transport: Transport, private readonly transaction: Transaction, private readonly options: ApplyOptions) {}

  async run(): Promise<void> {
    const { plan } = this.transaction;
    this.#log(`applying ${plan.files.length} files and ${plan.prepare.length + plan.activate.length + plan.finish.length} steps`);
    const outcome = await this.#carryOut("applying the change", renderTransaction(this.transaction), [...plan.prepare, ...plan.validate, ...plan.activate, ...plan.verify, ...plan.restore, ...plan.finish]);
    if (outcome.kind === "ready") {
      await this.#prove(outcome.seconds);
      await this.#carryOut("committing the change", renderCommit(this.transaction), plan.finish);
    }
  }

  /** Runs a script of the transaction; resolves to `done` or `ready`. */
  async #carryOut(title: string, script: Script, steps: readonly Step[]): Promise<Exclude<Outcome, Failure>> {
    const timeout = OVERHEAD + steps.reduce((sum, step) => sum + (step.timeout ?? DEFAULT_STEP_TIMEOUT) + 5, 0);
    const outcome = await this.transport.run(title, script, { timeout }).then(parseOutcome).catch((error: unknown) => this.#afterLoss(title, error));
    if (outcome.kind === "failed") {
      throw this.#failure(outcome);
    }
    return outcome;
  }

  /** Every proof is a login that begins after the swap; the first that fails puts everything back. */
  async #prove(seconds: number): Promise<void> {
    const deadline = Date.now() + (seconds - MARGIN) * 1000;
    for (const proof of this.transaction.plan.guard?.proofs ?? []) {
      if (this.options.signal?.aborted === true) {
        throw await this.#undo("before the proof", "the update was cancelled", "Run the update again.");
      }
      this.#log(proof.title);
      const left = Math.min(Math.max((deadline - Date.now()) / 1000, 1), PROOF_LIMIT);
      try {
        await this.transport.runFresh(proof.title, proof.script, { timeout: left });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw await this.#undo(proof.title, `the change would lock out: a new connection failed: ${this.#mask(reason)}`, "Correct the declaration so that this connection stays possible, then update again.", error);
      }
    }
    if (this.options.signal?.aborted === true) {
      throw await this.#undo("before the commit", "the update was cancelled", "Run the update again.");
    }
  }

  async #undo(step: string, message: string, remedy: string, cause?: unknown): Promise<ApplyError> {
    this.#log("putting the old state back");
    const fate = await this.#ask();
    return this.#error(step, fate, message, remedy, cause);
  }

  /** The script's answer did not come. Whatever the host did, it is brought to an end and told. */
  async #afterLoss(title: string, error: unknown): Promise<never> {
    if (!(error instanceof ConnectError)) {
      const reason = error instanceof PgrampartError ? error.message : String(error);
      throw this.#error(title, await this.#ask(), reason, "Run the update again; if it repeats, look at the host's disk and memory.", error);
    }
    this.#log("the connection was lost; asking the host how it went");
    const fate = await this.#ask();
    const message = fate === "committed" ? `the change is in place, but ${error.message}` : error.message;
    throw this.#error(title, fate, message, "Run the update again: it looks at the host first.", error);
  }

  /** Asks until the host answers or must long have put itself back; `unknown` when it never does. */
  async #ask(): Promise<Fate | "unknown"> {
    const deadline = Date.now() + ((this.transaction.plan.guard?.seconds ?? 0) + PATIENCE) * 1000;
    for (;;) {
      try {
        return await conclude(this.transport, this.transaction.id);
      } catch (error) {
        if (!(error instanceof ConnectError)) {
          return "stuck";
        }
        if (Date.now() >= deadline) {
          return "unknown";
        }
        await pause(1000);
      }
    }
  }

  #failure({ phase, index, status, fate, words }: Failure): ApplyError {
    const { plan } = this.transaction;
    const step = phase in OWN_STEPS ? OWN_STEPS[phase as keyof typeof OWN_STEPS] : (plan[phase as PlanPhase][index]?.title ?? phase);
    const reason = status === 124 || status === 137 ? "it did not end in time" : `it failed with status ${status}`;
    const said = this.#mask(words).trim();
    const remedy = phase === "begin" ? "Settle the interrupted update first: run the update again." : "Correct what the host complains about, then update again.";
    const state = fate !== "unchanged" ? fate : phase === "prepare" ? "prepared" : "absent";
    return this.#error(step, state, said === "" ? reason : `${reason}: ${said}`, remedy);
  }

  #error(step: string, fate: Fate | "unknown" | "prepared", message: string, remedy: string, cause?: unknown): ApplyError {
    const { seconds } = this.transaction.plan.guard ?? {};
    const addition = {
      committed: "; the change itself is in place",
      reverted: "",
      absent: "",
      prepared: "; nothing but preparation was done",
      stuck: "; the old state could NOT be put back completely: see /var/lib/pgrampart/journal on the host",
      unknown: seconds === undefined
        ? "; the host cannot be asked how it ended"
        : `; the host cannot be asked; it puts the old state back by itself ${seconds} s after the change`,
    }[fate];
    return new ApplyError(this.transport.name, step, fate === "reverted" || fate === "absent", `${message}${addition}`, { remedy, cause });
  }

  #mask(text: string): string {
    return maskSecrets(text, secretsOf(this.transaction.plan));
  }

  #log(line: string): void {
    this.options.log?.(line);
  }
}

/** What apply itself does, for "while …". */
const OWN_STEPS: Readonly<Record<Exclude<Phase, PlanPhase>, string>> = {
  begin: "looking for an interrupted update",
  stage: "staging the files",
  record: "saving the old files",
  arm: "arming the timed rollback",
  swap: "putting the files in place",
  commit: "committing the change",
};

function secretsOf(plan: Plan): readonly Secret<string>[] {
  const steps = [...plan.prepare, ...plan.validate, ...plan.activate, ...plan.restore, ...plan.verify, ...plan.finish, ...(plan.guard?.proofs ?? [])];
  const contents = plan.files.flatMap((file) => (file.content instanceof Secret ? [file.content] : []));
  return [...steps.flatMap((step) => step.script.secrets ?? []), ...contents];
}
