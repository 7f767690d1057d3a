/** What must precede what: one row for each kind of change. */
import type { AccessChange } from "../model/access";
import { OBJECT_KINDS } from "../model/privilege";

/**
 * `prepare`: harmless and repeatable, outside any transaction. `instance`: one transaction in the maintenance database.
 * `inside`: one transaction in each database. `end`, `clear`, `drop`: after everything else, one after the other.
 */
const STAGES = ["prepare", "instance", "inside", "end", "clear", "drop"] as const;

export type Stage = (typeof STAGES)[number];

const ORDER: Readonly<Record<AccessChange["kind"], readonly [Stage | "by object", number]>> = {
  createRole: ["prepare", 1],
  createDatabase: ["prepare", 2],
  revokeMembership: ["instance", 1],
  // Changing an owner rewrites the privileges that name it: before any privilege.
  alterDatabase: ["instance", 2],
  alterRole: ["instance", 5],
  setPassword: ["instance", 6],
  resetRoleSetting: ["instance", 7],
  setRoleSetting: ["instance", 8],
  resetDatabaseSetting: ["instance", 9],
  setDatabaseSetting: ["instance", 10],
  commentRole: ["instance", 11],
  grantMembership: ["instance", 12],
  createSchema: ["inside", 1],
  createExtension: ["inside", 2],
  moveExtension: ["inside", 2],
  updateExtension: ["inside", 3],
  alterOwner: ["inside", 4],
  commentSchema: ["inside", 5],
  revoke: ["by object", 20],
  // Only after every revoke, which may take wanted grants along.
  grant: ["by object", 21],
  revokeDefault: ["inside", 22],
  grantDefault: ["inside", 23],
  dropPolicy: ["inside", 24],
  createPolicy: ["inside", 25],
  switchRowSecurity: ["inside", 26],
  endSessions: ["end", 1],
  clearHoldings: ["clear", 1],
  dropRole: ["drop", 1],
  dropDatabase: ["drop", 2],
};

export function stageOf(change: AccessChange): Stage {
  const [stage] = ORDER[change.kind];
  if (stage !== "by object") {
    return stage;
  }
  return "object" in change && OBJECT_KINDS[change.object.kind].reach === "instance" ? "instance" : "inside";
}

/** A stable sort: changes of one kind keep their order. */
export function inOrder(changes: readonly AccessChange[]): readonly AccessChange[] {
  const rank = (change: AccessChange): number => STAGES.indexOf(stageOf(change)) * 100 + ORDER[change.kind][1];
  return [...changes].sort((a, b) => rank(a) - rank(b));
}
