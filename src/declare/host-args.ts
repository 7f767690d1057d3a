/** What a program writes to declare a Host. What is refused, and why, is in host.ts. */
import type { Connection } from "../model/connection";
import type { AccountArgs, GroupArgs } from "./account";

export interface HostArgs {
  readonly connection: Connection;
  /** Packages to be installed; nothing is ever removed. @default - none */
  readonly packages?: readonly (string | PackageArgs)[];
  /** None is ever removed. @default - none */
  readonly groups?: readonly GroupArgs[];
  /** None is ever removed. @default - none */
  readonly accounts?: readonly AccountArgs[];
  /** Kernel parameters as sysctl(8) names them; they come on top of the baseline and win over it. @default - the baseline alone */
  readonly kernelParameters?: Readonly<Record<string, string | number>>;
  /** Apply the kernel baseline. A row that this host's kernel does not let us set is skipped and shown. @default true */
  readonly hardenKernel?: boolean;
  /** Limit owner and mode of the system's own files by the baseline; never widens them. @default true */
  readonly hardenFileModes?: boolean;
  /** Further files, owned whole. @default - none */
  readonly files?: readonly HostFileArgs[];
  /** Units that start at boot or run now. @default - none */
  readonly services?: readonly ServiceArgs[];
  /** What all instances of the host share. @default - its own defaults */
  readonly postgresql?: HostPostgresqlArgs;
  /** Install security updates daily (unattended-upgrades). @default false */
  readonly unattendedUpgrades?: boolean;
  /** Keep the clock with systemd-timesyncd. @default false */
  readonly timeSync?: boolean;
}

export interface PackageArgs {
  readonly name: string;
  /** The exact version, as dpkg prints it. @default - whichever is installed, or the newest */
  readonly version?: string;
}

export interface HostFileArgs {
  readonly path: string;
  readonly content: string;
  /** @default "root" */
  readonly owner?: string;
  /** @default "root" */
  readonly group?: string;
  /** Four octal digits. @default "0644" */
  readonly mode?: string;
  /** Unit to reload, or restart if it cannot, when the file has changed and the unit runs. @default - none */
  readonly reloads?: string;
}

export interface ServiceArgs {
  /** With its suffix: `chrony.service`. */
  readonly unit: string;
  /** Starts at boot. @default - left as it is */
  readonly enabled?: boolean;
  /** Runs now. @default - left as it is */
  readonly running?: boolean;
}

/** What every instance on the host has in common; the instances themselves are other resources. */
export interface HostPostgresqlArgs {
  /** Let Debian's packages create and start an instance `main` when they are installed. @default false */
  readonly createMainCluster?: boolean;
  /** Run instances in systemd's sandbox. @default true */
  readonly sandbox?: boolean;
  /** Directories outside Debian's layout that instances write to: tablespaces, archives. @default - none */
  readonly writablePaths?: readonly string[];
  /** Restart running instances when the sandbox changes. @default false: the sandbox takes hold at their next start */
  readonly restartInstances?: boolean;
}
