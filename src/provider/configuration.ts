/**
 * The provider's own configuration: `pgrampart:connections` (names for hosts, so that `pulumi import` can reach them) and
 * `pgrampart:updateLockTimeout`. Values arrive as plain data or, from `pulumi config`, as JSON text.
 */
import { IssueCollector, formatIssue } from "../declare/issue";
import type { PropertyMap } from "./kind";
import { expose, isRecord } from "./property";
import { containsUnknown } from "../model/unknown";

export interface Configuration {
  /** Name → connection arguments, as every resource takes them. */
  readonly connections: Readonly<Record<string, PropertyMap>>;
  /** Seconds to wait for another update on the same host to end. */
  readonly updateLockTimeout: number;
}

export const DEFAULT_CONFIGURATION: Configuration = { connections: {}, updateLockTimeout: 60 };

const KNOWN = ["connections", "updateLockTimeout", "version", "pluginDownloadURL", "__internal"];

/** Faults as printable text; `connections` is never printed. */
export function readConfiguration(inputs: PropertyMap): { readonly configuration: Configuration; readonly faults: readonly { readonly path: string; readonly reason: string }[] } {
  const issues = new IssueCollector();
  const plain = expose(inputs) as PropertyMap;
  Object.keys(plain).filter((key) => !KNOWN.includes(key)).forEach((key) =>
    issues.add([key], "[hidden]", "connections, updateLockTimeout", "Remove it or correct its spelling."));
  const configuration = { connections: readConnections(plain["connections"], issues), updateLockTimeout: readSeconds(plain["updateLockTimeout"], issues) };
  return { configuration, faults: issues.issues.map((issue) => ({ path: issue.path, reason: formatIssue(issue) })) };
}

function readConnections(given: unknown, issues: IssueCollector): Configuration["connections"] {
  if (given === undefined || given === null || containsUnknown(given)) {
    return {};
  }
  const value = fromJson(given);
  if (!isRecord(value) || !Object.values(value).every(isRecord)) {
    issues.add(["connections"], "[hidden]", "names, each with connection arguments", `Write it as {"h1": {"host": "…", "hostKeys": ["…"]}}.`);
    return {};
  }
  return value as Configuration["connections"];
}

function readSeconds(given: unknown, issues: IssueCollector): number {
  if (given === undefined || given === null || containsUnknown(given)) {
    return DEFAULT_CONFIGURATION.updateLockTimeout;
  }
  const seconds = Number(given);
  if (!Number.isFinite(seconds) || seconds < 0) {
    issues.add(["updateLockTimeout"], given, "seconds, 0 or more", "Write a number.");
    return DEFAULT_CONFIGURATION.updateLockTimeout;
  }
  return seconds;
}

function fromJson(value: unknown): unknown {
  if (typeof value !== "string") {
    return value;
  }
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
