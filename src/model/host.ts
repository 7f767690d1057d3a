/**
 * What a host has beside files and units: packages, accounts, kernel parameters, modes of files that other packages
 * own. The manifest remembers on the host itself what was given to it and how it was before, so that taking it back
 * needs no other memory.
 */
import type { FileIdentity, ObservedFile } from "./file";
import type { ObservedUnit } from "./service";

export interface PackageReference {
  readonly name: string;
  /** `null`: whichever is installed, or the newest. */
  readonly version: string | null;
}

export interface Group {
  readonly name: string;
  /** `null`: the host chooses. */
  readonly gid: number | null;
}

export interface Account {
  readonly name: string;
  /** `null`: the host chooses. */
  readonly uid: number | null;
  /** Name of the primary group. */
  readonly group: string;
  /** Supplementary groups, sorted, none else. `null`: not declared */
  readonly groups: readonly string[] | null;
  readonly home: string;
  readonly shell: string;
}

export interface ObservedAccount {
  readonly name: string;
  readonly uid: number;
  readonly group: string;
  readonly groups: readonly string[];
  readonly home: string;
  readonly shell: string;
  /** `set` or `empty`: a password login is possible. */
  readonly password: "locked" | "set" | "empty";
  readonly isExpired: boolean;
}

export interface KernelParameter {
  /** As sysctl(8) names it. */
  readonly name: string;
  readonly value: string;
}

export interface ObservedKernelParameter {
  readonly name: string;
  /** `null`: this kernel does not have it. */
  readonly value: string | null;
  /** False in a container whose kernel belongs to somebody else. */
  readonly isWritable: boolean;
}

/** At most these bits, and this owner and group, for a file or directory of another package; nothing where it is missing. */
export type FileModeLimit = FileIdentity;

/** What the host was given, one line each, sorted: `file PATH`, `account NAME created`, `kernel PATH BEFORE`, `mode PATH OWNER GROUP MODE`. */
export type Manifest = readonly string[];

export interface ObservedHost {
  /** `debian 13`. */
  readonly release: string;
  /** Declared packages that are installed. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly groups: readonly { readonly name: string; readonly gid: number }[];
  readonly accounts: readonly ObservedAccount[];
  readonly kernelParameters: readonly ObservedKernelParameter[];
  /** Declared files, and those of the manifest. */
  readonly files: readonly ObservedFile[];
  readonly modes: readonly FileIdentity[];
  readonly services: readonly ObservedUnit[];
  readonly manifest: Manifest;
  /** Running instances that started before the sandbox was last changed. */
  readonly unsandboxed: readonly string[];
  /** The block on starting services, left by an installation that was killed. */
  readonly isInstallationGuardLeft: boolean;
  /** Shown, never touched. */
  readonly undeclared: UndeclaredAccess;
}

/** Ways into the host that nobody declared. */
export interface UndeclaredAccess {
  /** Accounts with a login shell that are people's (uid from 1000), have a password or have authorized keys. */
  readonly accounts: readonly string[];
  /** Lines of sudoers files that grant something: `FILE: LINE`. */
  readonly sudoers: readonly string[];
  /** `tcp 0.0.0.0:22 sshd`; without PostgreSQL's own, which other resources observe. */
  readonly sockets: readonly string[];
}

export const HOST_PATHS = {
  manifest: "/var/lib/pgrampart/host.manifest",
  kernelParameters: "/etc/sysctl.d/60-pgrampart.conf",
  createCluster: "/etc/postgresql-common/createcluster.d/60-pgrampart.conf",
  sandbox: "/etc/systemd/system/postgresql@.service.d/60-pgrampart.conf",
  unattendedUpgrades: "/etc/apt/apt.conf.d/60-pgrampart-unattended-upgrades",
  sudoers: (account: string): string => `/etc/sudoers.d/60-pgrampart-${account}`,
  authorizedKeys: (home: string): string => `${home}/.ssh/authorized_keys`,
  installationGuard: "/usr/sbin/policy-rc.d",
} as const;

/** Where a kernel parameter lies; dots and slashes change places, as in sysctl(8). */
export function kernelParameterPath(name: string): string {
  return `/proc/sys/${name.replace(/[./]/g, (sign) => (sign === "." ? "/" : "."))}`;
}

/** The inverse. */
export function kernelParameterName(path: string): string {
  return path.slice("/proc/sys/".length).replace(/[./]/g, (sign) => (sign === "/" ? "." : "/"));
}

export const LOGIN_REFUSING_SHELLS = ["/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false"];

/** Files that a declared account owns besides its home. */
export function accountPaths({ name, home }: Pick<Account, "name" | "home">): { readonly sudoers: string; readonly authorizedKeys: string } {
  return { sudoers: HOST_PATHS.sudoers(name), authorizedKeys: HOST_PATHS.authorizedKeys(home) };
}
