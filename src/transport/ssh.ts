/**
 * The transport over OpenSSH. It connects when first used, rests when nothing was asked for a while, and connects again
 * when needed; a lost connection rejects what was under way and is never hidden by running a script again.
 * One OpenSSH process carries everything (no ControlMaster: framing replaces its channels, and there is no socket that
 * another program could use). Measured against a host on the same two processors: 190 ms for the login (170 ms for a
 * bare ssh), 6 ms for each further script.
 */
import { ConnectError, RunError } from "../errors";
import type { Probe } from "../inspect/probe";
import { maskSecrets } from "../model/masking";
import type { Script } from "../model/plan";
import { Secret, type MaybeSecret } from "../model/secret";
import { hopName } from "./config";
import { dial, type DialOptions } from "./dial";
import type { FrameKind } from "./frame";
import { HopDirectory } from "./hop-directory";
import { describeHolder, LOCK_BUSY, renderLock } from "./lock";
import { Lost, type Answer, type RemoteShell } from "./remote-shell";
import type { Connection } from "../model/connection";
import type { Transport } from "./transport";

/** Seconds for a script that does not say. */
const DEFAULT_TIMEOUT = 120;
/** Characters of a host's message that go into an error. */
const MESSAGE_LENGTH = 2000;

export interface SshTransportOptions {
  /** Seconds without use after which the connection (and with it the lock) is given up until the next use. @default 120 */
  readonly idle?: number;
}

