/**
 * The framing between the control side and the shell on the host. A frame is a header of 64 bytes (kind, nonce, length)
 * and the script's text; its answer lies on standard output and standard error between two lines that begin with the
 * nonce. Nothing is a process argument or a file, any byte may be in an answer, frames run one after the other.
 * A frame that was cut off ends the shell unread: half a script never runs.
 */
import { RenderError } from "../errors";

/** `run`: in a subshell that cannot change the shell. `hold`: in the shell itself, for what must last as long as the connection. */
export type FrameKind = "run" | "hold" | "beat";

const HEADER_LENGTH = 64;
/** Bytes in hexadecimal; unguessable, so nothing that a script prints can pass for the end of its answer. */
export const NONCE_LENGTH = 32;
/** Seconds without any frame after which the host takes the control side for dead and lets go of the lock. */
const SILENCE_LIMIT = 60;
/** Seconds between signs of life. */
export const BEAT_INTERVAL = 15;
export const READY_MARKER = "pgrampart";

/**
 * The program of the shell on the host, for dash. Holds neither a single quote, a newline nor `!`, so that any login
 * shell (fish and csh included) passes it on unchanged. Descriptor 9 is the update lock: no child ever gets it.
 * `head` and not `read` takes the script, since dash reads a byte per system call (1 MB: 0.4 s of a processor instead of 0.01 s).
 */
export const DISPATCHER = [
  "cd /; umask 022; export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  `m() { printf "\\n%s %s\\n" "$1" "$2"; printf "\\n%s %s\\n" "$1" "$2" >&2; }`,
  `x() { eval "$s"; }`,
  `m ${READY_MARKER} ready`,
  `while h=$(timeout ${SILENCE_LIMIT} head -c ${HEADER_LENGTH} 9>&-) && [ "\${#h}" -eq ${HEADER_LENGTH - 1} ]; do set -- $h`,
  "case $1 in beat) continue;; esac",
  `s=$(head -c "$3" 9>&-)`,
  `case $s in *"#$2") ;; *) exit 74;; esac`,
  `m "$2" begin`,
  `case $1 in hold) x </dev/null;; *) (x) </dev/null 9>&-;; esac`,
  `m "$2" "$?"; done`,
].join("; ").replaceAll("do; ", "do ");

/** Throws RenderError for a script with a NUL character: the shell would leave it out without a word. */
export function encodeFrame(kind: FrameKind, nonce: string, script: string): Buffer {
  if (script.includes("\0")) {
    throw new RenderError("a script cannot hold a NUL character", { remedy: "Remove the NUL character from the value it comes from." });
  }
  const body = kind === "beat" ? Buffer.alloc(0) : Buffer.from(`${script}\n#${nonce}`);
  const header = `${kind} ${nonce} ${body.length}`.padEnd(HEADER_LENGTH - 1);
  return Buffer.concat([Buffer.from(`${header}\n`), body]);
}

export interface Marked {
  /** Everything since the marker before. */
  readonly before: Buffer;
  /** What stands behind the marker: `ready`, `begin`, or an exit status. */
  readonly word: string;
}

interface Expectation {
  readonly marker: Buffer;
  readonly resolve: (marked: Marked) => void;
  readonly reject: (reason: unknown) => void;
}

/** Cuts one stream at its marker lines, however its chunks fall. Reads each byte about once. */
export class MarkerReader {
  readonly #expected: Expectation[] = [];
  #settled: Buffer[] = [];
  #open: Buffer = Buffer.alloc(0);
  #failure: { readonly reason: unknown } | undefined;

  /** Resolves at the next line `MARKER WORD`. Calls are answered in their order. */
  next(marker: string): Promise<Marked> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure.reason);
        return;
      }
      this.#expected.push({ marker: Buffer.from(`\n${marker} `), resolve, reject });
      this.#advance();
    });
  }

  push(chunk: Buffer): void {
    this.#open = this.#open.length === 0 ? chunk : Buffer.concat([this.#open, chunk]);
    this.#advance();
  }

  /** No more will come: everything expected is rejected. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#expected.splice(0).forEach((expectation) => expectation.reject(reason));
  }

  /** What came and belongs to no answer: the last words of a shell that ended. */
  rest(): Buffer {
    return Buffer.concat([...this.#settled, this.#open]);
  }

  #advance(): void {
    for (let head = this.#expected[0]; head !== undefined; head = this.#expected[0]) {
      const start = this.#open.indexOf(head.marker);
      if (start < 0) {
        this.#settle(this.#open.length - head.marker.length + 1);
        return;
      }
      const end = this.#open.indexOf("\n", start + head.marker.length);
      if (end < 0) {
        this.#settle(start);
        return;
      }
      const before = Buffer.concat([...this.#settled, this.#open.subarray(0, start)]);
      const word = this.#open.subarray(start + head.marker.length, end).toString("latin1");
      this.#settled = [];
      this.#open = this.#open.subarray(end + 1);
      this.#expected.shift();
      head.resolve({ before, word });
    }
  }

  /** Sets aside bytes in which the marker cannot begin any more. */
  #settle(length: number): void {
    if (length > 0) {
      this.#settled.push(this.#open.subarray(0, length));
      this.#open = this.#open.subarray(length);
    }
  }
}
