/**
 * Pulumi's detailed diff from the two differences there are: what would change on the host (paths of declared
 * properties, or of `observed` for what nobody declared) and what changed in the program. Where both speak of the same
 * place the wider path is kept, since overlapping paths hide each other in Pulumi's display.
 */
import { formatPath, type Path } from "../declare/issue";
import type { Change, Hazard } from "../model/plan";
import type { Difference } from "./difference";
import { covers, parsePath } from "./path";

export interface DetailedChange {
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  readonly isReplacing: boolean;
  /** Whether the old value is to be shown from the inputs; otherwise from the outputs, which hold what the host showed. */
  readonly isInput: boolean;
}

/** Sorted by path. `replaceOn` is empty when nothing replaces. */
export function detail(changes: readonly Change[], inputs: readonly Difference[], replaceOn: readonly string[]): readonly DetailedChange[] {
  const onHost = changes.map((change) => ({ path: parsePath(change.path), kind: change.kind, isInput: false }));
  const inProgram = inputs.map((difference) => ({ ...difference, isInput: true }));
  const all = [...onHost, ...inProgram];
  const isHidden = (path: Path, index: number): boolean =>
    all.some((other, otherIndex) => covers(other.path, path) && (other.path.length < path.length || otherIndex < index));
  return all
    .filter(({ path }, index) => !isHidden(path, index))
    .map(({ path, kind, isInput }) => ({ path: formatPath(path), kind, isInput, isReplacing: replaceOn.includes(String(path[0])) }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What each hazard means to the person who reads the preview, and whether it is a warning. */
const HAZARDS: Readonly<Record<Hazard, { readonly isWarning: boolean; readonly meaning: string }>> = {
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
    const paths = changes.filter((change) => change.hazards.includes(hazard as Hazard)).map((change) => change.path);
    const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : "";
    return paths.length === 0 ? [] : [{ isWarning, text: `${hazard}: ${paths.slice(0, SHOWN_PATHS).join(", ")}${more}: ${meaning}` }];
  });
}
