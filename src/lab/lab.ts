/**
 * A lab as a whole: up, down, status. Up is idempotent and continues what an interrupted run left: keys, disks and the
 * plan are kept in the lab's folder, everything outside it is in the journal. After a reboot of this machine, up makes the
 * network anew and boots the same hosts from their disks. Refuses a second run at the same time, and other hosts for a lab
 * that exists.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../errors";
import { runCommand } from "./command";
import { labDirectory } from "./directories";
import { provideImage } from "./image";
import { clientOf, findInventory, hostOf, readInventory, renderInventory, writeInventory, type LabHost, type LabInventory } from "./inventory";
import { readJournal, recordInJournal, sweep } from "./journal";
import { bootId, withLock } from "./lock";
import { consoleOf, isRunning, labGroup, makeDisk, startMachine, stopMachine, writeHostNames } from "./machine";
import { inNamespace, makeNamespace, namespaceExists, runInNamespace } from "./namespace";
import { fabricNamespace, renderNetwork } from "./network";
import { labDefaults, planLab } from "./plan";
import type { Progress } from "./progress";
import type { LabSuite } from "./recipe";

/** Milliseconds that a host gets from power on to a login. */
const bootPatience = 60_000;

export interface LabRequest {
  readonly name: string;
  /** @default - the hosts the lab has; for a new lab h1, h2, h3 */
  readonly hosts?: readonly string[];
  /** @default - the suite the lab has; for a new lab trixie */
  readonly suite?: LabSuite;
  /** @default - false: a mirror whose release file has expired is refused */
  readonly acceptsExpiredMirror?: boolean;
}

export interface HostStatus {
  readonly name: string;
  readonly isRunning: boolean;
}

/** Makes the lab as asked, or completes it; returns when every host accepts a login. */
export async function bringUp(request: LabRequest, progress: Progress): Promise<LabInventory> {
  const directory = labDirectory(request.name);
  await mkdir(dirname(directory), { recursive: true });
  return withLock(`${directory}.lock`, `lab ${request.name} is being changed`, async () => {
    const inventory = await provideInventory(request, progress);
    await provideNetwork(inventory);
    await progress.step(`booting ${inventory.hosts.length} hosts`, async () => {
      await Promise.all(inventory.hosts.map((host) => startMachine(inventory, host)));
      await Promise.all(inventory.hosts.map((host) => waitForLogin(inventory, host)));
    });
    return inventory;
  });
}

/** Removes everything the lab made except the cached base image. @returns false if there was nothing */
export async function takeDown(name: string, progress: Progress): Promise<boolean> {
  const directory = labDirectory(name);
  if (!existsSync(dirname(directory))) return false;
  // Also where there is no folder of the lab: a killed run may have left the lock, and this takes it over.
  const found = await withLock(`${directory}.lock`, `lab ${name} is being changed`, async () => {
    if (!existsSync(directory)) return false;
    await progress.step(`removing lab ${name}`, async () => {
      await sweep(directory);
      await rm(directory, { recursive: true, force: true });
    });
    return true;
  });
  // Folders that other labs still use are not empty, and stay.
  await rmdir(dirname(directory)).catch(() => undefined);
  await rmdir(dirname(dirname(directory))).catch(() => undefined);
  return found;
}

/** Which hosts run. */
export async function labStatus(inventory: LabInventory): Promise<HostStatus[]> {
  return Promise.all(inventory.hosts.map(async (host) => ({ name: host.name, isRunning: await isRunning(inventory, host) })));
}

/** Powers one host on and waits for a login. */
export async function startHost(labName: string, hostName: string): Promise<void> {
  await withHost(labName, hostName, async (inventory, host) => {
    await startMachine(inventory, host);
    await waitForLogin(inventory, host);
  });
}

/** Powers one host off, or cuts its power. Its disk stays. */
export async function stopHost(labName: string, hostName: string, options: { readonly kill: boolean }): Promise<void> {
  await withHost(labName, hostName, (inventory, host) => stopMachine(inventory, host, options));
}

/** Gives one host a disk as on its first day, with the same keys and addresses, and boots it. */
export async function resetHost(labName: string, hostName: string): Promise<void> {
  await withHost(labName, hostName, async (inventory, host) => {
    await stopMachine(inventory, host, { kill: true });
    await makeDisk(inventory, host);
    await startMachine(inventory, host);
    await waitForLogin(inventory, host);
  });
}

/** The words that run a program in a client network, where the names of all hosts are known. */
export function inClient(inventory: LabInventory, clientName: string, argv: readonly string[]): string[] {
  const bindNames = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
  return inNamespace(clientOf(inventory, clientName).namespace, [
    ...["unshare", "--mount", "--propagation", "slave", "--", "sh", "-c", bindNames, "sh"],
    ...[join(inventory.directory, "hosts"), ...argv],
  ]);
}

