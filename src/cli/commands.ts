/**
 * Every command of `pgrampart`, one line each. A command's file exports `command()`, which returns a commander command;
 * it is loaded only when it is called, so that the start stays fast.
 */
import type { Command } from "commander";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command(): Command }>;
}

export const commands: readonly CommandEntry[] = [
  { name: "lab", summary: "real test hosts on this machine: up, down, status, ssh, exec, …", load: () => import("./lab.js") },
  { name: "verify", summary: "prove on the live hosts that a stack is as it declares", load: () => import("./verify.js") },
];
