/**
 * What leads from the instance found to the one wanted: changes at the properties that declare them, then one transaction
 * with at most one start, restart or reload. Nothing here needs a connection; data is never removed.
 */
import { PlanError } from "../errors";
import { certificateFacts, parseCertificates, type CertificateFacts } from "../model/certificate";
import type { ManagedDirectory, ManagedFile, ObservedFile } from "../model/file";
import { ABSENT_INSTANCE, tlsPath, TLS_FILES, type DesiredInstance, type InstanceTls, type ObservedInstance } from "../model/instance-state";
import { needsRestart } from "../model/parameter";
import { EMPTY_PLAN, type Change, type FileSwap, type Hazard, type Plan } from "../model/plan";
import { reveal } from "../model/secret";
import { EMPTY_AUTO_FILE, instanceDirectories, renderInstance } from "../render/instance";
import { activateStep, checkStep, createStep, directoryStep, listenerForms, loginProof, restoreStep, stopStep, verifyStep } from "../render/instance-steps";
import { diffFiles, observedForm, type FileDifference } from "./file";
import { diffParameters } from "./parameter";

/** Seconds until the host goes back by itself: longer than a start and its checks take. */
const GUARD_SECONDS = 180;

/** Belong to a standby's own configuration and are left where its tools put them. */
const STANDBY = /^(primary_conninfo|primary_slot_name|restore_command|recovery_.*|archive_cleanup_command)$/;

export function planInstance(found: ObservedInstance | null, desired: DesiredInstance): Plan {
  const observed = found ?? { ...ABSENT_INSTANCE, major: desired.instance.major, name: desired.instance.name };
  const files = diffFiles(foundFiles(observed, desired), renderInstance(desired));
  const removed = staleFiles(observed, desired);
  const directories = staleDirectories(observed, desired);
  const leftovers = Object.keys(observed.alterSystem).filter((name) => !STANDBY.test(name));
  const changes = observed.exists ? changesOf(observed, desired, { files, removed, directories, leftovers }) : [creation(desired)];
  if (changes.length === 0) {
    return EMPTY_PLAN;
  }
  if (leftovers.length > 0 && leftovers.length < Object.keys(observed.alterSystem).length) {
    throw new PlanError(`postgresql.auto.conf of this standby also holds ${leftovers.join(", ")}`, {
      remedy: "Remove these lines on the host by hand: its other lines belong to replication and may hold a password.",
    });
  }
  const swaps: readonly FileSwap[] = [
    ...files.map(({ desired: file }) => file),
    ...removed.map((path) => ({ path, content: null })),
    ...(leftovers.length === 0 ? [] : [{ path: desired.paths.autoFile, owner: "postgres", group: "postgres", mode: "0600", content: EMPTY_AUTO_FILE }]),
  ];
  return transaction(observed, desired, changes, swaps, directories);
}

function transaction(observed: ObservedInstance, desired: DesiredInstance, changes: readonly Change[], files: readonly FileSwap[], directories: readonly ManagedDirectory[]): Plan {
  const mustRestart = desired.applyRestarts === "now" && changes.some(({ hazards }) => hazards.includes("restart"));
  const mustReload = changes.some(({ hazards }) => hazards.includes("reload"));
  const action = !observed.isRunning ? "start" : mustRestart ? "restart" : mustReload ? "reload" : null;
  const isRisky = action === "restart" || (action !== null && changes.some(({ hazards }) => hazards.includes("lockout")));
  return {
    changes,
    prepare: [...(observed.exists ? [] : [createStep(desired)]), ...(directories.length === 0 ? [] : [directoryStep(directories)])],
    files,
    validate: files.length === 0 ? [] : [checkStep(desired)],
    activate: action === null ? [] : [activateStep(desired, action)],
    restore: action === null ? [] : [restoreStep(desired, { wasRunning: observed.isRunning, mustRestart })],
    verify: action === null ? [] : [verifyStep(desired)],
    guard: isRisky ? { seconds: GUARD_SECONDS, proofs: [loginProof(desired)] } : null,
    finish: [],
  };
}

function creation({ instance }: DesiredInstance): Change {
  return { path: "instance", kind: "add", after: `${instance.major}/${instance.name}`, hazards: [] };
}

