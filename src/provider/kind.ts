/**
 * What one native resource type is, in pure functions of the stages. The generic adapter (resource.ts) turns a kind
 * into check, diff, create, read, update, delete and import; a kind itself knows neither Pulumi nor a connection.
 */
import type { IssueCollector } from "../declare/issue";
import type { Probe } from "../inspect/probe";
import type { Plan } from "../model/plan";
import type { Connection } from "../model/connection";

/** Property values as the stages see them: plain data whose leaves may be Secret or UNKNOWN. */
export type PropertyMap = Readonly<Record<string, unknown>>;

/** What every declaration of a host resource has. */
export interface OnHost {
  readonly connection: Connection;
}

/**
 * What is declared, wherever it lives.
 * @typeParam Declaration checked arguments with defaults filled in
 * @typeParam Desired the state the stages want, in the same shape as
 * @typeParam Observed what is there; plain data (strings, numbers, booleans, lists, records, Secret leaves), sorted,
 *   without clock or process ids: stored in Pulumi's state and shown by `pulumi refresh`
 */
export interface DeclaredKind<Declaration, Desired, Observed> {
  /** Last part of the type token: `Firewall` in `pgrampart:index:Firewall`. */
  readonly type: string;
  /** One paragraph for the schema and the reference. */
  readonly description: string;
  /**
   * Inputs that hold secrets, as path patterns (`connection.privateKey`, `roles[*].password`). They reach `declare`
   * wrapped in Secret even when the program passed plain strings; everywhere else values arrive unwrapped.
   */
  readonly secretInputs: readonly string[];
  /** Top-level inputs whose change means another object: replacement. */
  readonly replaceOn: readonly string[];
  /** Whether the old and the new object cannot exist side by side. @default - false: the new one is made first */
  readonly deleteBeforeReplace?: boolean;
  /** Awaited before `declare` is first called: loads what cannot be loaded at once. @default - nothing to wait for */
  ready?(): Promise<void>;
  /** Every fault into the collector. `undefined` when there are faults or when an unknown value keeps it from being whole. */
  declare(inputs: PropertyMap, issues: IssueCollector): Declaration | undefined;
  resolve(declaration: Declaration): Desired;
  /**
   * Tells objects of this type on one host apart: `17-main`. Part of the resource's id; two declarations with the same
   * answer are the same object, whatever `replaceOn` says. @default - one object per host
   */
  identify?(declaration: Declaration): string;
  /**
   * The smallest declaration (without `connection`) of the object that `identify`'s text names: enough to probe it, its
   * other values do not matter. `undefined`: no such text. For `pulumi import`. @default - `{}` for an empty text
   */
  declarationOf?(identity: string): PropertyMap | undefined;
  /**
   * What lets somebody in though nobody declared it, and which no update takes away; a refresh warns of what is new of it.
   * One printable text each, the same for the same thing. @default - nothing
   */
  leftAlone?(observed: Observed): readonly string[];
  /** The arguments (without `connection`) that would declare what was observed: the inputs after `pulumi import`. */
  adopt(observed: Observed): PropertyMap;
  /**
   * Outputs beside the echoed inputs and `observed`. `observed` is undefined in a preview that would change it;
   * an undefined answer means "not known yet". @default - none
   */
  readonly outputs?: Readonly<Record<string, (declaration: Declaration, observed: Observed | undefined) => unknown>>;
  /**
   * Steps from older forms of the stored observation to today's: `upgrades[0]` reads version 0 and gives version 1.
   * Append, never edit. @default - none: today's form is version 0
   */
  readonly upgrades?: readonly ((older: unknown) => unknown)[];
}

/** A kind whose object lives on a host. */
export interface ResourceKind<Declaration extends OnHost, Desired, Observed> extends DeclaredKind<Declaration, Desired, Observed> {
  /** Reads everything in the managed scope, also what nobody declared. */
  probe(desired: Desired): Probe<Observed>;
  /** Whether the object itself is gone from the host. @default - never: what is missing from it is drift */
  isAbsent?(observed: Observed): boolean;
  /** What leads from observed to desired; EMPTY_PLAN when nothing differs. `null`: this resource is being created. */
  plan(observed: Observed | null, desired: Desired): Plan;
  /** Takes back what the resource gave, in the way its declaration chooses; never more. */
  retire(observed: Observed, desired: Desired): Plan;
}
