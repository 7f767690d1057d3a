/**
 * The generic adapter: Pulumi's verbs in terms of a kind (pure) and its realm (effects). It decides nothing about the
 * object; it knows secrets, unknown values, stored state and what a failed step means for it.
 * check = declare; diff = changes against the stored observation, without a connection; create and update = converge;
 * read = inspect, or adopt for an import; delete = retire.
 */
import { formatIssue, IssueCollector } from "../declare/issue";
import { PlanError } from "../errors";
import type { Change } from "../model/plan";
import { detail, reportHazards, type DetailedChange, type HazardReport } from "./detail";
import { differences, type Difference } from "./difference";
import { describe, Fault, Incomplete, masking } from "./fault";
import type { DeclaredKind, PropertyMap } from "./kind";
import { covers, parsePath } from "./path";
import { HalfDone, type Occasion, type Realm } from "./realm";
import { separate, type Mask, type Secrecy } from "./secrecy";
import { readState, writeState } from "./state";

export interface CheckAnswer {
  /** What the program passed, with every secret marked. */
  readonly inputs: PropertyMap;
  /** All faults at once; printable. */
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
}

export interface DiffAnswer {
  readonly changes: readonly DetailedChange[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly hazards: readonly HazardReport[];
}

export interface Stored {
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export interface Effect extends Stored {
  readonly id: string;
  readonly hazards: readonly HazardReport[];
}

/** Something found where no such value may stand, by `decode`. */
export interface Refused {
  readonly path: readonly (string | number)[];
  readonly found: string;
}

export class Resource<Declaration, Desired, Observed> {
  constructor(
    readonly kind: DeclaredKind<Declaration, Desired, Observed>,
    private readonly realm: Realm<Declaration, Desired, Observed>,
  ) {}

  get isImportable(): boolean {
    return this.realm.isImportable;
  }

  check(news: PropertyMap, refused: readonly Refused[]): CheckAnswer {
    const secrecy = separate(news, this.kind.secretInputs);
    const issues = new IssueCollector();
    refused.forEach(({ path, found }) => issues.add(path, found, "plain values", "Pass the resource's id or the file's text instead."));
    this.kind.declare(secrecy.declared, issues);
    return {
      inputs: secrecy.marked,
      failures: issues.issues.map(secrecy.maskIssue).map((issue) => ({ path: issue.path, reason: formatIssue(issue) })),
    };
  }

  diff(stored: Stored, news: PropertyMap, ignored: readonly string[]): Promise<DiffAnswer> {
    const secrecy = separate(news, this.kind.secretInputs);
    return masking(secrecy.mask, () => {
      const declaration = this.#declare(secrecy);
      const inputs = differences(stored.inputs, secrecy.marked);
      const replaces = this.#replaces(stored.inputs, declaration, inputs);
      const observed = replaces.length > 0 ? null : readState<Declaration, Observed>(this.kind, stored.outputs);
      const all = declaration === undefined ? [] : this.realm.changes(observed, this.kind.resolve(declaration));
      const changes = replaces.length > 0 ? [] : all.filter((change) => !ignored.some((pattern) => covers(parsePath(pattern), parsePath(change.path))));
      return {
        changes: detail({ changes, inputs, replaceOn: replaces }, secrecy.marked, stored.outputs),
        replaces,
        deleteBeforeReplace: replaces.length > 0 && this.kind.deleteBeforeReplace === true,
        hazards: this.#report(replaces.length > 0 ? all : changes, secrecy),
      };
    });
  }

  previewCreate(news: PropertyMap): Promise<Effect> {
    return this.#preview("", null, news);
  }

  previewUpdate(id: string, stored: Stored, news: PropertyMap): Promise<Effect> {
    return this.#preview(id, readState<Declaration, Observed>(this.kind, stored.outputs), news);
  }

  create(name: string, news: PropertyMap, occasion: Occasion): Promise<Effect> {
    const secrecy = separate(news, this.kind.secretInputs);
    return masking(secrecy.mask, () => {
      const declaration = this.#declareWhole(secrecy);
      return this.#converge(this.#identify(name, declaration, secrecy), secrecy, declaration, null, occasion);
    });
  }

