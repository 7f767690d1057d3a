/**
 * The arguments of an Instance and everything wrong with them, all at once. Fails closed: without `listenAddresses` it
 * has no TCP port, and an address beyond loopback takes `tls`. Listening everywhere takes a reason in words.
 */
import { z } from "zod";
import { parseAddress } from "../model/address";
import type { FileIdentity } from "../model/file";
import { MAJORS, type InstanceReference, type Major } from "../model/instance";
import type { InitdbOptions, InstanceTls } from "../model/instance-state";
import { containsUnknown, isUnknown } from "../model/unknown";
import type { Connection } from "../transport/transport";
import { instanceReferenceSchema, socketDirectorySchema, type InstanceReferenceArgs } from "./instance-reference";
import { rule, type IssueCollector, type Path } from "./issue";
import { declareList } from "./list";
import { declareParameters, refuseConflicts, type DeclaredParameters, type ParameterValue } from "./parameter";
import { declareTls, type InstanceTlsArgs } from "./tls";

export interface InstanceArgs {
  readonly connection: Connection;
  readonly instance: InstanceReferenceArgs;
  /**
   * Addresses of this host to listen on, or `localhost`. `*`, `0.0.0.0` and `::` take `allowListeningEverywhere`.
   * @default - none: Unix-domain sockets only
   */
  readonly listenAddresses?: readonly string[];
  /** The reason why every interface of the host must have a listener. @default - not open */
  readonly allowListeningEverywhere?: string;
  readonly sockets?: InstanceSocketsArgs;
  /** The server's certificate and whose clients it accepts. @default - none: no listener beyond loopback */
  readonly tls?: InstanceTlsArgs;
  /** Parameters of postgresql.conf beside the baseline, or instead of a row of it. @default - the baseline */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** First parts of parameter names that are the application's own, such as `app` of `app.tenant`. @default - none */
  readonly customClasses?: readonly string[];
  /** pgAudit; `false` leaves it out. @default - { log: ["ddl", "role", "write"] } */
  readonly audit?: false | InstanceAuditArgs;
  /** Used once, when the instance is created. */
  readonly initdb?: InstanceInitdbArgs;
  /** Whether a parameter that needs a restart gets it in the same update; deferred, it is reported as pending. @default "now" */
  readonly applyRestarts?: "now" | "defer";
  /** What deleting the resource does: nothing to the running instance, or stop it and keep it from starting. Data always stays. @default "keep" */
  readonly onDelete?: "keep" | "stop";
}

export interface InstanceSocketsArgs {
  /** @default - the directory of `instance.socketDirectory` */
  readonly directories?: readonly SocketDirectoryArgs[];
  /** Group of the sockets (unix_socket_group). @default - the server's own group */
  readonly group?: string;
  /** Mode of the sockets (unix_socket_permissions). Connecting takes write permission. @default "0770" */
  readonly permissions?: string;
}

export interface SocketDirectoryArgs {
  readonly path: string;
  /** @default "postgres" */
  readonly owner?: string;
  /** Who may enter the directory and so reach its socket. @default "postgres" */
  readonly group?: string;
  /** @default "0750" */
  readonly mode?: string;
}

export interface InstanceAuditArgs {
  /** Classes of statements: read, write, function, role, ddl, misc, misc_set, all; `-` before one takes it out. @default - ["ddl", "role", "write"] */
  readonly log?: readonly string[];
}

export interface InstanceInitdbArgs {
  /** @default "UTF8" */
  readonly encoding?: string;
  /** @default "C.UTF-8" */
  readonly locale?: string;
  /** @default true */
  readonly dataChecksums?: boolean;
  /** Megabytes, a power of two. @default 16 */
  readonly walSegmentSize?: number;
}

export interface InstanceDeclaration {
  readonly connection: Connection;
  readonly instance: InstanceReference;
  readonly listenAddresses: readonly string[];
  readonly sockets: { readonly directories: readonly FileIdentity[]; readonly group: string; readonly permissions: string };
  readonly tls: InstanceTls | null;
  readonly parameters: DeclaredParameters;
  /** pgAudit's classes; `null`: without pgAudit. */
  readonly audit: readonly string[] | null;
  readonly initdb: InitdbOptions;
  readonly applyRestarts: "now" | "defer";
  readonly onDelete: "keep" | "stop";
}

const accountSchema = z.string().refine((name) => /^[a-z_][a-z0-9_-]{0,31}$/.test(name), rule("the name of an account or group of the host", "Use lower-case letters, digits, _ and -."));
const modeSchema = z.string().refine((mode) => /^[0-7]{4}$/.test(mode), rule("four octal digits, such as \"0750\"", "Write the mode in octal, as text."));
const reasonSchema = z.string().refine((text) => /^\S(.*\S)?$/.test(text) && text.length >= 10, rule("a reason of at least 10 characters on one line", "Say in words why every interface needs a listener."));

