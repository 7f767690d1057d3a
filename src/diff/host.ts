/**
 * The plan of a Host. Packages and missing accounts come first and stay whatever happens; files, kernel parameters,
 * modes, accounts and units change in one transaction that can be undone. Whatever might shut out the login of this
 * update is proven by a new one while the host is ready to go back. Packages are never removed.
 */
import { accountPaths, HOST_PATHS, type ObservedHost } from "../model/host";
import { EMPTY_PLAN, type Change, type FileSwap, type Hazard, type Plan, type Script, type Step } from "../model/plan";
import { renderCreateClusterPreseed, renderGuardRemoval, renderInstallation } from "../render/host";
import { lines, sh } from "../render/shell";
import { emptyHost, type DesiredHost } from "../resolve/host";
import { diffAccounts } from "./account";
import { diffFiles, type FileDifference } from "./file";
import { hostFiles, manifestOf, type HostFile } from "./host-files";
import { diffKernel, diffModes } from "./host-setting";
import { diffServices } from "./service";

/** Seconds for a new login from the control side; a dial may take 15, and some are tried again. */
const GUARD_SECONDS = 60;

export function planHost(before: ObservedHost | null, desired: DesiredHost): Plan {
  const observed = before ?? NOTHING_OBSERVED;
  const accounts = diffAccounts(observed, desired);
  const settings = [diffKernel(observed, desired), diffModes(observed, desired.modes), diffServices(observed.services, desired.services)];
  const files = diffFiles(observed.files, hostFiles(desired)) as readonly (FileDifference & { readonly desired: HostFile })[];
  const removed = forgottenFiles(observed, desired);
  const missing = desired.packages.filter(({ name, version }) => !observed.packages.some((found) => found.name === name && (version ?? found.version) === found.version));
  const manifest = manifestOf(observed, desired);
  const isManifestOld = manifest.join("\n") !== observed.manifest.join("\n");
  const changes = [
    ...missing.map((wanted): Change => ({ path: wanted.origin, kind: "add", after: `${wanted.name}${wanted.version === null ? "" : ` ${wanted.version}`}`, hazards: [] })),
    ...accounts.changes,
    ...files.map((file) => fileChange(file, desired)),
    ...removed.map((path): Change => ({ path: `observed.files[${JSON.stringify(path)}]`, kind: "delete", before: path, hazards: fileHazards(path, true) })),
    ...settings.flatMap((setting) => setting.changes),
    ...(observed.isInstallationGuardLeft ? [{ path: "observed.isInstallationGuardLeft", kind: "delete", before: true, hazards: [] } as const] : []),
  ];
  if (changes.length === 0 && !isManifestOld) {
    return EMPTY_PLAN;
  }
  const paths = [...files.map(({ desired: { path } }) => path), ...removed];
  const swaps: readonly FileSwap[] = [
    ...files.map(({ desired: { path, owner, group, mode, content } }) => ({ path, owner, group, mode, content })),
    ...removed.map((path) => ({ path, content: null })),
    ...(isManifestOld ? [manifestSwap(manifest)] : []),
  ];
  const reread = rereading(paths);
  const reload = reloading(paths, files, desired);
  const canLockOut = changes.some(({ hazards }) => hazards.includes("lockout"));
  return {
    changes: changes.length === 0 ? [{ path: "observed.manifest", kind: "update", hazards: [] }] : changes,
    prepare: [
      ...(observed.isInstallationGuardLeft ? [renderGuardRemoval()] : []),
      ...(missing.length === 0 ? [] : [...(desired.createMainCluster === null ? [] : [renderCreateClusterPreseed(desired.createMainCluster)]), renderInstallation(missing)]),
      ...accounts.prepare,
      ...directories(files, desired),
    ],
    files: swaps,
    validate: [...accounts.validate, ...sudoersChecks(files), ...settings.flatMap(({ validate }) => validate)],
    activate: [...reread, ...accounts.activate, ...settings.flatMap(({ activate }) => activate), ...reload],
    restore: [...reread, ...accounts.restore, ...settings.flatMap(({ restore }) => restore), ...reload].map(({ title, script }) => ({ title, script: sh`${script}; :` })),
    verify: [],
    guard: canLockOut ? { seconds: GUARD_SECONDS, proofs: [{ title: "logging in anew and becoming root", script: sh`:` }] } : null,
    finish: [],
  };
}

/** Takes back every file, kernel parameter and mode; locks the accounts that were made. Packages stay. */
export function retireHost(observed: ObservedHost, desired: DesiredHost): Plan {
  return planHost(observed, emptyHost(desired.login));
}

const NOTHING_OBSERVED: ObservedHost = {
  release: "", packages: [], groups: [], accounts: [], kernelParameters: [], files: [], modes: [], services: [], manifest: [], unsandboxed: [],
  isInstallationGuardLeft: false, undeclared: { accounts: [], sudoers: [], sockets: [] },
};

