/**
 * The whole of both files: local administration first, then what is declared in the declared order, then the refusal of
 * everything else. The first and the last cannot be declared away.
 */
import type { HbaDeclaration } from "../declare/hba";
import { FINAL_RECORDS, MANAGEMENT_RECORD, type HbaEntry } from "../model/hba";
import type { DesiredHba, Placed } from "../model/hba-state";
import type { InstanceReference } from "../model/instance";

export function resolveHba({ instance, records, identMappings, proofs, guardSeconds }: HbaDeclaration): DesiredHba {
  return {
    instance,
    records: [...builtIn([MANAGEMENT_RECORD]), ...placed("records", records), ...builtIn(FINAL_RECORDS)],
    identMappings: placed("identMappings", identMappings),
    proofs,
    guardSeconds,
  };
}

/** What an instance has when nothing is declared: local administration, and nobody else. */
export function resolveClosedHba(instance: InstanceReference, guardSeconds: number): DesiredHba {
  return { instance, records: builtIn([MANAGEMENT_RECORD, ...FINAL_RECORDS]), identMappings: [], proofs: [], guardSeconds };
}

const builtIn = (entries: readonly HbaEntry[]): readonly Placed<HbaEntry>[] => entries.map((entry) => ({ path: "records", entry }));

const placed = <Entry>(list: string, entries: readonly Entry[]): readonly Placed<Entry>[] => entries.map((entry, index) => ({ path: `${list}[${index}]`, entry }));
