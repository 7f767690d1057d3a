/** What the lab needs of this machine. Every fault is named at once, before anything is made. */
import { accessSync, constants } from "node:fs";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import { LabError } from "../errors";
import { controlGroupMount } from "./control-group";

/** Program to the Debian package that has it. */
const programs: Readonly<Record<string, string>> = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  "dpkg-deb": "dpkg",
};

export interface Machine {
  readonly platform: string;
  readonly isRoot: boolean;
  /** Programs of the list above that are missing. */
  readonly missing: readonly string[];
  readonly hasControlGroups: boolean;
  readonly canKillControlGroups: boolean;
}

/** Every reason why this machine cannot hold a lab, each with what to do; empty if it can. Pure. */
export function refusals(machine: Machine): string[] {
  if (machine.platform !== "linux") return [`this is ${machine.platform}, the lab needs Linux: use a Debian machine or a virtual one`];
  const packages = [...new Set(machine.missing.map((program) => programs[program] ?? program))];
  return [
    ...(machine.isRoot ? [] : ["you are not root: run it as root, with sudo for example"]),
    ...(packages.length === 0 ? [] : [`${machine.missing.join(", ")} missing: apt-get install ${packages.join(" ")}`]),
    ...(machine.hasControlGroups ? [] : ["control groups of version 2 are not mounted: mount -t cgroup2 none /sys/fs/cgroup"]),
    ...(machine.hasControlGroups && !machine.canKillControlGroups ? ["the kernel is older than 5.14: it cannot end a control group as a whole"] : []),
  ];
}

/** Refuses a machine that cannot hold a lab. */
export function requireLabMachine(): void {
  const found = refusals(observeMachine());
  if (found.length > 0) {
    throw new LabError(`this machine cannot hold a lab:\n${found.map((line) => `  - ${line}`).join("\n")}`, { remedy: "do what is said above, then try again" });
  }
}

function observeMachine(): Machine {
  const hasControlGroups = process.platform === "linux" && controlGroupMount() !== undefined;
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    missing: Object.keys(programs).filter((program) => !isOnPath(program)),
    hasControlGroups,
    // The root group itself has no cgroup.kill to look for, so the kernel's version decides.
    canKillControlGroups: kernelAtLeast(5, 14),
  };
}

function kernelAtLeast(major: number, minor: number): boolean {
  const [have = 0, haveMinor = 0] = release().split(".").map((part) => parseInt(part, 10));
  return have > major || (have === major && haveMinor >= minor);
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
