/**
 * Opens one connection: starts OpenSSH, waits until the shell on the host is there, tries again where that can help
 * (host down, network away) with a growing pause and a deadline, and says plainly where it cannot: a host key that is
 * not pinned, a refused login, a refused sudo. Those are never tried twice.
 */
import { spawn } from "node:child_process";
import { readFileSync, truncateSync, existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ConnectError } from "../errors";
import { shellWord } from "../render/shell";
import { DEFAULT_DIAL_LIMIT, DEFAULT_DIAL_TIMEOUT, DEFAULT_USER, hopName } from "./config";
import { DISPATCHER } from "./frame";
import { explainHostKey } from "./host-key";
import type { HopDirectory } from "./hop-directory";
import { RemoteShell, type SshProcess } from "./remote-shell";

export interface DialOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch after which no further attempt is made. @default - only the attempts are limited */
  readonly deadline?: number | undefined;
  /** What the connection is for: "while …". */
  readonly step: string;
}

/** Milliseconds before the second attempt; doubles until the limit. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;

/** @param hops the way to the host, which comes last */
export async function dial(hops: readonly HopDirectory[], options: DialOptions): Promise<RemoteShell> {
  const target = hops.at(-1) as HopDirectory;
  const limit = target.hop.dialErrorLimit ?? DEFAULT_DIAL_LIMIT;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const outcome = await attemptDial(hops, options);
    if (outcome instanceof RemoteShell) {
      return outcome;
    }
    const wait = Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE);
    const isLast = (limit >= 0 && attempt >= Math.max(limit, 1)) || (options.deadline !== undefined && Date.now() + wait >= options.deadline);
    if (isLast) {
      throw new ConnectError(hopName(target.hop), `no connection after ${attempt} ${attempt === 1 ? "attempt" : "attempts"} while ${options.step}: ${outcome.reason}`, {
        remedy: "Check that the host is up, that its SSH port is reachable from here and that host and port are right; then run the update again.",
      });
    }
    await pause(wait, undefined, { ...(options.signal === undefined ? {} : { signal: options.signal }) });
  }
}

interface Failed {
  readonly reason: string;
}

async function attemptDial(hops: readonly HopDirectory[], options: DialOptions): Promise<RemoteShell | Failed> {
  const target = hops.at(-1) as HopDirectory;
  hops.filter(({ files }) => existsSync(files.log)).forEach(({ files }) => truncateSync(files.log));
  const shell = new RemoteShell(startSsh(target), () => endOf(target));
  const timeout = attemptTimeout(target, options.deadline);
  const timer = timeout === undefined ? undefined : setTimeout(() => shell.abandon(`no answer within ${Math.ceil(timeout / 1000)} s`), timeout);
  const cancel = (): void => shell.abandon("cancelled");
  options.signal?.addEventListener("abort", cancel, { once: true });
  const isReady = await shell.isReady();
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", cancel);
  if (isReady) {
    return shell;
  }
  await shell.close();
  options.signal?.throwIfAborted();
  for (const hop of hops) {
    await refuse(hop, shell.lastWords(), hop === target && hops.length > 1);
  }
  const log = hops.map((hop) => complaint(logOf(hop))).find((text) => text !== "");
  return { reason: log ?? shell.endReason };
}

function startSsh({ hop, files }: HopDirectory): SshProcess {
  const isRoot = (hop.user ?? DEFAULT_USER) === "root";
  const command = `exec ${isRoot ? "" : "sudo -n "}sh -c ${shellWord(DISPATCHER)}`;
  return spawn("ssh", ["-F", files.config, "-E", files.log, "-T", "--", hop.host, command], { stdio: ["pipe", "pipe", "pipe"], detached: true, cwd: "/" });
}

function attemptTimeout({ hop }: HopDirectory, deadline: number | undefined): number | undefined {
  const own = (hop.perDialTimeout ?? DEFAULT_DIAL_TIMEOUT) * 1000;
  const left = deadline === undefined ? Infinity : Math.max(deadline - Date.now(), 1000);
  const least = Math.min(own === 0 ? Infinity : own, left);
  return Number.isFinite(least) ? least : undefined;
}

function logOf({ files }: HopDirectory): string {
  return existsSync(files.log) ? readFileSync(files.log, "utf8").replaceAll("\r", "") : "";
}

/** The last thing OpenSSH complained about, without its debugging. */
function complaint(log: string): string {
  return log.split("\n").filter((line) => line !== "" && !/^(debug\d:|Warning: |Authenticated to|Transferred:|Bytes per second|OpenSSH_)/.test(line)).at(-1)?.slice(0, 300) ?? "";
}

function endOf(target: HopDirectory): string {
  return complaint(logOf(target)) || "OpenSSH ended without a message";
}

/** Throws where another attempt would end the same. */
async function refuse(directory: HopDirectory, lastWords: string, isBehindJump: boolean): Promise<void> {
  const { hop } = directory;
  const log = logOf(directory);
  const user = hop.user ?? DEFAULT_USER;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type|host key is known for/.test(log)) {
    throw await explainHostKey(hop, log, isBehindJump);
  }
  if (/Permission denied \(|Too many authentication failures/.test(log)) {
    throw new ConnectError(hopName(hop), `the login as ${user} was refused: ${complaint(log)}`, {
      remedy: "Check user and privateKey (or the agent), and that the host's authorized_keys holds the public key.",
    });
  }
  if (/^debug1: (Sending command|Entering interactive session)/m.test(log) && lastWords !== "" && !/^debug1: client_loop|Connection (reset|closed)|Broken pipe|Timeout, server/m.test(log)) {
    const isSudo = /\bsudo\b/.test(lastWords);
    throw new ConnectError(hopName(hop), `${isSudo ? "sudo refused to work without a password" : "the login gives no shell"}: ${lastWords.slice(-400)}`, {
      remedy: isSudo
        ? `Install sudo and allow it on the host: echo '${user} ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/${user}; or log in as root.`
        : `Give ${user} a login shell on the host, and check that its account is not locked or expired.`,
    });
  }
}
