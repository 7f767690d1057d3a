/**
 * Brings earlier transactions to an end before anything is planned, so that no plan is made from a half-way state.
 * Whoever holds the update lock knows that no other update runs; an open entry then belongs to a dead one and is rolled
 * back now instead of by its timer.
 */
import { ApplyError } from "../errors";
import { sh } from "../render/shell";
import type { Transport } from "../transport/transport";
import { entryOf, JOURNAL_DIRECTORY, renderHead, RUNTIME_DIRECTORY } from "./journal";

/** Seconds to wait for another update on the same host. */
export const LOCK_WAIT = 60;
const TIMEOUT = 300;

const SETTLE = sh`set -u
[ -d ${JOURNAL_DIRECTORY} ] || exit 0
for entry in ${JOURNAL_DIRECTORY}/*/; do
  entry=\${entry%/} id=\${entry##*/}
  [ -d "$entry" ] || continue
  if [ -e "$entry/armed" ] || [ -e "$entry/reverting" ]; then
    words=$(sh "$entry/rollback" all 2>&1)
    [ -e "$entry/reverted" ] || { printf 'stuck %s\\n%s\\n' "$id" "$words"; exit 0; }
    echo "reverted $id"
    [ ! -e "$entry/timer" ] || systemctl --no-block stop "pgrampart-rollback-$id.timer" 2>/dev/null
  elif [ ! -e "$entry/committed" ] && [ -e "$entry/unstage" ]; then
    sh "$entry/unstage"
  fi
  rm -rf "$entry" ${RUNTIME_DIRECTORY}/"$id"
done`;

/** Takes the host's update lock; then gives the ids of transactions that were rolled back on the way. */
export async function settle(transport: Transport): Promise<readonly string[]> {
  await transport.lock(LOCK_WAIT);
  const answer = await transport.run("settling an interrupted update", SETTLE, { timeout: TIMEOUT });
  const [, stuck, words] = /^stuck (\S+)\n([^]*)/m.exec(answer) ?? [];
  if (stuck !== undefined) {
    throw new ApplyError(transport.name, "settling an interrupted update", false, `transaction ${stuck} cannot be undone: ${(words ?? "").trim().slice(-1000)}`, {
      remedy: `Look at ${entryOf(stuck)} on the host: saved/ holds the old files, rollback is the script. Correct what it complains about, then run the update again.`,
    });
  }
  return [...answer.matchAll(/^reverted (\S+)$/gm)].map((match) => match[1] as string);
}

/** How a transaction ended, as the host tells. `absent`: it changed nothing. */
export type Fate = "committed" | "reverted" | "stuck" | "absent";

/**
 * Asks how a transaction ended when its answer was lost, or ends it by undoing it: what still runs is waited for, what
 * is open then is rolled back. Changes nothing when asked again.
 */
export async function conclude(transport: Transport, id: string): Promise<Fate> {
  const answer = await transport.run("asking how the change ended", sh`${renderHead(id)}
[ ! -e "$entry/busy" ] || flock -w ${TIMEOUT} "$entry/busy" true
if [ -e "$entry/armed" ] || [ -e "$entry/reverting" ]; then sh "$entry/rollback" all >&7 2>&1; fi
[ ! -e "$entry/timer" ] || [ -e "$entry/reverting" ] || systemctl --no-block stop "pgrampart-rollback-$id.timer" 2>/dev/null
rm -rf "$work"
if [ -e "$entry/committed" ]; then echo committed
elif [ -e "$entry/reverted" ]; then echo reverted
elif [ -e "$entry/reverting" ]; then echo stuck
else [ ! -e "$entry/unstage" ] || sh "$entry/unstage"; rm -rf "$entry"; echo absent; fi`, { timeout: 2 * TIMEOUT });
  return answer.trim() as Fate;
}
