/**
 * Control groups (version 2) that hold the processes of a machine: the one handle by which all of them can be ended
 * and by which a machine is known to run. Next to a version 1 hierarchy systemd-nspawn mirrors the names there;
 * those are removed too.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../errors";

const patience = 10_000;

/** Where control groups of version 2 are mounted, or nothing. */
export function controlGroupMount(): string | undefined {
  return mounts("cgroup2")[0];
}

/** The folder of a group. */
export function controlGroupPath(name: string): string {
  return join(controlGroupMount() ?? "/sys/fs/cgroup", name);
}

/** Makes a group, passing on every controller that its parents offer. */
export async function makeControlGroup(name: string): Promise<void> {
  const path = controlGroupPath(name);
  await mkdir(path, { recursive: true });
  for (const folder of [dirname(path), path]) {
    const offered = await readFile(join(folder, "cgroup.controllers"), "utf8").catch(() => "");
    for (const controller of offered.split(/\s+/).filter((word) => word !== "")) {
      // Not every controller can be passed on everywhere; a machine runs without it.
      await writeFile(join(folder, "cgroup.subtree_control"), `+${controller}`).catch(() => undefined);
    }
  }
}

/** Whether a process lives in the group or below. */
export async function isPopulated(name: string): Promise<boolean> {
  const events = await readFile(join(controlGroupPath(name), "cgroup.events"), "utf8").catch(() => "");
  return /^populated 1$/m.test(events);
}

/** Waits until no process is left in the group. @returns false if some are left after `milliseconds` */
export function waitUntilEmpty(name: string, milliseconds: number): Promise<boolean> {
  return waitFor(async () => !(await isPopulated(name)), milliseconds);
}

/** Waits until a process has joined the group. @returns false if none has after `milliseconds` */
export function waitUntilPopulated(name: string, milliseconds: number): Promise<boolean> {
  return waitFor(() => isPopulated(name), milliseconds);
}

/** Kills every process of the group and removes the group everywhere. A group that does not exist is no fault. */
export async function removeControlGroup(name: string): Promise<void> {
  const path = controlGroupPath(name);
  if (existsSync(path)) {
    await writeFile(join(path, "cgroup.kill"), "1");
    if (!(await waitUntilEmpty(name, patience))) {
      throw new LabError(`processes in ${path} do not end`, { remedy: `look at them (cat ${path}/cgroup.procs and below), then run lab down again` });
    }
  }
  for (const mount of [...mounts("cgroup2"), ...mounts("cgroup")]) {
    if (existsSync(join(mount, name))) await removeTree(join(mount, name));
  }
}

async function removeTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(path, entry.name));
  }
  await rmdir(path);
}

function mounts(type: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, target, mountType]) => (mountType === type && target !== undefined ? [target] : []));
}

async function waitFor(condition: () => Promise<boolean>, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
