/**
 * What Pulumi's state keeps of a resource: its inputs as the host shows them, the outputs of its kind, the whole
 * observation, and the version of that observation's form. Older forms are upgraded on the way in; a newer one is refused.
 */
import type { Path } from "../declare/issue";
import { PlanError } from "../errors";
import type { Change } from "../model/plan";
import { Secret } from "../model/secret";
import { isUnknown, UNKNOWN } from "../model/unknown";
import type { DeclaredKind, PropertyMap } from "./kind";
import { parsePath } from "./path";
import { expose, isRecord } from "./property";
import type { Secrecy } from "./secrecy";

const OBSERVED = "observed";
const VERSION = "stateVersion";

interface Content<Declaration, Observed> {
  readonly secrecy: Secrecy;
  readonly declaration: Declaration | undefined;
  /** `undefined`: a preview that would change it. `null`: it could not be read. */
  readonly observed: Observed | null | undefined;
  /** What still leads from observed to desired: shown at the inputs' own paths. */
  readonly drift: readonly Change[];
}

// The three type parameters of a kind matter only inside it; here it is one of many.
type AnyKind<Declaration, Observed> = Pick<DeclaredKind<Declaration, never, Observed>, "outputs" | "upgrades" | "type">;

/** Outputs to store and to show. */
export function writeState<Declaration, Observed>(kind: AnyKind<Declaration, Observed>, content: Content<Declaration, Observed>): PropertyMap {
  const { secrecy, declaration, observed, drift } = content;
  const derive = (output: (declaration: Declaration, observed: Observed | undefined) => unknown): unknown =>
    (declaration === undefined ? undefined : output(declaration, observed ?? undefined)) ?? (observed === undefined ? UNKNOWN : undefined);
  const derived = Object.entries(kind.outputs ?? {}).map(([name, output]) => [name, derive(output)] as const);
  const shown = drift.reduce<PropertyMap>((inputs, change) => show(inputs, change), secrecy.marked);
  return {
    ...shown,
    ...Object.fromEntries(derived),
    [OBSERVED]: observed === undefined ? UNKNOWN : secrecy.isWidened ? new Secret(pack(observed)) : observed,
    [VERSION]: (kind.upgrades ?? []).length,
  };
}

/** The stored observation in today's form; `null` when none could be read last time. */
export function readState<Declaration, Observed>(kind: AnyKind<Declaration, Observed>, outputs: PropertyMap): Observed | null {
  const upgrades = kind.upgrades ?? [];
  const version = Number(expose(outputs[VERSION]) ?? 0);
  if (version > upgrades.length) {
    throw new PlanError(`the state of this ${kind.type} was written by a newer pgrampart (form ${version}, this one knows ${upgrades.length})`, {
      remedy: "Upgrade the package pgrampart in this program.",
    });
  }
  const stored = outputs[OBSERVED];
  const opened = stored instanceof Secret ? unpack(stored.reveal()) : stored;
  if (opened === null || opened === undefined || isUnknown(opened)) {
    return null;
  }
  return upgrades.slice(version).reduce<unknown>((older, upgrade) => upgrade(older), opened) as Observed;
}

const MISSING = "missing";

const PACKED = "pgrampart:secret";

/** Secrets cannot nest in the state; inside an observation that is secret as a whole they become records. */
function pack(value: unknown): unknown {
  if (value instanceof Secret) {
    return { [PACKED]: pack(value.reveal()) };
  }
  return mapInside(value, pack);
}

function unpack(value: unknown): unknown {
  return isRecord(value) && PACKED in value ? new Secret(unpack(value[PACKED])) : mapInside(value, unpack);
}

function mapInside(value: unknown, map: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(map);
  }
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner)])) : value;
}

/**
 * The inputs with one difference as the host shows it. Pulumi displays a detailed path only where the program declares
 * what leads to it, so what nobody declared gets a property of its own, named by its path; it says so where the host
 * lacks what a default asks for, since a property without a value would not be shown.
 */
function show(inputs: PropertyMap, { path, before }: Change): PropertyMap {
  const parts = parsePath(path);
  return isDeclared(inputs, parts) ? (put(inputs, parts, before) as PropertyMap) : { ...inputs, [path]: before ?? MISSING };
}

/** Whether the program has the property that the path starts with; a path of one part needs none. */
export function isDeclared(inputs: PropertyMap, path: Path): boolean {
  return path.length === 1 || (path[0] !== undefined && path[0] in inputs);
}

/** The value with `leaf` at the path, where the path leads through what is there; unchanged where it does not. */
function put(value: unknown, path: Path, leaf: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) {
    return leaf;
  }
  if (Array.isArray(value) && typeof part === "number" && part < value.length) {
    return value.map((element, index) => (index === part ? put(element, rest, leaf) : element));
  }
  if (isRecord(value) && (part in value || rest.length === 0) && part !== "__proto__") {
    return { ...value, [part]: put(value[part], rest, leaf) };
  }
  return value;
}