async function withHost(labName: string, hostName: string, work: (inventory: LabInventory, host: LabHost) => Promise<void>): Promise<void> {
  const inventory = await readInventory(labName);
  const host = hostOf(inventory, hostName);
  if (!(await isNetworkComplete(inventory))) {
    throw new LabError(`lab ${labName} is not up`, { remedy: `bring it up: pgrampart lab up --name ${labName}` });
  }
  // One lock a host: several hosts may be switched at the same time.
  await withLock(join(inventory.directory, `${host.name}.lock`), `${host.name} is being switched`, () => work(inventory, host));
}

async function provideInventory(request: LabRequest, progress: Progress): Promise<LabInventory> {
  const known = await findInventory(request.name);
  if (known !== undefined) return sameOrRefuse(known, request);
  const suite = request.suite ?? labDefaults.suite;
  const plan = planLab(request.hosts ?? labDefaults.hosts);
  const directory = labDirectory(request.name);
  const image = await provideImage({ suite, acceptsExpiredMirror: request.acceptsExpiredMirror === true }, progress);
  const keys = join(directory, "keys");
  await rm(keys, { recursive: true, force: true }); // of a run that was cut short
  await mkdir(directory, { recursive: true });
  await mkdir(keys, { mode: 0o700 });
  await makeKey(join(keys, "admin"), labDefaults.user);
  const hostKeys: Record<string, string> = {};
  for (const host of plan.hosts) hostKeys[host.name] = await makeKey(join(keys, `${host.name}_host`), host.name);
  const inventory = renderInventory({ name: request.name, id: randomBytes(4).toString("hex"), suite, image, directory, plan, hostKeys });
  await writeHostNames(inventory);
  await writeInventory(inventory);
  return inventory;
}

function sameOrRefuse(known: LabInventory, request: LabRequest): LabInventory {
  const remedy = `remove it first: pgrampart lab down --name ${known.name}; or choose another --name`;
  const has = known.hosts.map((host) => host.name).join(",");
  if (request.hosts !== undefined && request.hosts.join(",") !== has) {
    throw new LabError(`lab ${known.name} exists with hosts ${has}, not ${request.hosts.join(",")}`, { remedy });
  }
  if (request.suite !== undefined && request.suite !== known.suite) {
    throw new LabError(`lab ${known.name} exists with suite ${known.suite}, not ${request.suite}`, { remedy });
  }
  if (!existsSync(known.image)) throw new LabError(`the base image ${known.image} of lab ${known.name} is gone`, { remedy });
  return known;
}

async function provideNetwork(inventory: LabInventory): Promise<void> {
  if (await isNetworkComplete(inventory)) return;
  await sweep(inventory.directory);
  const batches = renderNetwork(inventory.id, inventory);
  await recordInJournal(
    inventory.directory,
    { kind: "boot", id: bootId() },
    { kind: "control-group", name: labGroup(inventory.id) },
    ...batches.map((batch) => ({ kind: "namespace", name: batch.namespace }) as const),
  );
  for (const batch of batches) await makeNamespace(batch.namespace);
  for (const batch of batches) await runCommand(["ip", "-n", batch.namespace, "-batch", "-"], { input: `${batch.lines.join("\n")}\n` });
  const forwarding = "echo 1 > /proc/sys/net/ipv4/ip_forward && echo 1 > /proc/sys/net/ipv6/conf/all/forwarding";
  await runInNamespace(fabricNamespace(inventory.id), ["sh", "-c", forwarding]);
  await recordInJournal(inventory.directory, { kind: "network-complete" });
}

async function isNetworkComplete(inventory: LabInventory): Promise<boolean> {
  const records = await readJournal(inventory.directory);
  return (
    records.some((record) => record.kind === "network-complete") &&
    records.every((record) => record.kind !== "namespace" || namespaceExists(record.name))
  );
}

/** Makes a key pair and returns the public half, without its comment. */
async function makeKey(path: string, comment: string): Promise<string> {
  await runCommand(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);
  return (await readFile(`${path}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");
}

/** Waits until the account can log in from the control network and become root. */
async function waitForLogin(inventory: LabInventory, host: LabHost): Promise<void> {
  const login = inClient(inventory, "control", ["ssh", "-F", inventory.sshConfig, host.name, "sudo -n true"]);
  const deadline = Date.now() + bootPatience;
  for (;;) {
    const { status, stderr } = await runCommand(login, { mayFail: true, timeout: 10 });
    if (status === 0) return;
    if (Date.now() > deadline || !(await isRunning(inventory, host))) {
      throw new LabError(`${host.name} accepts no login: ${stderr.trim()}`, { remedy: `read its console in ${consoleOf(inventory, host)}` });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
