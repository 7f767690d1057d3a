/** A program of its own made from TypeScript text, for tests that kill the control side or look at it from outside. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

const ROOT = resolve(__dirname, "../..");

export interface Program {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves when its standard output contains the text; rejects when it ends before. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>;
}

/** @param body statements of an async function; modules are imported by `load("src/…")` */
export function startProgram(imports: string, body: string): Program {
  const folder = mkdtempSync(join(tmpdir(), "program-"));
  const outfile = join(folder, "program.js");
  buildSync({
    stdin: { contents: `${imports}\n(async () => {${body}})().catch((error) => { console.log("error: " + error.message); process.exit(1); });`, resolveDir: ROOT, loader: "ts" },
    bundle: true, platform: "node", outfile, logLevel: "error",
  });
  const child = spawn(process.execPath, [outfile], { cwd: ROOT, stdio: "pipe", env: process.env });
  let output = "";
  const listeners = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    listeners.forEach((listener) => listener());
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((done) => child.on("close", (code, signal) => {
    rmSync(folder, { recursive: true, force: true });
    done({ code, signal, output });
  }));
  const said = (text: string): Promise<void> => new Promise((resolveSaid, reject) => {
    const look = (): void => {
      if (output.includes(text)) {
        listeners.delete(look);
        resolveSaid();
      }
    };
    listeners.add(look);
    look();
    void ended.then(() => reject(new Error(`the program ended without saying ${JSON.stringify(text)}: ${output}`)));
  });
  return { process: child, said, ended };
}
