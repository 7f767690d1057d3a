/**
 * A plan as the script that carries it out on the host, up to the point where the control side must look for itself.
 * It is one script because each round trip is one more point where the connection can break: without a guard it also
 * commits, so a control side that dies leaves the host either done or undone, never in between.
 * Processes, not bytes, cost time: files are staged by the shell's own printf (which also keeps their content out of
 * every process list), and owners, modes, copies, syncs and renames are one process for many files
 * (30 files of 1 KB, a ruleset and a reload: 50 processes). All is synced to disk before the swap, and the swap before the commit;
 * waiting for the disk is most of the rest, so new content is synced while the old one is being recorded, and old files
 * are kept by a second link where the journal lies on their file system.
 */
import type { ManagedFile } from "../model/file";
import type { FileSwap, Guard, Script, Step } from "../model/plan";
import { lines, sh } from "../render/shell";
import {
  DEFAULT_STEP_TIMEOUT, directoryOf, JOURNAL_DIRECTORY, quoteScript, renderHead, stagingDirectory, type Transaction,
} from "./journal";
import { renderRecovery } from "./recovery";
import { renderRollback } from "./rollback";

/** What the script was at when it failed; steps of the plan are numbered in their list. */
export type Phase = "begin" | "prepare" | "stage" | "validate" | "record" | "arm" | "swap" | "activate" | "verify" | "commit" | "finish";

/**
 * The script ends its output with one line, then the last words of a failed step:
 * `done` · `ready SECONDS` (until the timer fires) · `failed PHASE INDEX STATUS unchanged|reverted|stuck|committed`.
 */
export function renderTransaction(transaction: Transaction): Script {
  const { id, plan } = transaction;
  const isJournalled = plan.files.length + plan.activate.length > 0;
  return lines([
    renderHead(id),
    FUNCTIONS,
    UNSETTLED,
    ...steps("prepare", plan.prepare),
    ...(isJournalled ? renderChange(transaction) : [...steps("validate", plan.validate), ...steps("verify", plan.verify)]),
    ...(plan.guard !== null && isJournalled
      ? [sh`read -r now rest </proc/uptime; say ready "$(( armed + ${plan.guard.seconds} - \${now%.*} ))"; rm -rf "$work"`]
      : [...(isJournalled ? [COMMIT] : []), ...steps("finish", plan.finish), sh`say done; rm -rf "$work"`]),
  ]);
}

/** The second script of a guarded transaction, once the proofs have succeeded. */
export function renderCommit({ id, plan }: Transaction): Script {
  return lines([renderHead(id), FUNCTIONS, sh`recorded=1 armed=1`, COMMIT, ...steps("finish", plan.finish), sh`say done; rm -rf "$work"`]);
}

/**
 * `at PHASE INDEX` names what comes next; `fail STATUS` undoes what was done, says so, and ends the script with 0:
 * a failed transaction is an answer, not a broken script. `forget PATH…` removes what nobody waits for.
 */
const FUNCTIONS = sh`recorded= armed= committed= syncing=
forget() { rm -rf -- "$@" </dev/null >/dev/null 2>&1 7>&- 8>&- & }
at() { phase=$1 index=$2; : >"$log"; }
fail() {
  status=$1 fate=unchanged
  if [ -n "$committed" ]; then fate=committed
  elif [ -n "$armed" ]; then
    exec 8>&-
    sh "$entry/rollback" all >&7 2>&1
    fate=stuck
    [ ! -e "$entry/reverted" ] || fate=reverted
    [ "$fate" = stuck ] || systemctl --no-block stop "$unit.timer" 2>/dev/null
  elif [ -n "$recorded" ]; then
    sh "$entry/unstage" 2>/dev/null
    rm -rf "$entry"
  fi
  say "failed $phase $index $status $fate"
  tail -c 4000 "$log" 2>/dev/null
  rm -rf "$work"
  exit 0
}`;

/** What an earlier transaction left: an answered one is forgotten, an open one must be settled before anything is planned. */
const UNSETTLED = sh`at begin 0
for other in ${JOURNAL_DIRECTORY}/*/armed ${JOURNAL_DIRECTORY}/*/reverting; do
  [ ! -e "$other" ] || { echo "\${other%/*} is not settled" >&7; fail 1; }
done
for other in ${JOURNAL_DIRECTORY}/*/committed ${JOURNAL_DIRECTORY}/*/reverted; do
  [ ! -e "$other" ] || forget "\${other%/*}"
done`;

const COMMIT = sh`at commit 0
if mv -T "$entry/armed" "$entry/committed" 2>/dev/null; then
  committed=1
  sync "$entry" 2>&7
  forget "$entry/saved" "$entry/rollback" "$entry/unstage"
  [ ! -e "$entry/timer" ] || systemctl --no-block stop "$unit.timer" 2>/dev/null
else
  echo "the rollback came first" >&7
  fail 1
fi`;

function steps(phase: Phase, list: readonly Step[]): readonly Script[] {
  return list.map((step, index) => sh`at ${phase} ${index}; step ${step.timeout ?? DEFAULT_STEP_TIMEOUT} ${quoteScript(step.script)} || fail $?`);
}

function renderChange(transaction: Transaction): readonly Script[] {
  const { id, plan } = transaction;
  return [
    renderRecovery(),
    renderStage(transaction),
    renderRecord(transaction),
    renderSwap(transaction),
    sh`at stage 0; stage 2>&7 || fail $?`,
    ...steps("validate", plan.validate.map((step) => ({ ...step, script: lines([renderStaged(id), step.script]) }))),
    sh`at record 0; record 2>&7 || fail $?`,
    sh`at stage 0; staged_on_disk 2>&7 || fail $?`,
    sh`at record 0; begin 2>&7 || fail $?`,
    ...(plan.guard === null ? [] : [renderArm(id, plan.guard)]),
    sh`at swap 0; swap 2>&7 || fail $?`,
    ...steps("activate", plan.activate),
    ...steps("verify", plan.verify),
  ];
}

