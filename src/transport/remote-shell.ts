/**
 * The long-lived shell on the host: sends frames, gives back answers. Frames are written at once and answered in order,
 * so what is asked together travels together without waiting for the network. When the connection ends, everything
 * unanswered is rejected with a `Lost` that says whether the host had begun; nothing is ever sent twice.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { BEAT_INTERVAL, encodeFrame, MarkerReader, NONCE_LENGTH, READY_MARKER, type FrameKind } from "./frame";

export type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The connection ended before the answer was complete. */
export class Lost extends Error {
  /** `hasBegun`: the host told that it began to run the script. Without it, it may or may not have. */
  constructor(readonly reason: string, readonly hasBegun: boolean) {
    super(reason);
  }
}

/** Milliseconds that OpenSSH gets to say goodbye before it is ended. */
const FAREWELL = 2000;

export class RemoteShell {
  readonly #out = new MarkerReader();
  readonly #err = new MarkerReader();
  readonly #ended: Promise<void>;
  #beat: NodeJS.Timeout | undefined;
  #end: string | undefined;

  /** @param explain why the process ended, when asked after it did */
  constructor(readonly process: SshProcess, explain: () => string) {
    process.stdout.on("data", (chunk: Buffer) => this.#out.push(chunk));
    process.stderr.on("data", (chunk: Buffer) => this.#err.push(chunk));
    process.stdin.on("error", () => undefined);
    this.#ended = once(process, "close").then(() => undefined, () => undefined).then(() => {
      clearInterval(this.#beat);
      this.#end ??= explain();
      this.#out.fail(this.#end);
      this.#err.fail(this.#end);
    });
  }

  /** Why it ended; empty while it has not. */
  get endReason(): string {
    return this.#end ?? "";
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves to true once the shell on the host is there, to false when the process ended before. */
  async isReady(): Promise<boolean> {
    const ready = await Promise.all([this.#out.next(READY_MARKER), this.#err.next(READY_MARKER)]).then(() => true, () => false);
    if (ready) {
      this.#beat = setInterval(() => this.process.stdin.write(encodeFrame("beat", "0".repeat(NONCE_LENGTH), "")), BEAT_INTERVAL * 1000).unref();
    }
    return ready;
  }

  /** What the host said outside any answer: the complaint of a sudo or a login shell. */
  lastWords(): string {
    return Buffer.concat([this.#err.rest(), Buffer.from("\n"), this.#out.rest()]).toString().trim();
  }

  async request(kind: FrameKind, script: string): Promise<Answer> {
    if (this.#end !== undefined) {
      throw new Lost(this.#end, false);
    }
    const nonce = randomBytes(NONCE_LENGTH / 2).toString("hex");
    const frame = encodeFrame(kind, nonce, script);
    let hasBegun = false;
    const begin = [this.#out.next(nonce), this.#err.next(nonce)];
    const end = [this.#out.next(nonce), this.#err.next(nonce)];
    this.process.stdin.write(frame);
    try {
      [...begin, ...end].forEach((marked) => marked.catch(() => undefined));
      await Promise.all(begin);
      hasBegun = true;
      const [stdout, stderr] = await Promise.all(end);
      return { status: Number(stdout?.word), stdout: stdout?.before.toString() ?? "", stderr: stderr?.before.toString() ?? "" };
    } catch (reason) {
      throw new Lost(String(reason), hasBegun);
    }
  }

  /** Ends the connection without waiting; what is unanswered is rejected with this reason. */
  abandon(reason: string): void {
    this.#end ??= reason;
    this.#out.fail(this.#end);
    this.#err.fail(this.#end);
    this.process.kill("SIGTERM");
  }

  /** Lets the host end what it runs, then ends. */
  async close(): Promise<void> {
    this.#end ??= "the connection was closed";
    this.process.stdin.end();
    const terminate = setTimeout(() => this.process.kill("SIGTERM"), FAREWELL);
    const kill = setTimeout(() => this.process.kill("SIGKILL"), 2 * FAREWELL);
    await this.#ended;
    clearTimeout(terminate);
    clearTimeout(kill);
  }
}
