/**
 * Pulumi's detailed diff from the two differences there are: what would change on the host (paths of declared
 * properties, or of `observed` for what nobody declared) and what changed in the program. Where both speak of the same
 * place the wider path is kept, since overlapping paths hide each other in Pulumi's display.
 */
import { formatPath, type Path } from "../declare/issue";
import type { Change, Hazard } from "../model/plan";
import type { Difference } from "./difference";
import type { PropertyMap } from "./kind";
import { covers, parsePath } from "./path";
import { isDeclared } from "./state";

export interface DetailedChange {
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  readonly isReplacing: boolean;
  /** Whether the old value is to be shown from the inputs; otherwise from the outputs, which hold what the host showed. */
  readonly isInput: boolean;
}

export interface Told {
  /** What would change on the host. */
  readonly changes: readonly Change[];
  /** What changed in the program. */
  readonly inputs: readonly Difference[];
  /** Inputs that replace; empty when nothing does. */
  readonly replaceOn: readonly string[];
}

/** Sorted by path. `news` and `outputs` tell which paths Pulumi can display. */
export function detail({ changes, inputs, replaceOn }: Told, news: PropertyMap, outputs: PropertyMap): readonly DetailedChange[] {
  const onHost = changes.map((change) => ({ path: shownPath(change.path, news), kind: change.kind, isInput: false }));
  const inProgram = inputs.map((difference) => ({ ...difference, isInput: true }));
  const displayable = [...onHost.filter(({ path }) => isDeclared(news, path) && !isNameless(path, outputs)), ...inProgram];
  // A change that Pulumi cannot display still makes an update; the hazards name it.
  const all = displayable.length > 0 ? displayable : onHost;
  const isHidden = (path: Path, index: number): boolean =>
    all.some((other, otherIndex) => covers(other.path, path) && (other.path.length < path.length || otherIndex < index));
  return all
    .filter(({ path }, index) => !isHidden(path, index))
    .map(({ path, kind, isInput }) => ({ path: formatPath(path), kind, isInput, isReplacing: replaceOn.includes(String(path[0])) }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What nobody declared is shown by a property named by its whole path: see `writeState`. */
function shownPath(text: string, news: PropertyMap): Path {
  const path = parsePath(text);
  return isDeclared(news, path) ? path : [text];
}

/** A property named by a path that the stored outputs do not have: Pulumi would show it without a value. */
function isNameless(path: Path, outputs: PropertyMap): boolean {
  const [name] = path;
  return path.length === 1 && typeof name === "string" && parsePath(name).length > 1 && !(name in outputs);
}

/** What each hazard means to the person who reads the preview, and whether it is a warning. */
export const HAZARDS: Readonly<Record<Hazard, { readonly isWarning: boolean; readonly meaning: string }>> = {
  lockout: { isWarning: true, meaning: "could lock you out; a timed rollback on the host undoes it unless a fresh login succeeds" },
  restart: { isWarning: true, meaning: "restarts PostgreSQL and ends every session" },
  "access-widened": { isWarning: true, meaning: "lets somebody in, or do more, who could not before" },
  "data-loss": { isWarning: true, meaning: "destroys data" },
  "session-end": { isWarning: true, meaning: "ends sessions" },
  failover: { isWarning: true, meaning: "moves the primary to another node" },
  "access-narrowed": { isWarning: false, meaning: "takes access away from somebody" },
  reload: { isWarning: false, meaning: "reloads the service" },
};

const SHOWN_PATHS = 5;

export interface HazardReport {
  readonly isWarning: boolean;
  readonly text: string;
}

/** One line per hazard, in the table's order: `restart: parameters["max_connections"]: restarts PostgreSQL …`. */
export function reportHazards(changes: readonly Change[]): readonly HazardReport[] {
  return Object.entries(HAZARDS).flatMap(([hazard, { isWarning, meaning }]) => {
    const paths = [...new Set(changes.filter((change) => change.hazards.includes(hazard as Hazard)).map((change) => change.path))];
    const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : "";
    return paths.length === 0 ? [] : [{ isWarning, text: `${hazard}: ${paths.slice(0, SHOWN_PATHS).join(", ")}${more}: ${meaning}` }];
  });
}
