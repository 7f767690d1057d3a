/**
 * Runs one program of this machine and waits for it. A status other than 0 is a LabError with the last lines of what
 * the program said; arguments are passed as they are, never through a shell.
 */
import { spawn } from "node:child_process";
import { LabError } from "../errors";

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** What to call the command in an error. @default - its words */
  readonly title?: string;
  /** What to do if it fails. @default - look for the cause and try again */
  readonly remedy?: (said: string) => string;
  /** Text for standard input. @default - none */
  readonly input?: string;
  /** Return a failure instead of throwing it. @default - false */
  readonly mayFail?: boolean;
  /** Seconds until the program is killed. @default - none */
  readonly timeout?: number;
}

export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const result = await spawned(argv, options);
  if (result.status !== 0 && options.mayFail !== true) {
    const said = `${result.stderr}\n${result.stdout}`.trim().split("\n").slice(-8).join("\n");
    const remedy = options.remedy?.(said) ?? "read what the program said, remove the cause, run the same command again: it continues where it stopped";
    throw new LabError(`${options.title ?? argv.join(" ")} ended with status ${result.status}${said === "" ? "" : `:\n${said}`}`, { remedy });
  }
  return result;
}

function spawned(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [program = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], timeout: (options.timeout ?? 0) * 1000, killSignal: "SIGKILL" });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => undefined); // a program that ends before it read everything says why by its status
    child.on("error", (cause) =>
      reject(new LabError(`${program} could not be started: ${cause.message}`, { remedy: `install ${program} or put it on PATH`, cause })),
    );
    child.on("close", (code) =>
      resolve({ status: code ?? 128, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(options.input ?? "");
  });
}