/** Given earlier, declared no more, still there. The files that let this connection log in are never taken away. */
function forgottenFiles(observed: ObservedHost, desired: DesiredHost): readonly string[] {
  const login = observed.accounts.find(({ name }) => name === desired.login) ?? { name: desired.login, home: `/home/${desired.login}` };
  const kept = [...hostFiles(desired).map(({ path }) => path), ...Object.values(accountPaths(login))];
  return observed.manifest.flatMap((entry) => (entry.startsWith("file ") ? [entry.slice(5)] : []))
    .filter((path) => !kept.includes(path) && observed.files.some((file) => file.path === path));
}

function manifestSwap(manifest: readonly string[]): FileSwap {
  return manifest.length === 0
    ? { path: HOST_PATHS.manifest, content: null }
    : { path: HOST_PATHS.manifest, owner: "root", group: "root", mode: "0600", content: manifest.map((entry) => `${entry}\n`).join("") };
}

function fileChange({ desired: { path, origin }, observed, fields }: FileDifference & { readonly desired: HostFile }, { restartInstances }: DesiredHost): Change {
  const restart: readonly Hazard[] = path === HOST_PATHS.sandbox && restartInstances ? ["restart", "session-end"] : [];
  return { path: origin, kind: observed === null ? "add" : "update", after: `${path}: ${fields.join(", ")}`, hazards: [...fileHazards(path, false), ...restart] };
}

const isSudoers = (path: string): boolean => path === "/etc/sudoers" || path.startsWith("/etc/sudoers.d/");

/** Files that decide who gets in. */
function fileHazards(path: string, isRemoved: boolean): readonly Hazard[] {
  const decides = isSudoers(path) || /\/authorized_keys$|^\/etc\/(ssh|pam\.d|security|hosts\.(allow|deny)$|nsswitch\.conf$|login\.defs$)/.test(path);
  return decides ? [isRemoved ? "access-narrowed" : "access-widened", "lockout"] : [];
}

/** Parents of new files. A link in place of .ssh would lead root's hand elsewhere, so it is refused. */
function directories(files: readonly (FileDifference & { readonly desired: HostFile })[], { accounts }: DesiredHost): readonly Step[] {
  const missing = files.filter(({ observed }) => observed === null).map(({ desired: { path } }) => path);
  const keys = accounts.filter((account) => account.authorizedKeys !== null && missing.includes(accountPaths(account).authorizedKeys));
  const others = missing.filter((path) => !keys.some((account) => accountPaths(account).authorizedKeys === path));
  const parents = [...new Set([...others, HOST_PATHS.manifest].map((path) => path.slice(0, path.lastIndexOf("/"))))].filter((path) => path !== "").sort();
  const ssh = keys.map(({ name, group, home }): Script => sh`{ [ ! -L ${`${home}/.ssh`} ] || { echo ${`${home}/.ssh is a link`} >&2; false; }; } && install -d -o ${name} -g ${group} -m 0700 ${`${home}/.ssh`} &&`);
  return [{ title: "making the directories of new files", script: lines([sh`( umask 022 && mkdir -p ${parents} ) &&`, ...ssh, sh`:`]) }];
}

function sudoersChecks(files: readonly FileDifference[]): readonly Step[] {
  return files.filter(({ desired: { path } }) => isSudoers(path))
    .map(({ desired: { path } }) => ({ title: `checking ${path} with visudo`, script: sh`visudo -c -q -f "$(staged ${path})"` }));
}

/** Before any unit is turned on or reloaded. */
function rereading(paths: readonly string[]): readonly Step[] {
  return paths.some((path) => path.startsWith("/etc/systemd/")) ? [{ title: "letting systemd read its units anew", script: sh`systemctl daemon-reload` }] : [];
}

/** Once for each unit, whatever the number of its files; the same on the way back. */
function reloading(paths: readonly string[], files: readonly { readonly desired: HostFile }[], { restartInstances }: DesiredHost): readonly Step[] {
  const units = [...new Set(files.flatMap(({ desired: { reloads } }) => (reloads === null ? [] : [reloads])))].sort();
  return [
    ...(paths.some((path) => path.startsWith("/etc/ssh/")) ? [{ title: "checking sshd's configuration", script: sh`/usr/sbin/sshd -t` }] : []),
    ...units.map((unit) => ({ title: `reloading ${unit}`, script: sh`systemctl try-reload-or-restart ${unit}` })),
    ...(paths.includes(HOST_PATHS.sandbox) && restartInstances ? [{ title: "restarting instances in their sandbox", script: sh`systemctl try-restart 'postgresql@*.service'`, timeout: 600 }] : []),
  ];
}