const EVERYWHERE: ReadonlySet<string> = new Set(["*", "0.0.0.0", "::"]);

const listenAddressSchema = z.string().refine((address) => address === "localhost" || address === "*" || parseAddress(address) !== null, rule(
  "an address of this host, localhost or *",
  "Write the address itself: a name would be looked up by the server, and whoever answers decides where it listens.",
));

const directorySchema = z.strictObject({
  path: socketDirectorySchema.refine((path) => !/^\/(var\/)?tmp(\/|$)/.test(path), rule(
    "a directory that only root can create things beside", "Choose one under /run: in /tmp anybody can put a socket of the same name.",
  )),
  owner: accountSchema.default("postgres"),
  group: accountSchema.default("postgres"),
  mode: modeSchema
    .refine((mode) => (parseInt(mode, 8) & 0o002) === 0, rule("a mode that others cannot write to", "Clear the last write bit: anybody could replace the socket."))
    .default("0750"),
}).refine(({ owner, group, mode }) => (owner === "postgres" && (parseInt(mode, 8) & 0o300) === 0o300) || (group === "postgres" && (parseInt(mode, 8) & 0o030) === 0o030), rule(
  "a directory that postgres can write to and enter", "Let postgres be its owner with mode 7.., or its group with mode .7. in that place.",
));

const socketsSchema = z.strictObject({
  directories: z.array(z.unknown()).exactOptional(),
  group: accountSchema.exactOptional(),
  permissions: modeSchema.refine((mode) => (parseInt(mode, 8) & 0o200) !== 0 && parseInt(mode, 8) <= 0o777, rule(
    "a mode up to 0777 with the owner's write bit", "Connecting takes write permission, and the local administration connects as the owner.",
  )).default("0770"),
});

const AUDIT_CLASSES = ["read", "write", "function", "role", "ddl", "misc", "misc_set", "all"];

const auditSchema = z.union([z.literal(false), z.strictObject({
  log: z.array(z.string().refine((text) => AUDIT_CLASSES.includes(text.replace(/^-/, "")), rule(
    `a class of statements: ${AUDIT_CLASSES.join(", ")}, or one of them after "-"`, "Correct the class.",
  ))).min(1).default(["ddl", "role", "write"]),
})]);

const initdbSchema = z.strictObject({
  encoding: z.string().refine((text) => /^[A-Za-z0-9_]{2,20}$/.test(text), rule("the name of a character set, such as UTF8", "Correct the name.")).default("UTF8"),
  locale: z.string().refine((text) => /^[A-Za-z0-9_.@-]{1,60}$/.test(text), rule("the name of a locale, such as C.UTF-8", "Correct the name.")).default("C.UTF-8"),
  dataChecksums: z.boolean().default(true),
  walSegmentSize: z.number().refine((size) => Number.isInteger(Math.log2(size)) && size <= 1024, rule("a power of two from 1 to 1024 (megabytes)", "Choose such a size.")).default(16),
});

const restSchema = z.strictObject({
  initdb: initdbSchema.prefault({}),
  applyRestarts: z.enum(["now", "defer"]).default("now"),
  onDelete: z.enum(["keep", "stop"]).default("keep"),
});

/** Checks the inputs of an Instance but for `connection`, which the caller has checked. */
export function declareInstance(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): InstanceDeclaration | undefined {
  const { connection: _connection, instance, listenAddresses, allowListeningEverywhere, sockets, tls, parameters, customClasses, audit, ...rest } = inputs;
  const reference = issues.parse(instanceReferenceSchema, instance, ["instance"]);
  const settings = issues.parse(restSchema, rest, []);
  const addresses = declareListenAddresses(listenAddresses ?? [], allowListeningEverywhere, issues);
  const declaredSockets = declareSockets(sockets ?? {}, reference, issues);
  const declaredTls = tls === undefined ? null : declareTls(tls, ["tls"], issues);
  const auditing = issues.parse(auditSchema, audit ?? {}, ["audit"]);
  const classes = declareClasses(customClasses ?? [], issues);
  const major = reference?.major ?? majorOf(instance);
  const declared = major === undefined ? undefined : declareParameters(parameters ?? {}, ["parameters"], major, classes, issues);
  if (declared !== undefined && major !== undefined) {
    refuseConflicts(declared, ["parameters"], major, issues);
    refuseAuditConflict(declared, audit, issues);
  }
  refusePlaintext(listenAddresses, tls, issues);
  if (connection === undefined || reference === undefined || settings === undefined || addresses === undefined || declaredSockets === undefined || declaredTls === undefined
    || auditing === undefined || declared === undefined || issues.issues.length > 0 || containsUnknown([listenAddresses, allowListeningEverywhere, sockets, parameters, customClasses, audit])) {
    return undefined;
  }
  return {
    connection, instance: reference, listenAddresses: addresses, sockets: declaredSockets, tls: declaredTls, parameters: declared,
    audit: auditing === false ? null : auditing.log, ...settings,
  };
}

