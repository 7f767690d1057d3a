/**
 * A lock file held by a process that is known by its id and start time. A process that died, or another one that
 * got the same id, holds nothing: its lock is taken over. Refuses while the holder lives, at once or after a while.
 */
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { LabError } from "../errors";

/**
 * Runs `work` while holding the lock.
 * @param because what the holder is doing, for the message of who comes second
 * @param patience seconds to wait for a living holder
 */
export async function withLock<T>(path: string, because: string, work: () => Promise<T>, patience = 0): Promise<T> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    await acquire(path, mine, because, Date.now() + patience * 1000);
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, because: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await link(mine, path); // atomic: it fails if the lock exists
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readFile(path, "utf8").catch(() => "");
    const [pid = "", start = ""] = holder.trim().split(" ");
    if (holder === "") continue; // released between the two calls
    if (startOf(Number(pid)) !== start) await discard(path, mine, holder);
    else if (Date.now() > deadline) throw new LabError(`${because} by process ${pid}`, { remedy: "wait until it is done, or end it, then try again" });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Takes a dead holder's lock away; one that somebody else has taken in the meantime is put back. */
async function discard(path: string, mine: string, dead: string): Promise<void> {
  const aside = `${mine}.aside`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody else was faster
  }
  if ((await readFile(aside, "utf8")) !== dead) await link(aside, path);
  await rm(aside, { force: true });
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
