/** Every file that a Host owns, with its exact text, and the manifest of what was given. */
import type { ManagedFile } from "../model/file";
import { accountPaths, HOST_PATHS, kernelParameterPath, type Manifest, type ObservedHost } from "../model/host";
import { renderAuthorizedKeys, renderCreateCluster, renderKernelParameters, renderSudoers, renderUnattendedUpgrades } from "../render/host";
import { renderSandbox } from "../render/service";
import type { DesiredHost } from "../resolve/host";
import { exceedsLimit } from "./host-mode";

export interface HostFile extends ManagedFile {
  /** Path of the property that declares it. */
  readonly origin: string;
  /** Unit to reload when it has changed. */
  readonly reloads: string | null;
}

/** Sorted by path. */
export function hostFiles(desired: DesiredHost): readonly HostFile[] {
  const { kernelParameters, unattendedUpgrades, createMainCluster, sandbox } = desired;
  const root = { owner: "root", group: "root", mode: "0644", reloads: null };
  const files: readonly HostFile[] = [
    ...desired.files,
    ...desired.accounts.flatMap((account): HostFile[] => [
      ...(account.hasSudo ? [{ ...root, path: accountPaths(account).sudoers, mode: "0440", origin: `${account.origin}.sudo`, content: renderSudoers(account.name) }] : []),
      ...(account.authorizedKeys === null ? [] : [{
        path: accountPaths(account).authorizedKeys, owner: account.name, group: account.group, mode: "0600", reloads: null,
        origin: `${account.origin}.authorizedKeys`, content: renderAuthorizedKeys(account.authorizedKeys),
      }]),
    ]),
    ...(kernelParameters.length === 0 ? [] : [{ ...root, path: HOST_PATHS.kernelParameters, origin: "kernelParameters", content: renderKernelParameters(kernelParameters) }]),
    ...(unattendedUpgrades ? [{ ...root, path: HOST_PATHS.unattendedUpgrades, origin: "unattendedUpgrades", content: renderUnattendedUpgrades() }] : []),
    ...(createMainCluster === null ? [] : [{ ...root, path: HOST_PATHS.createCluster, origin: "postgresql.createMainCluster", content: renderCreateCluster(createMainCluster) }]),
    ...(sandbox === null ? [] : [{ ...root, path: HOST_PATHS.sandbox, origin: "postgresql.sandbox", content: renderSandbox(sandbox) }]),
  ];
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The manifest once `desired` is in place. How things were before is remembered from the first time on. */
export function manifestOf(observed: ObservedHost, desired: DesiredHost): Manifest {
  const remembered = (start: string): string | undefined => observed.manifest.find((entry) => entry.startsWith(`${start} `));
  const kernel = desired.kernelParameters.flatMap(({ name }) => {
    const path = kernelParameterPath(name);
    const found = observed.kernelParameters.find((parameter) => parameter.name === name);
    const before = remembered(`kernel ${path}`);
    return before !== undefined ? [before] : found !== undefined && found.value !== null && found.isWritable ? [`kernel ${path} ${found.value}`] : [];
  });
  return [
    ...hostFiles(desired).map(({ path }) => `file ${path}`),
    ...desired.accounts.map(({ name }) => remembered(`account ${name}`) ?? `account ${name} ${observed.accounts.some((account) => account.name === name) ? "found" : "created"}`),
    ...kernel,
    ...desired.modes.flatMap((limit) => {
      const found = observed.modes.find(({ path }) => path === limit.path);
      const before = remembered(`mode ${limit.path}`);
      return before !== undefined ? [before] : found !== undefined && exceedsLimit(found, limit) ? [`mode ${found.path} ${found.owner} ${found.group} ${found.mode}`] : [];
    }),
  ].sort();
}
