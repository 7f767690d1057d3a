/**
 * A lock file held by a process that is known by its id and start time. A process that died, or another one that
 * got the same id, holds nothing: its lock is taken over. Refuses (does not wait) while the holder lives.
 */
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { LabError } from "../errors";

/**
 * Runs `work` while holding the lock.
 * @param because what the holder is doing, for the message of who comes second
 */
export async function withLock<T>(path: string, because: string, work: () => Promise<T>): Promise<T> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    await acquire(path, mine, because);
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, because: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return await link(mine, path); // atomic: it fails if the lock exists
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readFile(path, "utf8").catch(() => "");
    const [pid = "", start = ""] = holder.trim().split(" ");
    if (holder !== "" && startOf(Number(pid)) === start) {
      throw new LabError(`${because} by process ${pid}`, { remedy: "wait until it is done, or end it, then try again" });
    }
    const stale = `${mine}.stale`;
    await rename(path, stale).catch(() => undefined);
    await rm(stale, { force: true });
  }
  throw new LabError(`${path} could not be taken`, { remedy: "try again" });
}

/** Start time of a living process in clock ticks since boot, with the boot's id; empty if there is none. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : `${bootId()}:${fields[19]}`;
  } catch {
    return "";
  }
}

/** Identifies the running kernel since its start. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
