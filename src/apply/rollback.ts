/**
 * The script that puts the old state back, complete in itself: the same one runs when a step fails, when the timer
 * fires, at boot after a power failure, and when the next update finds it unfinished. It may be killed at any point and
 * run again. It takes the decision first (armed → reverting), then waits for a step that still runs, puts back what
 * differs from the saved copies, runs the plan's `restore`, and is done only when every file equals its copy.
 * `files` stops before `restore`, for the early part of a boot when no service runs; `effects` is the rest.
 */
import type { Script } from "../model/plan";
import { lines, sh } from "../render/shell";
import { DEFAULT_STEP_TIMEOUT, directoryOf, ENVIRONMENT, entryOf, quoteScript, stagingDirectory, STEP, type Transaction } from "./journal";

/** `same PATH` compares a path with its saved copy, or with its absence; `back PATH` makes it so. */
const COMPARE = sh`same() {
  old=$entry/saved$1
  if [ -L "$old" ]; then [ "$(readlink "$1")" = "$(readlink "$old")" ]
  elif [ -e "$old" ]; then [ -f "$1" ] && [ ! -L "$1" ] && cmp -s "$old" "$1" && [ "$(stat -c %u:%g:%a "$1")" = "$(stat -c %u:%g:%a "$old")" ]
  else [ ! -e "$1" ] && [ ! -L "$1" ]; fi
}
back() {
  same "$1" && return
  if [ -e "$old" ] || [ -L "$old" ]; then
    new=\${1%/*}/.pgrampart-$id.back
    cp -aT "$old" "$new" && { [ -L "$new" ] || sync "$new"; } && mv -fT "$new" "$1"
  else rm -f "$1"; fi
}`;

export function renderRollback({ id, plan }: Transaction): Script {
  const paths = plan.files.map((file) => file.path);
  const directories = [...new Set(paths.map((path) => directoryOf(path) || "/"))];
  const staging = [...new Set(paths.map((path) => stagingDirectory(path, id)))];
  const restore = plan.restore.map((step) =>
    sh`  step ${step.timeout ?? DEFAULT_STEP_TIMEOUT} ${quoteScript(step.script)} || { status=1; echo ${`failed while ${step.title}`} >&2; }`);
  return sh`#!/bin/sh
# Undoes transaction ${id} of pgrampart; may be run again and again.
${ENVIRONMENT}
id=${id} entry=${entryOf(id)}
exec 7>&2
${STEP}
${COMPARE}
undo() {
  mv -T "$entry/armed" "$entry/reverting" 2>/dev/null && sync "$entry"
  [ -e "$entry/reverting" ] || return 0
  command exec 8>>"$entry/busy" && flock 8 || return
  [ -e "$entry/reverting" ] || return 0
  status=0
  if [ "$1" != effects ]; then
    :
${lines(paths.map((path) => sh`    back ${path} || status=1`))}
    rm -rf -- ${staging}
    ${directories.length === 0 ? sh`:` : sh`sync -- ${directories} || status=1`}
  fi
  [ "$1" != files ] || return "$status"
${lines(restore)}
${lines(paths.map((path) => sh`  same ${path} || { status=1; echo ${`${path} is not as it was`} >&2; }`))}
  [ "$status" -eq 0 ] && mv -T "$entry/reverting" "$entry/reverted" && sync "$entry" && rm -rf "$entry/saved" "$entry/rollback"
}
undo "\${1:-all}"; exit`;
}
