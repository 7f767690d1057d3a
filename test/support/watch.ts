/**
 * Looks over everybody's shoulder while something runs: command lines and environments of all processes of this machine
 * (those of the lab's hosts are among them), and the files in the temporary directories of both sides. A process of its own,
 * which gets what it looks for on standard input, so that it cannot find itself.
 */
import { spawn } from "node:child_process";

export interface Sighting {
  /** The text's name in `sought`. */
  readonly canary: string;
  /** `cmdline`, `environ` or the path of a file. */
  readonly where: string;
  /** The process's name, after that of the variable; or the file's mode with those of its directories, outermost first. */
  readonly detail: string;
}

const WATCHER = `
const fs = require("node:fs");
const { join } = require("node:path");
const request = JSON.parse(fs.readFileSync(0, "utf8").split("\\n")[0]);
const sought = Object.entries(request.sought);
const seen = new Map();
const parent = process.ppid;
let rounds = 0;
const note = (canary, where, detail) => seen.set(canary + where + detail, { canary, where, detail });
const read = (path) => { try { return fs.readFileSync(path, "latin1"); } catch { return ""; } };
const search = (text, where, detail) => { for (const [name, value] of sought) if (text.includes(value)) note(name, where, detail()); };
const processes = () => {
  for (const pid of fs.readdirSync("/proc")) {
    if (!/^\\d+$/.test(pid)) continue;
    search(read("/proc/" + pid + "/cmdline"), "cmdline", () => read("/proc/" + pid + "/comm").trim());
    for (const variable of read("/proc/" + pid + "/environ").split("\\0")) search(variable, "environ", () => variable.split("=")[0] + " of " + read("/proc/" + pid + "/comm").trim());
  }
};
const modes = (path, root) => { const all = []; for (let at = path; at.length >= root.length; at = join(at, "..")) { try { all.unshift((fs.statSync(at).mode & 0o7777).toString(8)); } catch {} } return all.join("/"); };
const files = (folder, root) => {
  let entries = [];
  try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch {}
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !request.passedOver.some((prefix) => path.startsWith(prefix))) files(path, root);
    else if (entry.isFile()) { try { if (fs.statSync(path).size < 1 << 20) search(read(path), path, () => modes(path, root)); } catch {} }
  }
};
const round = () => {
  processes();
  if (rounds++ % 4 === 0) for (const folder of request.folders) files(folder, folder);
  if (fs.existsSync(request.stop) || process.ppid !== parent) { process.stdout.write(JSON.stringify({ rounds, sightings: [...seen.values()] })); return; }
  setImmediate(round);
};
process.stdout.write("watching\\n");
round();
`;

export interface Watch {
  /** How often everything was looked at, and what was seen. */
  stop(): Promise<{ readonly rounds: number; readonly sightings: readonly Sighting[] }>;
}

export interface WatchRequest {
  /** Texts by name. */
  readonly sought: Readonly<Record<string, string>>;
  /** Directories whose files are read, again and again. */
  readonly folders: readonly string[];
  /** Directories in them that are not. */
  readonly passedOver: readonly string[];
  /** A file that ends the watch when it appears. */
  readonly stop: string;
}

/** Resolves when it has begun. */
export async function watch(request: WatchRequest, end: () => void): Promise<Watch> {
  const child = spawn(process.execPath, ["-e", WATCHER], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  const begun = new Promise<void>((resolve) => child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    resolve();
  }));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin.end(`${JSON.stringify(request)}\n`);
  await begun;
  return {
    stop: async () => {
      end();
      await ended;
      return JSON.parse(output.replace(/^watching\n/, "")) as { rounds: number; sightings: Sighting[] };
    },
  };
}