  update(id: string, stored: Stored, news: PropertyMap, occasion: Occasion): Promise<Effect> {
    const secrecy = separate(news, this.kind.secretInputs);
    return masking(secrecy.mask, () => this.#converge(id, secrecy, this.#declareWhole(secrecy), readState<Declaration, Observed>(this.kind, stored.outputs), occasion));
  }

  /** `undefined` when the object is gone. */
  read(id: string, stored: Stored, occasion: Occasion): Promise<Effect | undefined> {
    const secrecy = separate(stored.inputs, this.kind.secretInputs);
    return masking(secrecy.mask, async () => {
      const declaration = this.#declareWhole(secrecy);
      const desired = this.kind.resolve(declaration);
      const before = readState<Declaration, Observed>(this.kind, stored.outputs);
      const observed = await this.realm.read(declaration, desired, before, occasion);
      if (observed === null) {
        return undefined;
      }
      const drift = this.realm.changes(observed, desired);
      return { id, inputs: secrecy.marked, outputs: writeState(this.kind, { secrecy, declaration, observed, drift }), hazards: this.#newcomers(before, observed, secrecy) };
    });
  }

  /** Adopts what is there. `beside` are inputs that an observation cannot tell, such as the connection. */
  async adopt(id: string, identity: string, beside: PropertyMap, occasion: Occasion): Promise<Effect | undefined> {
    const least = this.kind.declarationOf === undefined ? (identity === "" ? {} : undefined) : this.kind.declarationOf(identity);
    if (least === undefined) {
      throw new PlanError(`"${id}" does not name a ${this.kind.type}`, { remedy: "See the resource's reference for the form of its import id." });
    }
    const probing = separate({ ...least, ...beside }, this.kind.secretInputs);
    return masking(probing.mask, async () => {
      const scope = this.#declareWhole(probing);
      const observed = await this.realm.read(scope, this.kind.resolve(scope), null, occasion);
      if (observed === null) {
        return undefined;
      }
      const secrecy = separate({ ...this.kind.adopt(observed), ...beside }, this.kind.secretInputs);
      const declaration = this.#declare(secrecy);
      return { id, inputs: secrecy.marked, outputs: writeState(this.kind, { secrecy, declaration, observed, drift: [] }), hazards: [] };
    });
  }

  delete(stored: Stored, occasion: Occasion): Promise<void> {
    const secrecy = separate(stored.inputs, this.kind.secretInputs);
    return masking(secrecy.mask, () => {
      const declaration = this.#declareWhole(secrecy);
      return this.realm.retire(declaration, this.kind.resolve(declaration), masked(occasion, secrecy.mask));
    });
  }

  #preview(id: string, observed: Observed | null, news: PropertyMap): Promise<Effect> {
    const secrecy = separate(news, this.kind.secretInputs);
    return masking(secrecy.mask, () => {
      const declaration = this.#declare(secrecy);
      const changes = declaration === undefined ? undefined : this.realm.changes(observed, this.kind.resolve(declaration));
      const isKept = observed !== null && changes?.length === 0;
      const outputs = writeState(this.kind, { secrecy, declaration, observed: isKept ? observed : undefined, drift: [] });
      return { id, inputs: secrecy.marked, outputs, hazards: this.#report(changes ?? [], secrecy) };
    });
  }

  async #converge(id: string, secrecy: Secrecy, declaration: Declaration, stored: Observed | null, occasion: Occasion): Promise<Effect> {
    const desired = this.kind.resolve(declaration);
    const outputs = (observed: Observed | null): PropertyMap =>
      writeState(this.kind, { secrecy, declaration, observed, drift: observed === null ? [] : this.realm.changes(observed, desired) });
    try {
      return { id, inputs: secrecy.marked, outputs: outputs(await this.realm.converge(declaration, desired, stored, masked(occasion, secrecy.mask))), hazards: [] };
    } catch (error) {
      if (error instanceof HalfDone) {
        throw new Incomplete(id, outputs(error.observed as Observed | null), [describe(error.reason, secrecy.mask)]);
      }
      throw error;
    }
  }

  /** Faults are check's affair: here a declaration that is not whole is just not there. */
  #declare(secrecy: Secrecy): Declaration | undefined {
    return this.kind.declare(secrecy.declared, new IssueCollector());
  }

  #declareWhole(secrecy: Secrecy): Declaration {
    const issues = new IssueCollector();
    const declaration = this.kind.declare(secrecy.declared, issues);
    if (declaration === undefined) {
      const faults = issues.issues.map((issue) => formatIssue(secrecy.maskIssue(issue)));
      throw new Fault(faults.length > 0 ? faults.join("\n") : `${this.kind.type}: a value that the declaration needs is not known`);
    }
    return declaration;
  }

  /** The changed inputs that make it another object. Where both identities are known they decide, not the inputs. */
  #replaces(before: PropertyMap, declaration: Declaration | undefined, inputs: readonly Difference[]): readonly string[] {
    const changed = [...new Set(inputs.map(({ path }) => String(path[0])))];
    const named = changed.filter((name) => this.kind.replaceOn.includes(name));
    const previous = this.#declare(separate(before, this.kind.secretInputs));
    if (this.kind.identify === undefined || previous === undefined || declaration === undefined) {
      return named;
    }
    const isSame = this.kind.identify(previous) === this.kind.identify(declaration);
    return isSame ? [] : named.length > 0 ? named : changed;
  }

  /** Host and identity; the logical name where the host is secret or there is none. */
  #identify(name: string, declaration: Declaration, secrecy: Secrecy): string {
    const host = (secrecy.marked["connection"] as PropertyMap | undefined)?.["host"];
    const identity = this.kind.identify?.(declaration) ?? "";
    return `${typeof host === "string" ? host : name}${identity === "" ? "" : `/${identity}`}`;
  }

  /** Beside the drift that an update would repair. */
  #newcomers(before: Observed | null, observed: Observed, secrecy: Secrecy): readonly HazardReport[] {
    const known = before === null ? [] : (this.kind.leftAlone?.(before) ?? []);
    const all = this.kind.leftAlone?.(observed) ?? [];
    return all.filter((text) => !known.includes(text)).map((text) => ({ isWarning: true, text: secrecy.mask(`new on the host, declared by nobody and left alone: ${text}`) }));
  }

  #report(changes: readonly Change[], secrecy: Secrecy): readonly HazardReport[] {
    return reportHazards(changes).map((report) => ({ ...report, text: secrecy.mask(report.text) }));
  }
}

function masked(occasion: Occasion, mask: Mask): Occasion {
  return { ...occasion, progress: (message) => occasion.progress(mask(message)), warn: (message) => occasion.warn(mask(message)) };
}