interface Differences {
  readonly files: readonly FileDifference[];
  readonly removed: readonly string[];
  readonly directories: readonly ManagedDirectory[];
  readonly leftovers: readonly string[];
}

function changesOf(observed: ObservedInstance, desired: DesiredInstance, { files, removed, directories, leftovers }: Differences): readonly Change[] {
  const { paths } = desired;
  const isWritten = !files.some(({ desired: file, fields }) => file.path === paths.configFile && fields.includes("content")) && leftovers.length === 0;
  const parameters = diffParameters(observed, desired.parameters, desired.instance.major,
    (definition) => desired.applyRestarts === "defer" && isWritten && needsRestart(definition) && observed.isRunning);
  const printable = parameters.map((change) => (desired.applyRestarts === "now" ? change : { ...change, hazards: withoutRestart(change.hazards) }));
  // A byte that differs in postgresql.conf is told by the parameters where these tell it.
  const told = printable.length > 0 ? paths.configFile : "";
  return oncePerPath([
    ...printable,
    ...files.filter(({ desired: file, fields }) => file.path !== told || fields.some((field) => field !== "content")).map((difference) => fileChange(difference, observed, desired)),
    ...removed.map((path): Change => ({ path: propertyOf(path, desired), kind: "delete", before: "present", hazards: ["reload", "lockout"] })),
    ...directories.map((directory) => directoryChange(directory, observed)),
    ...leftovers.map((name): Change => ({ path: `observed.alterSystem[${JSON.stringify(name)}]`, kind: "delete", before: observed.alterSystem[name], hazards: ["reload"] })),
    ...observed.fileErrors.map((error, index): Change => ({ path: `observed.fileErrors[${index}]`, kind: "delete", before: error, hazards: ["reload"] })),
    ...observed.pendingRestart.filter((name) => desired.applyRestarts === "now" && !printable.some(({ path }) => path.endsWith(`[${JSON.stringify(name)}]`)))
      .map((name): Change => ({ path: `observed.pendingRestart[${observed.pendingRestart.indexOf(name)}]`, kind: "delete", before: name, hazards: ["restart", "session-end"] })),
    ...(observed.isRunning ? closedListeners(observed, desired, printable) : [{ path: "observed.isRunning", kind: "update" as const, before: false, after: true, hazards: [] }]),
  ]);
}

/** A file of `tls` and the parameter that names it are one change to a person: the file's, with the hazards of both. */
function oncePerPath(changes: readonly Change[]): readonly Change[] {
  const paths = [...new Set(changes.map(({ path }) => path))];
  return paths.map((path) => {
    const same = changes.filter((change) => change.path === path);
    return { ...(same.at(-1) as Change), hazards: [...new Set(same.flatMap(({ hazards }) => hazards))] };
  });
}

/** A deferred change is written and loaded; the rest waits for somebody's restart. */
function withoutRestart(hazards: readonly Hazard[]): readonly Hazard[] {
  return hazards.includes("restart") ? ["reload", ...hazards.filter((hazard) => hazard !== "restart" && hazard !== "session-end")] : hazards;
}

/** The server asks for its addresses only when it starts; one that the host got later stays without a listener. */
function closedListeners(observed: ObservedInstance, desired: DesiredInstance, told: readonly Change[]): readonly Change[] {
  if (desired.applyRestarts === "defer" || told.some(({ path }) => path === "listenAddresses" || path === "instance.port")) {
    return [];
  }
  return desired.listenAddresses.flatMap((address, index): readonly Change[] => {
    const form = new RegExp(`^(${listenerForms(address).join("|")}):${desired.instance.port}$`);
    const isOpen = observed.listeners.some((listener) => form.test(listener));
    return isOpen ? [] : [{ path: `listenAddresses[${index}]`, kind: "update", before: "no listener", after: address, hazards: ["restart", "session-end", "lockout"] }];
  });
}

const TLS_PARTS = Object.keys(TLS_FILES) as (keyof InstanceTls)[];

/** The property that gives a file its content; a path below `observed` for files that follow from the layout. */
function propertyOf(path: string, { paths }: DesiredInstance): string {
  const part = TLS_PARTS.find((candidate) => tlsPath(paths, candidate) === path);
  return part === undefined ? `observed.files[${JSON.stringify(path)}]` : `tls.${part}`;
}

