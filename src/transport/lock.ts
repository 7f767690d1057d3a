/**
 * The update lock of a host: flock(2) on a file that only root can reach, held by descriptor 9 of the long-lived shell.
 * It ends with the connection, or when the script that still runs after a cut connection ends; no program started by a
 * step inherits it. The file says who holds it.
 */
import { hostname, userInfo } from "node:os";
import { sh } from "../render/shell";
import type { Script } from "../model/plan";

/** Status of the lock's script when somebody else holds it. */
export const LOCK_BUSY = 75;

/** @param seconds how long to wait for it */
export function renderLock(seconds: number, holder: string): Script {
  return sh`umask 077
mkdir -p -m 0700 /run/pgrampart
if { command exec 9>>/run/pgrampart/lock; } 2>&1 && flock -w ${seconds} 9; then
  umask 022
  printf '%s\\n' ${holder} >/run/pgrampart/lock
else
  command exec 9>&-
  umask 022
  cat /run/pgrampart/lock
  (exit ${LOCK_BUSY})
fi`;
}

/** Who asks for it, as a person wants to read it when the lock is in the way. */
export function describeHolder(now: Date): string {
  return `${userInfo().username}@${hostname()}, process ${process.pid}, since ${now.toISOString().replace(/\.\d+/, "")}`;
}
