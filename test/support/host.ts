/** Declarations of hosts for tests, and a host on which everything is as desired. */
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { declareHost } from "../../src/declare/host";
import { observedForm } from "../../src/diff/file";
import { hostFiles, manifestOf } from "../../src/diff/host-files";
import type { ObservedHost } from "../../src/model/host";
import { resolveHost, type DesiredHost } from "../../src/resolve/host";
import { connection } from "./firewall";

/** Throws with every fault: for arguments that must be good. */
export function desiredHost(args: Record<string, unknown>): DesiredHost {
  const issues = new IssueCollector();
  const declaration = declareHost(args, connection, issues);
  if (declaration === undefined) {
    throw new Error(issues.issues.map(formatIssue).join("\n"));
  }
  return resolveHost(declaration);
}

/** Debian as installed: nothing of ours, kernel parameters at other values, `kernel.*` and `fs.*` not ours to set. */
export function bareHost(desired: DesiredHost): ObservedHost {
  return {
    release: "debian 13", packages: [], groups: [], accounts: [], files: [],
    kernelParameters: desired.kernelParameters.map(({ name }) => ({ name, value: "7", isWritable: name.startsWith("net.") })),
    modes: desired.modes.map((limit) => ({ ...limit, mode: "0755" })).map(({ path, owner, group, mode }) => ({ path, owner, group, mode })),
    services: [], manifest: [], unsandboxed: [], isInstallationGuardLeft: false,
    undeclared: { accounts: ["admin"], sudoers: [], sockets: ["tcp 0.0.0.0:22 sshd"] },
  };
}

/** The host after the plan was carried out, as the model says. */
export function hardenedHost(desired: DesiredHost): ObservedHost {
  const bare = bareHost(desired);
  return {
    ...bare,
    packages: desired.packages.map(({ name, version }) => ({ name, version: version ?? "1.0" })),
    groups: desired.groups.map(({ name, gid }) => ({ name, gid: gid ?? 1000 })),
    accounts: desired.accounts.map(({ name, uid, group, groups, home, shell }) => ({ name, uid: uid ?? 1000, group, groups: groups ?? [], home, shell, password: "locked", isExpired: false })),
    kernelParameters: desired.kernelParameters.map(({ name, value }) => (name.startsWith("net.") ? { name, value, isWritable: true } : { name, value: "7", isWritable: false })),
    files: hostFiles(desired).map(observedForm),
    modes: desired.modes.map(({ path, owner, group, mode }) => ({ path, owner, group, mode })),
    services: desired.services.map(({ unit, isEnabled, isRunning }) => ({ unit, isEnabled: isEnabled ?? false, isMasked: false, isRunning: isRunning ?? false })),
    manifest: manifestOf(bare, desired),
  };
}