/** The function that validating steps may call. */
function renderStaged(id: string): Script {
  return sh`staged() {
  new=\${1%/*}/.pgrampart-${id}/\${1##*/}
  [ -e "$new" ] || new=$1
  printf '%s\\n' "$new"
}`;
}

function placeOf(path: string, id: string): string {
  return `${stagingDirectory(path, id)}/${path.slice(directoryOf(path).length + 1)}`;
}

function placesOf(files: readonly FileSwap[], id: string): readonly string[] {
  return files.filter((file) => file.content !== null).map((file) => placeOf(file.path, id));
}

/** New content beside its target, with owner and mode; unreadable until they are set. */
function renderStage({ id, plan }: Transaction): Script {
  const files = plan.files.filter((file): file is ManagedFile => file.content !== null);
  const place = (file: ManagedFile): string => placeOf(file.path, id);
  const directories = [...new Set(files.map((file) => stagingDirectory(file.path, id)))];
  return sh`stage() {
  recovery || return
  mkdir "$entry" && recorded=1 && : >"$entry/preparing" && command exec 8>"$entry/busy" && flock 8 || return
  printf '%s\\n' ${quoteScript(sh`rm -rf -- ${directories}`)} >"$entry/unstage" || return
${lines(plan.files.map((file) => sh`  [ ! -d ${file.path} ] || [ -L ${file.path} ] || { echo ${`${file.path} is a directory`} >&2; return 1; }`))}
  ${directories.length === 0 ? sh`return 0` : sh`mkdir -m 0711 -- ${directories} || return`}
${lines(files.map((file) => sh`  printf %s ${file.content} >${place(file)} || return`))}
${lines(groups(files, (file) => `${file.owner}:${file.group}`).map(([owner, group]) => sh`  chown ${owner} -- ${group.map(place)} || return`))}
${lines(groups(files, (file) => file.mode).map(([mode, group]) => sh`  chmod ${mode} -- ${group.map(place)} || return`))}
  sync -- ${files.map(place)} >/dev/null 2>"$work/syncing" 8>&- & syncing=$!
}
staged_on_disk() { [ -z "$syncing" ] || wait "$syncing" || { cat "$work/syncing" >&2; return 1; }; }`;
}

/**
 * The old files and the way back, on disk before anything is changed. The swap puts another file at the path, so a link
 * to the old one is as good as a copy and need not be written, unless its content may not be on disk yet: the kernel
 * takes half a minute.
 */
function renderRecord(transaction: Transaction): Script {
  return sh`record() {
  mkdir "$entry/saved" || return
  set --
${lines(transaction.plan.files.map(({ path }) => sh`  { [ -e ${path} ] || [ -L ${path} ]; } && set -- "$@" ${path}`))}
  [ "$#" -eq 0 ] || cp -al --parents -- "$@" "$entry/saved" 2>/dev/null || {
    rm -rf "$entry/saved" && mkdir "$entry/saved" && cp -a --parents -- "$@" "$entry/saved"
  } || return
  printf %s ${quoteScript(renderRollback(transaction))} >"$entry/rollback" || return
  find "$entry" \\( -type d -o -type f -links 1 -o -type f -mmin -1 \\) -exec sync {} +
}
begin() {
  mv -T "$entry/preparing" "$entry/armed" && sync "$entry" ${JOURNAL_DIRECTORY} || return
  armed=1
}`;
}

/** systemd's own accuracy is a minute unless told otherwise. A timer that cannot be set means nothing is changed. */
function renderArm(id: string, guard: Guard): Script {
  return sh`at arm 0
read -r armed rest </proc/uptime; armed=\${armed%.*}
echo >"$entry/timer"
systemd-run --quiet --collect --unit="$unit" --on-active=${guard.seconds} --timer-property=AccuracySec=100ms \
  --description=${`pgrampart: undo transaction ${id} unless it is proven`} /bin/sh "$entry/rollback" all >&7 2>&1 || fail $?`;
}

/** One rename for each file; the directories last, so that a commit never outlives what it commits. */
function renderSwap({ id, plan }: Transaction): Script {
  const placed = plan.files.filter((file) => file.content !== null);
  const removed = plan.files.filter((file) => file.content === null).map((file) => file.path);
  const directories = [...new Set(plan.files.map((file) => directoryOf(file.path)))];
  const moves = groups(placed, (file) => directoryOf(file.path)).map(([directory, files]) =>
    sh`  mv -f -t ${directory || "/"} -- ${placesOf(files, id)} || return`);
  const staging = [...new Set(placed.map((file) => stagingDirectory(file.path, id)))];
  return sh`swap() {
${lines(moves)}
  ${removed.length === 0 ? sh`:` : sh`rm -f -- ${removed} || return`}
  ${staging.length === 0 ? sh`:` : sh`rmdir -- ${staging} || return`}
  ${directories.length === 0 ? sh`:` : sh`sync -- ${directories.map((directory) => directory || "/")}`}
}`;
}


/** In the order in which their keys first appear. */
function groups<T>(items: readonly T[], key: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const found = new Map<string, T[]>();
  items.forEach((item) => found.set(key(item), [...(found.get(key(item)) ?? []), item]));
  return [...found];
}
