/**
 * The other tools, at versions that run with each other, in a Python environment of their own in the user's cache.
 * Made outside every measurement, once; pip takes them from the registry that it is configured for.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../src/lab/directories";
import { runCommand } from "../../src/lab/command";

export const peerVersions = { "ansible-core": "2.19.14", mitogen: "0.3.54", pyinfra: "3.10.0" } as const;

/** Folder of the environment. */
export function peerFolder(): string {
  const versions = Object.values(peerVersions).join("-");
  return join(dirname(cacheDirectory()), `bench-${versions}`);
}

export async function providePeers(): Promise<void> {
  const folder = peerFolder();
  if (existsSync(folder)) {
    return;
  }
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(partial), { recursive: true });
  const remedy = (): string => "install python3 and python3-venv, and let pip reach a package registry";
  await runCommand(["python3", "-m", "venv", partial], { title: "making a Python environment", remedy });
  const requirements = Object.entries(peerVersions).map(([name, version]) => `${name}==${version}`);
  await runCommand([join(partial, "bin/python"), "-m", "pip", "install", "--quiet", ...requirements], { title: "installing the other tools", remedy });
  await rename(partial, folder);
}

/** A module of the environment as the words that run it: scripts in its bin/ remember the folder they were made in. */
export function peerProgram(module: string): readonly string[] {
  return [join(peerFolder(), "bin/python"), "-m", module];
}