/** The major version alone, so that parameters are judged although another part of the reference is wrong. */
function majorOf(instance: unknown): Major | undefined {
  const major = (instance as { major?: unknown } | null | undefined)?.major;
  return MAJORS.find((known) => known === major);
}

function declareListenAddresses(value: unknown, reason: unknown, issues: IssueCollector): readonly string[] | undefined {
  const addresses = declareList(value, ["listenAddresses"], issues, (element, path) => issues.parse(listenAddressSchema, element, path)).whole;
  const list = Array.isArray(value) ? value : [];
  const everywhere = list.findIndex((address) => EVERYWHERE.has(String(address)));
  if (reason !== undefined) {
    issues.parse(reasonSchema, reason, ["allowListeningEverywhere"]);
  } else if (everywhere >= 0) {
    issues.add(["listenAddresses", everywhere], list[everywhere], "addresses of single interfaces", "List the addresses that clients use, or give the reason as allowListeningEverywhere.");
  }
  list.forEach((address, index) => {
    if (typeof address === "string" && list.indexOf(address) < index) {
      issues.add(["listenAddresses", index], address, "each address once", "Remove the repetition: the server would fail to listen twice.");
    }
  });
  if (list.includes("*") && list.length > 1) {
    issues.add(["listenAddresses"], list, "* alone", "Remove the other addresses, or the *.");
  }
  return addresses;
}

function declareSockets(value: unknown, reference: InstanceReference | undefined, issues: IssueCollector): InstanceDeclaration["sockets"] | undefined {
  const sockets = issues.parse(socketsSchema, value, ["sockets"]);
  if (sockets === undefined || reference === undefined) {
    return undefined;
  }
  const path: Path = ["sockets", "directories"];
  const directories = declareList(sockets.directories ?? [{ path: reference.socketDirectory }], path, issues, (element, at) => issues.parse(directorySchema, element, at)).whole;
  if (directories === undefined) {
    return undefined;
  }
  const paths = directories.map((directory) => directory.path);
  refusePackageDirectory(sockets.directories ?? [], path, issues);
  if (!paths.includes(reference.socketDirectory)) {
    issues.add(path, paths, `a list that has instance.socketDirectory (${reference.socketDirectory})`, "Add it: local administration connects there.");
  }
  paths.forEach((directory, index) => {
    if (paths.indexOf(directory) < index) {
      issues.add([...path, index, "path"], directory, "each directory once", "Remove the repetition.");
    }
  });
  return { directories, group: sockets.group ?? "", permissions: sockets.permissions };
}

/** Every instance of the host shares Debian's directory; the package restores its mode at each boot. */
function refusePackageDirectory(directories: readonly unknown[], path: Path, issues: IssueCollector): void {
  directories.forEach((directory, index) => {
    const { path: where, ...identity } = directory as SocketDirectoryArgs;
    if ((where === "/run/postgresql" || where === "/var/run/postgresql") && Object.keys(identity).length > 0) {
      issues.add([...path, index], directory, "/run/postgresql without owner, group and mode", "Choose another directory for a socket of its own access, or set sockets.group and sockets.permissions.");
    }
  });
}

function declareClasses(value: unknown, issues: IssueCollector): readonly string[] {
  const schema = z.string().refine((name) => /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name), rule("a name without a dot", "Give the part before the first dot."));
  return declareList(value, ["customClasses"], issues, (element, path) => issues.parse(schema, element, path)).whole ?? [];
}

const isLoopback = (address: unknown): boolean => address === "localhost" || address === "::1" || (typeof address === "string" && address.startsWith("127."));

/** No plaintext from the network: without a certificate nothing beyond loopback may listen. */
function refusePlaintext(addresses: unknown, tls: unknown, issues: IssueCollector): void {
  const reachable = (Array.isArray(addresses) ? addresses : []).findIndex((address) => !isUnknown(address) && !isLoopback(address));
  if (tls === undefined && reachable >= 0) {
    issues.add(["listenAddresses", reachable], (addresses as unknown[])[reachable], "loopback addresses only, without tls", "Set tls with a certificate and its key, or listen on localhost or not at all.");
  }
}

function refuseAuditConflict(declared: DeclaredParameters, audit: unknown, issues: IssueCollector): void {
  const libraries = (declared.get("shared_preload_libraries")?.value ?? "").split(",").map((name) => name.trim());
  const stray = [...declared.keys()].find((name) => name.startsWith("pgaudit."));
  if (audit !== false) {
    return;
  }
  if (libraries.includes("pgaudit")) {
    issues.add(["audit"], false, "the default or a list of classes, with pgaudit in shared_preload_libraries", "Remove pgaudit from that list, or this property.");
  } else if (stray !== undefined) {
    issues.add(["parameters", stray], declared.get(stray)?.value, "no parameter of pgAudit while audit is false", "Remove it, or the property audit.");
  }
}
