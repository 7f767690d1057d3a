/**
 * One host as a systemd-nspawn machine. Its disk is an overlay over the base image, mounted in a mount namespace of the
 * machine's own launcher: the mount lives exactly as long as the machine, so none can be left behind by a crash.
 * All processes are in one control group named after the lab's id, which is how a machine is found and ended.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../errors";
import { controlGroupPath, isPopulated, makeControlGroup, removeControlGroup, waitUntilEmpty, waitUntilPopulated } from "./control-group";
import { renderHostFiles, renderHostNames } from "./host-files";
import type { LabHost, LabInventory } from "./inventory";
import { inNamespace } from "./namespace";
import { bridgeName, fabricNamespace } from "./network";

/** Milliseconds until a launcher must have joined its control group. */
const launchPatience = 10_000;
/** Milliseconds that a host gets to power off by itself. */
const shutdownPatience = 30_000;
/** SIGRTMIN+4 asks systemd to power off (systemd(1), SIGNALS); glibc's SIGRTMIN is 34. */
const powerOffSignal = 38;

/**
 * Joins the control group, mounts the disk, and boots until the machine is switched off. systemd-nspawn ends with 133
 * when the machine wants to be rebooted. It gets a group of its own, because a group with processes cannot have
 * subgroups with controllers. A private tmpfs takes what systemd-nspawn would leave in /run.
 */
const launcher = `
set -eu
group=$1 image=$2 disk=$3; shift 3
echo $$ > "$group/launcher/cgroup.procs"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
while :; do
  status=0
  sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$group/machine" "$@" || status=$?
  [ "$status" -eq 133 ] || exit "$status"
done
`;

/** The control group that holds every machine of a lab. */
export function labGroup(id: string): string {
  return `pgrampart-${id}`;
}

export function isRunning(inventory: LabInventory, host: LabHost): Promise<boolean> {
  return isPopulated(machineGroup(inventory, host));
}

/** Powers a host on; its disk is made first if there is none. A host that runs is left alone. */
export async function startMachine(inventory: LabInventory, host: LabHost): Promise<void> {
  if (await isRunning(inventory, host)) return;
  const group = machineGroup(inventory, host);
  const disk = diskOf(inventory, host);
  if (!existsSync(join(disk, "ready"))) await makeDisk(inventory, host);
  await removeControlGroup(group);
  for (const part of ["", "launcher", "machine"]) await makeControlGroup(join(group, part));
  const boot = [
    "systemd-nspawn",
    `--directory=${join(disk, "root")}`,
    `--machine=${inventory.id}-${host.name}`,
    `--hostname=${host.name}`,
    `--network-bridge=${bridgeName}`,
    ...["--boot", "--register=no", "--keep-unit", "--settings=no", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only"],
  ];
  const [program = "", ...rest] = inNamespace(fabricNamespace(inventory.id), [
    ...["unshare", "--mount", "--", "sh", "-c", launcher, "launcher"],
    ...[controlGroupPath(group), inventory.image, disk, ...boot],
  ]);
  const log = await open(consoleOf(inventory, host), "a");
  // Every guest gets version 2 control groups, also where this machine still mounts version 1.
  const env = { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" };
  spawn(program, rest, { detached: true, stdio: ["ignore", log.fd, log.fd], env }).unref();
  await log.close();
  if (!(await waitUntilPopulated(group, launchPatience))) {
    throw new LabError(`${host.name} could not be started`, { remedy: `read what was said in ${consoleOf(inventory, host)}` });
  }
}

/** Asks a host to power off and waits; with `kill` the power is cut instead. A host that is off is left alone. */
export async function stopMachine(inventory: LabInventory, host: LabHost, options: { readonly kill: boolean }): Promise<void> {
  const group = machineGroup(inventory, host);
  if (!options.kill && (await isPopulated(group))) {
    const init = await readFile(join(controlGroupPath(group), "machine", "payload", "init.scope", "cgroup.procs"), "utf8").catch(() => "");
    const pid = Number(init.split("\n")[0]);
    if (pid > 1) process.kill(pid, powerOffSignal);
    if (pid > 1 && !(await waitUntilEmpty(group, shutdownPatience))) {
      throw new LabError(`${host.name} does not power off`, { remedy: `cut its power: pgrampart lab stop ${host.name} --kill --name ${inventory.name}` });
    }
  }
  await removeControlGroup(group);
}

/** Gives a host that is off a disk as on its first day. */
export async function makeDisk(inventory: LabInventory, host: LabHost): Promise<void> {
  const disk = diskOf(inventory, host);
  await rm(disk, { recursive: true, force: true });
  for (const part of ["upper", "work", "root"]) await mkdir(join(disk, part), { recursive: true });
  const keys = join(inventory.directory, "keys");
  const files = renderHostFiles(host, inventory, {
    labId: inventory.id,
    hostKey: await readFile(join(keys, `${host.name}_host`), "utf8"),
    hostKeyPublic: host.hostKeys[0] ?? "",
    adminKeyPublic: (await readFile(join(keys, "admin.pub"), "utf8")).trim(),
  });
  for (const file of files) {
    const path = join(disk, "upper", file.path);
    await copyFolders(inventory.image, join(disk, "upper"), dirname(file.path), file.owner);
    await writeFile(path, file.content, { mode: file.mode });
    await chmod(path, file.mode);
    if (file.owner !== undefined) await chown(path, ...file.owner);
  }
  await writeFile(join(disk, "ready"), "");
}

/** Where a host's console output goes. */
export function consoleOf(inventory: LabInventory, host: LabHost): string {
  return join(inventory.directory, `${host.name}.console`);
}

/** The names of all hosts as an /etc/hosts file for programs that run in a client network. */
export async function writeHostNames(inventory: LabInventory): Promise<string> {
  const file = join(inventory.directory, "hosts");
  await writeFile(file, renderHostNames(inventory));
  return file;
}

function diskOf(inventory: LabInventory, host: LabHost): string {
  return join(inventory.directory, "disks", host.name);
}

function machineGroup(inventory: LabInventory, host: LabHost): string {
  return join(labGroup(inventory.id), host.name);
}

/** In an overlay a folder's owner and mode are those of the upper layer: they are copied from the image, or private if new. */
async function copyFolders(image: string, upper: string, folder: string, owner: readonly [number, number] | undefined): Promise<void> {
  const image0 = await stat(image);
  await chmod(upper, image0.mode);
  let path = "";
  for (const part of folder.split("/")) {
    path = join(path, part);
    const target = join(upper, path);
    if (existsSync(target)) continue;
    const model = await stat(join(image, path)).catch(() => undefined);
    await mkdir(target);
    await chmod(target, model?.mode ?? 0o700);
    await chown(target, model?.uid ?? owner?.[0] ?? 0, model?.gid ?? owner?.[1] ?? 0);
  }
}
