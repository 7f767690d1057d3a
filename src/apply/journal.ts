/**
 * Where a transaction is written down on the host, and the shell functions that the scripts of apply share.
 * `/var/lib/pgrampart/journal/ID/` belongs to root alone and holds copies of the old files, the rollback script, and one
 * state file whose name is the state. A state changes by renaming that file, so of a commit and a rollback that race
 * exactly one wins:
 *
 *     preparing → armed → committed                the new state stays
 *                    └──→ reverting → reverted     the old state is back, compared with the copies
 *
 * `busy` is locked (flock) by whoever works on the entry; a rollback waits for the step that still runs.
 */
import type { Plan, Script } from "../model/plan";
import { Secret } from "../model/secret";
import { sh, shellWord } from "../render/shell";

export const LIBRARY_DIRECTORY = "/var/lib/pgrampart";
export const JOURNAL_DIRECTORY = `${LIBRARY_DIRECTORY}/journal`;
export const RUNTIME_DIRECTORY = "/run/pgrampart";
/** Seconds for a step that does not say. */
export const DEFAULT_STEP_TIMEOUT = 60;

export interface Transaction {
  /** Letters, digits and dashes; unique on the host. */
  readonly id: string;
  readonly plan: Plan;
}

export function entryOf(id: string): string {
  return `${JOURNAL_DIRECTORY}/${id}`;
}

/** Name of the transient systemd timer and service that undo a guarded transaction. */
export function rollbackUnit(id: string): string {
  return `pgrampart-rollback-${id}`;
}

/** Where the new content of a path lies before the swap: on the same file system, named like the target. */
export function stagingDirectory(path: string, id: string): string {
  return `${directoryOf(path)}/.pgrampart-${id}`;
}

/** Without the slash at its end; empty for the root directory. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** A script as one word of another script. */
export function quoteScript(script: Script): Script {
  return { text: new Secret(shellWord(script.text.reveal())), masked: shellWord(script.masked), secrets: script.secrets ?? [] };
}

/** Environment of every script that may outlive the control side. */
export const ENVIRONMENT = sh`set -u
umask 077
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/**
 * `step SECONDS SCRIPT` runs a script in a shell of its own, bounded in time. The script travels through a pipe, never
 * as a process argument. What it says goes to descriptor 7, so that a connection that breaks cannot disturb it;
 * descriptor 8 (the busy lock) stays behind.
 */
export const STEP = sh`step() {
  timeout -k 5 "$1" sh /dev/fd/3 </dev/null >&7 2>&1 7>&- 8>&- 3<<END
exec 3<&-
$2
END
}`;

/** Head of a script about one transaction, which a lost connection does not end. `log` lies in memory. */
export function renderHead(id: string): Script {
  return sh`${ENVIRONMENT}
trap : PIPE HUP
id=${id} entry=${entryOf(id)} unit=${rollbackUnit(id)} work=${`${RUNTIME_DIRECTORY}/${id}`} log=${`${RUNTIME_DIRECTORY}/${id}/log`}
say() { echo "$@" 2>/dev/null; }
${STEP}
mkdir -p -m 0700 ${LIBRARY_DIRECTORY} ${JOURNAL_DIRECTORY} ${RUNTIME_DIRECTORY} && mkdir -p "$work" && exec 7>>"$log" || exit`;
}
