/**
 * From observed to desired host-based access: both files swapped together, checked by the server, loaded once, proven by a
 * new login, all under the timed rollback. Retiring leaves the closed form behind: the local administrator and nobody else.
 */
import type { DesiredHba, ObservedHba } from "../model/hba-state";
import { EMPTY_PLAN, type Plan } from "../model/plan";
import { checkHbaStep, hbaProofs, reloadHbaStep, restoreHbaStep } from "../render/hba-steps";
import { hbaFiles } from "../render/hba";
import { diffHba, staleFiles } from "./hba";

/** @param observed `null` while nothing is known: everything is to be done */
export function planHba(observed: ObservedHba | null, desired: DesiredHba): Plan {
  const changes = diffHba(observed, desired);
  const files = observed === null ? hbaFiles(desired) : staleFiles(observed, desired);
  if (changes.length === 0 && files.length === 0) {
    return EMPTY_PLAN;
  }
  const { instance, guardSeconds, proofs } = desired;
  return {
    ...EMPTY_PLAN,
    changes,
    files,
    activate: [checkHbaStep(instance), reloadHbaStep(instance)],
    restore: files.length === 0 ? [] : [restoreHbaStep(instance)],
    // Nothing to go back to where only the reload was missing.
    guard: files.length === 0 ? null : { seconds: guardSeconds, proofs: hbaProofs(instance, proofs) },
  };
}

/** `closed` is the form to leave behind. Where the instance is gone or does not run, there is nobody to load it. */
export function retireHba(observed: ObservedHba, closed: DesiredHba): Plan {
  if (observed.files.length === 0) {
    return EMPTY_PLAN;
  }
  const plan = planHba(observed, closed);
  return observed.server === null ? { ...plan, activate: [], guard: null } : plan;
}
