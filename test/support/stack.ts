/** A throwaway Pulumi project with a state of its own, driven by the real engine. What it prints is the test's evidence. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDeployment, type DeployedResource } from "../../src/provider/deployment";

export const ROOT = resolve(__dirname, "../..");

export interface Ended {
  readonly status: number | null;
  /** Standard output and error together, as a person sees them. */
  readonly text: string;
}

export interface StackOptions {
  /** Whether the project names this checkout's plugin itself. @default true */
  readonly projectPlugin?: boolean;
  /** Name of the project, which is also the namespace of its configuration. @default "trial" */
  readonly project?: string;
  /** The words that run a program where the stack's hosts can be reached. @default - here */
  readonly enter?: (argv: readonly string[]) => readonly string[];
}

export class Stack {
  readonly folder = mkdtempSync(join(tmpdir(), "pgrampart-stack-"));
  readonly home = join(this.folder, "home");
  readonly environment: NodeJS.ProcessEnv;

  /** @param program text of index.js; `require("pgrampart")` works in it. */
  constructor(program: string, private readonly options: StackOptions = {}) {
    const { project = "trial" } = options;
    const plugins = options.projectPlugin !== false ? `plugins:\n  providers:\n    - name: pgrampart\n      path: ${join(ROOT, "bin")}\n` : "";
    writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${project}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n${plugins}`);
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: project, version: "0.0.0", private: true, main: "index.js" }));
    writeFileSync(join(this.folder, "index.js"), program);
    mkdirSync(join(this.folder, "state"));
    this.#linkPlugins();
    this.environment = {
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

  /** A file that only its owner can read. */
  writePrivate(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content, { mode: 0o600 });
  }

  start(...words: string[]): ChildProcess {
    const [command = "", ...args] = this.options.enter?.(words) ?? words;
    return spawn(command, args, { cwd: this.folder, env: this.environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
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

  /** Sets a value of the configuration, at a path such as `orders:revoked[0]`; it goes over standard input. */
  async configure(path: string, value: string, kind: "secret" | "plaintext"): Promise<void> {
    const child = spawn("pulumi", ["config", "set", `--${kind}`, "--path", path, "--non-interactive"], { cwd: this.folder, env: this.environment, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(value);
    const { status, text } = await ended(child);
    if (status !== 0) {
      throw new Error(`pulumi config set ${path} ended with ${status}:\n${text}`);
    }
  }

  /** The stack's resources with their secrets, over a pipe. */
  async export(): Promise<readonly DeployedResource[]> {
    return readDeployment(await this.pulumi("stack", "export", "--show-secrets"));
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
