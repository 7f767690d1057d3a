/**
 * Records that cannot decide anything, because earlier ones match first whatever they match: on addresses, types, databases
 * and users taken together. They are refused, since whoever reads them believes in them.
 */
import { isDeepStrictEqual } from "node:util";
import { coveredBy } from "../model/hba-coverage";
import { isInclude, MANAGEMENT_RECORD, type HbaEntry, type HbaRecord } from "../model/hba";
import type { IssueCollector } from "./issue";

interface Placed {
  readonly record: HbaRecord;
  readonly index: number;
}

/** `entries` by their index; those that are faulty or unknown are missing. */
export function refuseUnreachable(entries: readonly (HbaEntry | undefined)[], issues: IssueCollector): void {
  const placed = entries.flatMap((entry, index): Placed[] => (entry === undefined || isInclude(entry) ? [] : [{ record: entry, index }]));
  const shadowing = new Map<HbaRecord, number>();
  placed.forEach(({ record, index }, position) => {
    const covering = coveredBy(record, [MANAGEMENT_RECORD, ...placed.slice(0, position).map((earlier) => earlier.record)]);
    if (covering === null) {
      return;
    }
    covering.forEach((earlier) => shadowing.set(earlier, (shadowing.get(earlier) ?? 0) + (covering.length === 1 ? 1 : 0)));
    refuse(record, index, covering, placed, issues);
  });
  placed.forEach(({ record, index }, position) => {
    const later = placed.length - position - 1;
    if (later >= 2 && shadowing.get(record) === later) {
      issues.add(["records", index], summary(record), "a record that leaves something to the ones after it", `All ${later} records after it are never reached: move it to the end, or narrow it.`);
    }
  });
}

function refuse(record: HbaRecord, index: number, covering: readonly HbaRecord[], placed: readonly Placed[], issues: IssueCollector): void {
  if (covering.includes(MANAGEMENT_RECORD)) {
    issues.add(["records", index], summary(record), "a record beside the built-in `local all postgres peer`", "Remove it: local administration is always the first record and cannot be changed.");
    return;
  }
  const names = placed.filter((earlier) => covering.includes(earlier.record)).map((earlier) => `records[${earlier.index}]`).join(" and ");
  const [only] = covering;
  if (covering.length === 1 && only !== undefined && isDeepStrictEqual(matched(only), matched(record))) {
    issues.add(["records", index], summary(record), `each type, database, user and address once; ${names} has the same`, "Remove one of the two: only the first is ever used.");
    return;
  }
  issues.add(["records", index], summary(record), `a record that some connection reaches; ${names} already ${covering.length === 1 ? "matches" : "match"} all of it`, "Move it up, narrow what stands before it, or remove it.");
}

/** What decides whether a connection fits. */
function matched(record: HbaRecord): unknown {
  const { type, databases, users } = record;
  return { type, databases, users, address: record.type === "local" ? null : record.address };
}

const summary = (record: HbaRecord): string => `${record.type} … ${record.method}`;
