/** Limits of owner, group and mode: a file may be stricter than its limit, and is never widened to it. */
import type { FileIdentity } from "../model/file";
import type { FileModeLimit } from "../model/host";

export function exceedsLimit(found: FileIdentity, limit: FileModeLimit): boolean {
  return found.owner !== limit.owner || !isGroupWithin(found, limit) || (octal(found.mode) & ~octal(limit.mode)) !== 0;
}

/** What the limit makes of it. */
export function withinLimit(found: FileIdentity, limit: FileModeLimit): FileIdentity {
  const mode = (octal(found.mode) & octal(limit.mode)).toString(8).padStart(4, "0");
  return { path: found.path, owner: limit.owner, group: isGroupWithin(found, limit) ? found.group : limit.group, mode };
}

/** root's group is never wider than another. */
const isGroupWithin = (found: FileIdentity, limit: FileModeLimit): boolean => found.group === limit.group || found.group === "root";
const octal = (mode: string): number => Number.parseInt(mode, 8);
