/** Named network namespaces: made, entered and removed by iproute2 and nsenter. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type CommandOptions, type CommandResult } from "./command";

const folder = "/run/netns";

/** The words that run a program inside a namespace. Unlike `ip netns exec` this leaves /sys alone, which systemd-nspawn needs. */
export function inNamespace(name: string, argv: readonly string[]): string[] {
  return ["nsenter", `--net=${join(folder, name)}`, "--", ...argv];
}

export function namespaceExists(name: string): boolean {
  return existsSync(join(folder, name));
}

export async function makeNamespace(name: string): Promise<void> {
  await runCommand(["ip", "netns", "add", name]);
}

/** Removes a namespace and with it every interface in it. One that does not exist is no fault. */
export async function removeNamespace(name: string): Promise<void> {
  if (namespaceExists(name)) await runCommand(["ip", "netns", "delete", name]);
}

export function runInNamespace(name: string, argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return runCommand(inNamespace(name, argv), options);
}
