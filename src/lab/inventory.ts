/**
 * `lab.json`: everything another program needs to reach the hosts of a lab, in one file of stable shape.
 * Rendered from the plan, so it is true as soon as it is written. Holds paths of keys, never a private key.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../errors";
import { labDirectory } from "./directories";
import { clientNamespace } from "./network";
import { labDefaults, type LabClientPlan, type LabHostPlan, type LabPlan } from "./plan";
import type { LabSuite } from "./recipe";

export interface LabHost extends LabHostPlan {
  readonly port: number;
  /** Public SSH keys of the host, as in a `.pub` file without its comment. */
  readonly hostKeys: readonly string[];
}

export interface LabClient extends LabClientPlan {
  /** Network namespace: `nsenter --net=/run/netns/NAMESPACE CMD` runs a program there. */
  readonly namespace: string;
}

export interface LabInventory {
  readonly version: 1;
  readonly name: string;
  /** Random; part of the name of everything that the lab makes outside its folder. */
  readonly id: string;
  readonly suite: LabSuite;
  /** Root folder of the base image. */
  readonly image: string;
  readonly directory: string;
  /** Account that may log in over SSH and has `sudo -n`. */
  readonly user: string;
  /** Path of the private key of that account. */
  readonly privateKey: string;
  /** Path of an OpenSSH client configuration: `ssh -F sshConfig HOST`. */
  readonly sshConfig: string;
  readonly hosts: readonly LabHost[];
  readonly clients: readonly LabClient[];
}

export interface InventoryInput {
  readonly name: string;
  readonly id: string;
  readonly suite: LabSuite;
  readonly image: string;
  readonly directory: string;
  readonly plan: LabPlan;
  /** Public host key by host name. */
  readonly hostKeys: Readonly<Record<string, string>>;
}

export function renderInventory(input: InventoryInput): LabInventory {
  const { plan, hostKeys, ...rest } = input;
  return {
    version: 1,
    ...rest,
    user: labDefaults.user,
    privateKey: join(input.directory, "keys", "admin"),
    sshConfig: join(input.directory, "ssh_config"),
    hosts: plan.hosts.map((host) => ({ ...host, port: labDefaults.sshPort, hostKeys: [hostKeys[host.name] ?? ""] })),
    clients: plan.clients.map((client) => ({ ...client, namespace: clientNamespace(input.id, client.name) })),
  };
}

/** Public host keys as OpenSSH's known_hosts wants them, by name and by both addresses. */
export function renderKnownHosts(inventory: LabInventory): string {
  return inventory.hosts.map((host) => host.hostKeys.map((key) => `${host.name},${host.ipv4},${host.ipv6} ${key}\n`).join("")).join("");
}

/** OpenSSH client configuration that knows every host, its pinned key and the account's key; nothing else is tried. */
export function renderSshConfig(inventory: LabInventory): string {
  const hosts = inventory.hosts.map((host) => `Host ${host.name}\n  HostName ${host.ipv4}\n  Port ${host.port}\n  HostKeyAlias ${host.name}\n`);
  const common = [
    `  User ${inventory.user}`,
    `  IdentityFile ${inventory.privateKey}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(inventory.directory, "known_hosts")}`,
    "  GlobalKnownHostsFile none",
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "  ConnectTimeout 5",
  ];
  return `${hosts.join("")}Host *\n${common.join("\n")}\n`;
}

/** The inventory of a lab, or nothing if there is no such lab. */
export async function findInventory(name: string): Promise<LabInventory | undefined> {
  const file = join(labDirectory(name), "lab.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const inventory = JSON.parse(text) as LabInventory;
  if (inventory.version !== 1) {
    throw new LabError(`${file} was written by another version of pgrampart`, { remedy: `remove the lab: pgrampart lab down --name ${name}` });
  }
  return inventory;
}

/** The inventory of a lab that must exist. */
export async function readInventory(name: string): Promise<LabInventory> {
  const inventory = await findInventory(name);
  if (inventory === undefined) throw new LabError(`there is no lab ${name}`, { remedy: `make it: pgrampart lab up --name ${name}` });
  return inventory;
}

/** Finds a host by name, or says which there are. */
export function hostOf(inventory: LabInventory, name: string): LabHost {
  return named(inventory.hosts, name, `lab ${inventory.name} has no host`);
}

/** Finds a client by name, or says which there are. */
export function clientOf(inventory: LabInventory, name: string): LabClient {
  return named(inventory.clients, name, `lab ${inventory.name} has no client network`);
}

function named<T extends { readonly name: string }>(items: readonly T[], name: string, refusal: string): T {
  const found = items.find((item) => item.name === name);
  if (found === undefined) {
    throw new LabError(`${refusal} ${JSON.stringify(name)}`, { remedy: `use one of ${items.map((item) => item.name).join(", ")}` });
  }
  return found;
}

/** Writes lab.json and the files derived from it; lab.json comes last and whole. */
export async function writeInventory(inventory: LabInventory): Promise<void> {
  const { directory } = inventory;
  await writeFile(join(directory, "known_hosts"), renderKnownHosts(inventory));
  await writeFile(inventory.sshConfig, renderSshConfig(inventory));
  await writeFile(join(directory, "lab.json.new"), `${JSON.stringify(inventory, null, 2)}\n`);
  await rename(join(directory, "lab.json.new"), join(directory, "lab.json"));
}