export class SshTransport implements Transport {
  readonly name: string;
  #hops: Promise<readonly HopDirectory[]> | undefined;
  #shell: Promise<RemoteShell> | undefined;
  #locked: RemoteShell | undefined;
  #underWay = 0;
  #rest: NodeJS.Timeout | undefined;
  readonly #open = new Set<RemoteShell>();
  readonly #directories = new Set<HopDirectory>();
  readonly #atExit = (): void => {
    this.#open.forEach((shell) => shell.process.kill("SIGTERM"));
    this.#directories.forEach((directory) => directory.closeNow());
  };

  constructor(private readonly connection: Connection, private readonly options: SshTransportOptions = {}) {
    this.name = hopName(connection);
  }

  async run(title: string, script: Script, options: { readonly timeout?: number; readonly signal?: AbortSignal } = {}): Promise<string> {
    return this.#using(async () => {
      const shell = await this.#connected({ step: title, signal: options.signal });
      return this.#checked(title, script, await this.#answer(shell, "run", title, script, options));
    });
  }

  async observe<T>(probe: Probe<T>): Promise<T> {
    return probe.parse(await this.run(probe.title, probe.script));
  }

  async runFresh(title: string, script: Script, options: { readonly timeout?: number } = {}): Promise<string> {
    const timeout = options.timeout ?? DEFAULT_TIMEOUT;
    const deadline = Date.now() + timeout * 1000;
    return this.#using(async () => {
      const shell = await this.#dial({ step: title, deadline });
      try {
        const left = Math.max((deadline - Date.now()) / 1000, 1);
        return this.#checked(title, script, await this.#answer(shell, "run", title, script, { timeout: left }));
      } finally {
        await this.#closeShell(shell);
      }
    });
  }

  async lock(seconds: number): Promise<void> {
    return this.#using(async () => {
      const title = "taking the host's update lock";
      const shell = await this.#connected({ step: title });
      if (this.#locked === shell && !shell.isEnded) {
        return;
      }
      const script = renderLock(seconds, describeHolder(new Date()));
      const answer = await this.#answer(shell, "hold", title, script, { timeout: seconds + 30 });
      if (answer.status === LOCK_BUSY) {
        throw new ConnectError(this.name, `another update holds the host's lock: ${answer.stdout.trim() || "it does not say who"}; waited ${seconds} s`, {
          remedy: "Wait for that update to end, then run this one again. The lock ends with its holder's connection and with the script that may still run there (fuser -v /run/pgrampart/lock on the host shows it).",
        });
      }
      this.#checked(title, script, answer);
      this.#locked = shell;
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#rest);
    this.#shell = undefined;
    this.#hops = undefined;
    this.#locked = undefined;
    await Promise.all([...this.#open].map((shell) => this.#closeShell(shell)));
    this.#directories.forEach((directory) => directory.close());
    this.#directories.clear();
    process.removeListener("exit", this.#atExit);
  }

  /** The connection that carries everything; a new one when there is none or the last one ended. */
  async #connected(options: DialOptions): Promise<RemoteShell> {
    const current = this.#shell;
    if (current !== undefined) {
      const shell = await current;
      if (!shell.isEnded) {
        return shell;
      }
      this.#open.delete(shell);
      this.#shell = this.#shell === current ? undefined : this.#shell;
      return this.#connected(options);
    }
    const dialled = this.#dial(options);
    this.#shell = dialled;
    dialled.catch(() => {
      this.#shell = this.#shell === dialled ? undefined : this.#shell;
    });
    return dialled;
  }

  async #dial(options: DialOptions): Promise<RemoteShell> {
    this.#hops ??= this.#openHops();
    const hops = await this.#hops.catch((error: unknown) => {
      this.#hops = undefined;
      throw error;
    });
    const shell = await dial(hops, options);
    this.#open.add(shell);
    return shell;
  }

  async #openHops(): Promise<readonly HopDirectory[]> {
    if (!process.listeners("exit").includes(this.#atExit)) {
      process.on("exit", this.#atExit);
    }
    const { proxy, ...target } = this.connection;
    const hops: HopDirectory[] = [];
    for (const hop of proxy === undefined ? [target] : [proxy, target]) {
      const directory = await HopDirectory.open(hop, hops.at(-1));
      this.#directories.add(directory);
      hops.push(directory);
    }
    return hops;
  }

  async #answer(shell: RemoteShell, kind: FrameKind, title: string, script: Script, options: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<Answer> {
    const seconds = options.timeout ?? DEFAULT_TIMEOUT;
    const timer = setTimeout(() => shell.abandon(`no answer within ${seconds} s`), seconds * 1000);
    const cancel = (): void => shell.abandon("cancelled");
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      options.signal?.throwIfAborted();
      return await shell.request(kind, script.text.reveal());
    } catch (error) {
      throw error instanceof Lost ? this.#lost(title, error) : error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  #lost(title: string, lost: Lost): ConnectError {
    const state = lost.hasBegun ? "the host had begun; it may have finished or may still be at it" : "the host had not told that it began";
    return new ConnectError(this.name, `the connection was lost while ${title}: ${lost.reason} (${state})`, {
      remedy: "Nothing was sent twice. Run the update again: it looks at the host first.",
      cause: lost,
    });
  }

  #checked(title: string, script: Script, answer: Answer): string {
    if (answer.status === 0) {
      return answer.stdout;
    }
    const message = maskSecrets(answer.stderr, [...(script.secrets ?? []), ...this.#secrets()]).trim();
    throw new RunError(this.name, title, answer.status, message.length > MESSAGE_LENGTH ? `… ${message.slice(-MESSAGE_LENGTH)}` : message, {
      remedy: "Read the host's message, correct its cause, and run the update again.",
    });
  }

  #secrets(): readonly Secret<string>[] {
    const { connection } = this;
    const values: readonly (MaybeSecret<string> | undefined)[] = [
      connection.privateKey, connection.privateKeyPassword, connection.proxy?.privateKey, connection.proxy?.privateKeyPassword,
    ];
    return values.flatMap((value) => (value === undefined ? [] : [value instanceof Secret ? value : new Secret(value)]));
  }

  async #closeShell(shell: RemoteShell): Promise<void> {
    this.#open.delete(shell);
    await shell.close();
  }

  /** Counts what is under way; when nothing is for a while, the connection rests. */
  async #using<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#rest);
    this.#underWay++;
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) {
        this.#rest = setTimeout(() => void this.close(), (this.options.idle ?? 120) * 1000).unref();
      }
    }
  }
}
