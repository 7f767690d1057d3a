/** A throwaway Pulumi project with a state of its own, driven by the real engine. What it prints is the test's evidence. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

export interface Ended {
  readonly status: number | null;
  /** Standard output and error together, as a person sees them. */
  readonly text: string;
}

export class Stack {
  readonly folder = mkdtempSync(join(tmpdir(), "pgrampart-stack-"));
  readonly home = join(this.folder, "home");
  readonly #environment: NodeJS.ProcessEnv;

  /** @param program text of index.js; `require("pgrampart")` works in it. */
  constructor(program: string, options: { readonly projectPlugin: boolean } = { projectPlugin: true }) {
    const plugins = options.projectPlugin ? `plugins:\n  providers:\n    - name: pgrampart\n      path: ${join(ROOT, "bin")}\n` : "";
    writeFileSync(join(this.folder, "Pulumi.yaml"), `name: trial\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n${plugins}`);
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: "trial", version: "0.0.0", private: true, main: "index.js" }));
    writeFileSync(join(this.folder, "index.js"), program);
    mkdirSync(join(this.folder, "state"));
    this.#linkPlugins();
    this.#environment = {
      ...process.env, PULUMI_HOME: this.home, PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`, PULUMI_CONFIG_PASSPHRASE: "trial",
      PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", NO_COLOR: "1",
    };
  }

  /** The plugins of others, so that ours is the only one in question. */
  #linkPlugins(): void {
    const installed = join(process.env["PULUMI_HOME"] ?? join(ROOT, ".cache/pulumi-home"), "plugins");
    mkdirSync(join(this.home, "plugins"), { recursive: true });
    const others = existsSync(installed) ? readdirSync(installed).filter((name) => /^resource-(tls|random|postgresql)-v[\d.]+$/.test(name)) : [];
    for (const name of others) {
      // The engine passes over a folder that is a link, not over files that are.
      mkdirSync(join(this.home, "plugins", name));
      readdirSync(join(installed, name)).forEach((file) => symlinkSync(join(installed, name, file), join(this.home, "plugins", name, file)));
    }
  }

  /** Modules from this checkout: `pgrampart` is its build. */
  useCheckout(): this {
    mkdirSync(join(this.folder, "node_modules"));
    readdirSync(join(ROOT, "node_modules")).filter((name) => name !== "pgrampart").forEach((name) => symlinkSync(join(ROOT, "node_modules", name), join(this.folder, "node_modules", name)));
    symlinkSync(ROOT, join(this.folder, "node_modules/pgrampart"));
    return this;
  }

  write(name: string, value: unknown): void {
    writeFileSync(join(this.folder, name), typeof value === "string" ? value : JSON.stringify(value));
  }

  start(command: string, ...args: string[]): ChildProcess {
    return spawn(command, args, { cwd: this.folder, env: this.#environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
  }

  async run(command: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(command, ...args));
  }

  /** `pulumi …`, which must succeed. */
  async pulumi(...args: string[]): Promise<string> {
    const { status, text } = await this.run("pulumi", ...args, "--non-interactive");
    if (status !== 0) {
      throw new Error(`pulumi ${args.join(" ")} ended with ${status}:\n${text}`);
    }
    return text;
  }

  async init(): Promise<this> {
    await this.pulumi("stack", "init", "dev");
    return this;
  }

  /** The state as it lies on disk, history and backups included. */
  state(): string {
    return textsIn(join(this.folder, "state"));
  }

  /** Everything the engine logged without being asked to. */
  logs(): string {
    return textsIn(join(this.home, "logs"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Resolves when the process has ended and everything it printed has been read. */
export function ended(child: ChildProcess): Promise<Ended> {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (status) => done({ status, text: Buffer.concat(chunks).toString("utf8") }));
  });
}

function textsIn(folder: string): string {
  if (!existsSync(folder)) {
    return "";
  }
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
}
