/**
 * A host declaration on top of the baselines: what is declared wins over a row of a table, row by row. Each thing keeps
 * the path of the property it comes from. Order of kernel parameters is the baseline's, since some reset others.
 */
import type { DeclaredAccount } from "../declare/account";
import type { DeclaredFile, HostDeclaration } from "../declare/host";
import type { FileModeLimit, Group, KernelParameter, PackageReference } from "../model/host";
import type { SandboxDirective, ServiceUnit } from "../model/service";
import { FILE_MODE_BASELINE, KERNEL_BASELINE } from "./host-baseline";
import { sandboxDirectives } from "./service";

interface Declared {
  /** Path of the property that declares it. */
  readonly origin: string;
}

export interface DesiredKernelParameter extends KernelParameter, Declared {
  /** A row of the baseline: skipped where the kernel does not let it be set. */
  readonly isOptional: boolean;
}

export interface DesiredHost {
  /** Account that the connection logs in with; nothing is ever taken from it. */
  readonly login: string;
  readonly packages: readonly (PackageReference & Declared)[];
  readonly groups: readonly (Group & Declared)[];
  readonly accounts: readonly (DeclaredAccount & Declared)[];
  readonly kernelParameters: readonly DesiredKernelParameter[];
  readonly modes: readonly FileModeLimit[];
  readonly files: readonly (DeclaredFile & Declared)[];
  readonly services: readonly (ServiceUnit & Declared)[];
  readonly unattendedUpgrades: boolean;
  /** `null`: no file about it. */
  readonly createMainCluster: boolean | null;
  /** `null`: instances run without a sandbox of ours. */
  readonly sandbox: readonly SandboxDirective[] | null;
  readonly restartInstances: boolean;
}

export function resolveHost(declaration: HostDeclaration): DesiredHost {
  const { connection, postgresql, unattendedUpgrades, timeSync } = declaration;
  return {
    login: connection.user ?? "root",
    packages: [
      ...located(declaration.packages, "packages"),
      ...(unattendedUpgrades ? [{ name: "unattended-upgrades", version: null, origin: "unattendedUpgrades" }] : []),
      ...(timeSync ? [{ name: "systemd-timesyncd", version: null, origin: "timeSync" }] : []),
    ],
    groups: located(declaration.groups, "groups"),
    accounts: located(declaration.accounts, "accounts"),
    kernelParameters: resolveKernel(declaration),
    modes: declaration.hardenFileModes ? FILE_MODE_BASELINE.filter(({ path }) => !declaration.files.some((file) => file.path === path)) : [],
    files: located(declaration.files, "files"),
    services: [
      ...located(declaration.services, "services"),
      ...(timeSync ? [{ unit: "systemd-timesyncd.service", isEnabled: true, isRunning: true, origin: "timeSync" }] : []),
    ],
    unattendedUpgrades,
    createMainCluster: postgresql.createMainCluster,
    sandbox: postgresql.sandbox ? sandboxDirectives(postgresql.writablePaths) : null,
    restartInstances: postgresql.restartInstances,
  };
}

/** What is left when everything is taken back. */
export function emptyHost(login: string): DesiredHost {
  return {
    login, packages: [], groups: [], accounts: [], kernelParameters: [], modes: [], files: [], services: [],
    unattendedUpgrades: false, createMainCluster: null, sandbox: null, restartInstances: false,
  };
}

function resolveKernel({ hardenKernel, kernelParameters }: HostDeclaration): readonly DesiredKernelParameter[] {
  const baseline = hardenKernel ? KERNEL_BASELINE : [];
  const declared = new Map(kernelParameters.map((parameter) => [parameter.name, parameter.value]));
  const own = kernelParameters.filter(({ name }) => !baseline.some((row) => row.name === name));
  return [
    ...baseline.map(({ name, value }) => ({ name, value: declared.get(name) ?? value, isOptional: !declared.has(name) })),
    ...own.map((parameter) => ({ ...parameter, isOptional: false })),
  ].map((parameter) => ({ ...parameter, origin: `kernelParameters[${JSON.stringify(parameter.name)}]` }));
}

const located = <T>(list: readonly T[], property: string): readonly (T & Declared)[] => list.map((element, index) => ({ ...element, origin: `${property}[${index}]` }));