function fileChange({ desired: file, observed: before, fields }: FileDifference, observed: ObservedInstance, desired: DesiredInstance): Change {
  const { paths } = desired;
  const path = propertyOf(file.path, desired);
  const kind = before === null ? "add" : "update";
  const isSwitch = file.path === paths.pgCtlFile || file.path === paths.environmentFile;
  const effect: Change["hazards"] = !fields.includes("content") ? [] : path.startsWith("tls.") ? ["reload", "lockout"] : isSwitch ? ["restart", "session-end"] : file.path === paths.configFile ? ["reload"] : [];
  if (path === "tls.certificate" && fields.includes("content")) {
    return { path, kind, ...(observed.certificate === null ? {} : { before: describe(observed.certificate) }), after: describe(leafOf(file)), hazards: effect };
  }
  const shown = observedForm(file);
  const isSecret = path === "tls.privateKey" || path === "tls.passphrase";
  const pick = (side: typeof shown | null): string | undefined =>
    side === null ? undefined : fields.map((field) => (field === "content" ? (isSecret ? "[secret]" : `content ${side.sha256.slice(0, 12)}`) : `${field} ${side[field]}`)).join(", ");
  const was = pick(before);
  return { path, kind, ...(was === undefined ? {} : { before: was }), after: pick(shown), hazards: effect };
}

function leafOf(file: ManagedFile): CertificateFacts | null {
  const [leaf] = parseCertificates(reveal(file.content)) ?? [];
  return leaf === undefined ? null : certificateFacts(leaf);
}

const describe = (facts: CertificateFacts | null): unknown => facts && { subject: facts.subject, names: facts.names, notAfter: facts.notAfter, fingerprint: facts.fingerprint };

/** The passphrase's digest is kept apart from the others, as a secret. */
function foundFiles({ files, passphrase }: ObservedInstance, { paths }: DesiredInstance): readonly ObservedFile[] {
  const digest = passphrase === null ? "" : reveal(passphrase);
  return files.map((file) => (file.path === tlsPath(paths, "passphrase") ? { ...file, sha256: digest } : file));
}

/** Files of a part of `tls`, or of sockets, that is no longer declared. */
function staleFiles(observed: ObservedInstance, desired: DesiredInstance): readonly string[] {
  const wanted = new Set(renderInstance(desired).map(({ path }) => path));
  return observed.files.map(({ path }) => path).filter((path) => !wanted.has(path));
}

function staleDirectories(observed: ObservedInstance, desired: DesiredInstance): readonly ManagedDirectory[] {
  const found = new Map(observed.directories.map((directory) => [directory.path, directory]));
  return instanceDirectories(desired).filter(({ path, owner, group, mode }) => {
    const directory = found.get(path);
    return directory?.owner !== owner || directory.group !== group || directory.mode !== mode;
  });
}

function directoryChange({ path, owner, group, mode }: ManagedDirectory, observed: ObservedInstance): Change {
  const found = observed.directories.find((directory) => directory.path === path);
  const shown = `observed.directories[${JSON.stringify(path)}]`;
  return found === undefined
    ? { path: shown, kind: "add", after: `${owner}:${group} ${mode}`, hazards: [] }
    : { path: shown, kind: "update", before: `${found.owner}:${found.group} ${found.mode}`, after: `${owner}:${group} ${mode}`, hazards: [] };
}

/** Leaves the running instance as it is, or stops it for good; never touches its data. */
export function retireInstance(observed: ObservedInstance, desired: DesiredInstance): Plan {
  if (desired.onDelete === "keep" || !observed.exists) {
    return EMPTY_PLAN;
  }
  const { paths } = desired;
  return {
    ...EMPTY_PLAN,
    changes: [{ path: "instance", kind: "delete", before: `${desired.instance.major}/${desired.instance.name}`, hazards: ["session-end"] }],
    files: [{ path: paths.startFile, owner: "root", group: "postgres", mode: "0640", content: "# Written by pgrampart when its Instance was deleted with onDelete: stop.\nmanual\n" }],
    activate: [stopStep(desired)],
    restore: observed.isRunning ? [activateStep(desired, "start")] : [],
  };
}
