/**
 * A lock held by a process that is known by its id and start time: a symbolic link whose target says who, because making
 * one is atomic and needs no second file. A process that died, or another one that got the same id, holds nothing: its
 * lock is taken over. Refuses while the holder lives, at once or after a while.
 */
import { readFileSync } from "node:fs";
import { readlink, rename, rm, symlink } from "node:fs/promises";
import { LabError } from "../errors";

/**
 * Runs `work` while holding the lock.
 * @param because what the holder is doing, for the message of who comes second
 * @param patience seconds to wait for a living holder
 */
export async function withLock<T>(path: string, because: string, work: () => Promise<T>, patience = 0): Promise<T> {
  await acquire(path, because, Date.now() + patience * 1000);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, because: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await symlink(`${process.pid}:${startOf(process.pid)}`, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined) continue; // released between the two calls
    const pid = holder.slice(0, holder.indexOf(":"));
    if (holder !== `${pid}:${startOf(Number(pid))}`) await discard(path, holder);
    else if (Date.now() > deadline) throw new LabError(`${because} by process ${pid}`, { remedy: "wait until it is done, or end it, then try again" });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Takes a dead holder's lock away; one that somebody else has taken in the meantime is put back. */
async function discard(path: string, dead: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody else was faster
  }
  const found = await readlink(aside);
  if (found !== dead) await symlink(found, path);
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
