/**
 * The arguments of an Instance and everything wrong with them, all at once. Fails closed: without `listenAddresses` it
 * has no TCP port, and an address beyond loopback takes `tls`. Listening everywhere takes a reason in words.
 */
import { z } from "zod";
import { MAJORS, type InstanceReference, type Major } from "../model/instance";
import type { InitdbOptions, InstanceTls } from "../model/instance-state";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { instanceReferenceSchema, type InstanceReferenceArgs } from "./instance-reference";
import { rule, type IssueCollector } from "./issue";
import { declareList } from "./list";
import { declareListenAddresses, declareSockets, refusePlaintext, type InstanceSockets, type InstanceSocketsArgs } from "./listening";
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
  /** Unix-domain sockets: where they are and who may use them. @default - its own defaults */
  readonly sockets?: InstanceSocketsArgs;
  /** The server's certificate and whose clients it accepts. @default - none: no listener beyond loopback */
  readonly tls?: InstanceTlsArgs;
  /** Parameters of postgresql.conf beside the baseline, or instead of a row of it. @default - the baseline */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** First parts of parameter names that are the application's own, such as `app` of `app.tenant`. @default - none */
  readonly customClasses?: readonly string[];
  /** pgAudit; `false` leaves it out. @default - { log: ["ddl", "role", "write"] } */
  readonly audit?: false | InstanceAuditArgs;
  /** Used once, when the instance is created. @default - its own defaults */
  readonly initdb?: InstanceInitdbArgs;
  /** Whether a parameter that needs a restart gets it in the same update; deferred, it is reported as pending. @default "now" */
  readonly applyRestarts?: "now" | "defer";
  /** What deleting the resource does: nothing to the running instance, or stop it and keep it from starting. Data always stays. @default "keep" */
  readonly onDelete?: "keep" | "stop";
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
  readonly sockets: InstanceSockets;
  readonly tls: InstanceTls | null;
  readonly parameters: DeclaredParameters;
  /** pgAudit's classes; `null`: without pgAudit. */
  readonly audit: readonly string[] | null;
  readonly initdb: InitdbOptions;
  readonly applyRestarts: "now" | "defer";
  readonly onDelete: "keep" | "stop";
}

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
  /** Checked by the caller. */
  connection: z.unknown().optional(),
  initdb: initdbSchema.prefault({}),
  applyRestarts: z.enum(["now", "defer"]).default("now"),
  onDelete: z.enum(["keep", "stop"]).default("keep"),
});

/** Checks the inputs of an Instance but for `connection`, which the caller has checked. */
export function declareInstance(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): InstanceDeclaration | undefined {
  const { instance, listenAddresses, allowListeningEverywhere, sockets, tls, parameters, customClasses, audit, ...rest } = inputs;
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
    ...settings, connection, instance: reference, listenAddresses: addresses, sockets: declaredSockets, tls: declaredTls, parameters: declared,
    audit: auditing === false ? null : auditing.log,
  };
}

/** The major version alone, so that parameters are judged although another part of the reference is wrong. */
function majorOf(instance: unknown): Major | undefined {
  const major = (instance as { major?: unknown } | null | undefined)?.major;
  return MAJORS.find((known) => known === major);
}

function declareClasses(value: unknown, issues: IssueCollector): readonly string[] {
  const schema = z.string().refine((name) => /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name), rule("a name without a dot", "Give the part before the first dot."));
  return declareList(value, ["customClasses"], issues, (element, path) => issues.parse(schema, element, path)).whole ?? [];
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
