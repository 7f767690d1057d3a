/**
 * What a lab has made outside its own folder, written down before it is made. Namespaces and control groups carry the
 * lab's random id in their names, so what the journal names is this lab's and nobody else's. Killing a recorded
 * control group ends exactly the processes of this lab's machines, whatever they have become.
 * A journal of an earlier boot names nothing that still exists.
 */
import { appendFile, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeControlGroup } from "./control-group";
import { bootId } from "./lock";
import { removeNamespace } from "./namespace";

export type LabRecord =
  | { readonly kind: "boot"; readonly id: string }
  | { readonly kind: "namespace"; readonly name: string }
  | { readonly kind: "control-group"; readonly name: string }
  | { readonly kind: "network-complete" };

const fileName = "journal.jsonl";

/** Writes a record and waits until it is on disk. */
export async function recordInJournal(directory: string, ...records: LabRecord[]): Promise<void> {
  const file = join(directory, fileName);
  await appendFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The records of this boot, in the order in which they were written. A line cut short by a crash was never acted on. */
export async function readJournal(directory: string): Promise<LabRecord[]> {
  const text = await readFile(join(directory, fileName), "utf8").catch(() => "");
  const records = text.split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as LabRecord);
  const [first] = records;
  return first?.kind === "boot" && first.id === bootId() ? records : [];
}

/** Removes everything the journal names, machines first, then the journal itself. Doing it twice does no harm. */
export async function sweep(directory: string): Promise<void> {
  const records = await readJournal(directory);
  for (const record of records) {
    if (record.kind === "control-group") await removeControlGroup(record.name);
  }
  for (const record of records) {
    if (record.kind === "namespace") await removeNamespace(record.name);
  }
  await rm(join(directory, fileName), { force: true });
}
