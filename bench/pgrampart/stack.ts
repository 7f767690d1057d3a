/**
 * The whole way: `pulumi up` with the real engine, a program of compiled JavaScript, a state on disk of its own. The
 * program reads what to declare from a file, so that every round runs the same program.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../src/lab/command";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { reveal } from "../../src/model/secret";
import { NAMES, timed, type Contestant } from "../contestant";
import { declarationOf, type Ruling } from "./declaration";

const UNIT_PROGRAM = `"use strict";
const pgrampart = require("pgrampart");
for (const { type, name, args } of JSON.parse(require("node:fs").readFileSync("unit.json", "utf8"))) new pgrampart[type](name, args);
`;

export class Project {
  readonly #folder = mkdtempSync(join(tmpdir(), "pgrampart-bench-"));
  #isMade = false;

  /**
   * @param root of this checkout, whose build is the package `pgrampart`
   * @param program file name and text; `.ts` is compiled by Pulumi at every start
   */
  constructor(root: string, program: readonly [file: string, text: string]) {
    const [file, text] = program;
    const isTyped = file.endsWith(".ts");
    this.write("Pulumi.yaml", `name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: ${isTyped}\nmain: ${file}\n`);
    this.write("package.json", JSON.stringify({ name: "bench", version: "0.0.0", private: true, main: file, dependencies: { pgrampart: "*" } }));
    this.write(file, text);
    if (isTyped) {
      this.write("tsconfig.json", JSON.stringify({ compilerOptions: { target: "ES2022", module: "NodeNext", moduleResolution: "NodeNext", strict: true, skipLibCheck: true, types: ["node"] }, files: [file] }));
    }
    for (const folder of ["state", "home", "node_modules/@types", "node_modules/@pulumi"]) {
      mkdirSync(join(this.#folder, folder), { recursive: true });
    }
    for (const name of ["@types/node", "@pulumi/pulumi", "typescript"]) {
      symlinkSync(join(root, "node_modules", name), join(this.#folder, "node_modules", name));
    }
    symlinkSync(root, join(this.#folder, "node_modules/pgrampart"));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text, { mode: 0o600 });
  }

  /** @returns seconds */
  async pulumi(...words: readonly string[]): Promise<number> {
    if (!this.#isMade) {
      this.#isMade = true;
      await this.#run(["stack", "init", "dev"]);
    }
    return timed(() => this.#run(words));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(words: readonly string[]): Promise<void> {
    const environment = [`PULUMI_HOME=${join(this.#folder, "home")}`, `PULUMI_BACKEND_URL=file://${join(this.#folder, "state")}`, "PULUMI_CONFIG_PASSPHRASE=bench", "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true"];
    await runCommand(["env", "-C", this.#folder, ...environment, "pulumi", ...words, "--non-interactive", "--color=never"], { title: `pulumi ${words.join(" ")}`, timeout: 600 });
  }
}

/** A project that declares what `declareUnit` last wrote. */
export function unitProject(root: string): Project {
  return new Project(root, ["index.js", UNIT_PROGRAM]);
}

export function declareUnit(project: Project, inventory: LabInventory, hosts: readonly LabHost[], round: number, ruling: Ruling): void {
  const resources = hosts.flatMap((host) => declarationOf(inventory, host, round, ruling)).map(({ args, ...rest }) => {
    const connection = { ...args.connection, privateKey: reveal(args.connection.privateKey ?? "") };
    return { ...rest, args: { ...args, connection } };
  });
  project.write("unit.json", JSON.stringify(resources));
}

export const UP = ["up", "--yes", "--skip-preview"] as const;

/** One stack for each number of hosts. */
export function stack(root: string, inventory: LabInventory, ruling: Ruling): Contestant {
  const projects = new Map<number, Project>();
  const projectOf = (hosts: readonly LabHost[]): Project => {
    const project = projects.get(hosts.length) ?? unitProject(root);
    projects.set(hosts.length, project);
    return project;
  };
  return {
    name: ruling === "file" ? NAMES.up : `${NAMES.up}, with Firewall`,
    apply: (hosts, round) => {
      declareUnit(projectOf(hosts), inventory, hosts, round, ruling);
      return projectOf(hosts).pulumi(...UP);
    },
    repeat: (hosts) => projectOf(hosts).pulumi(...UP, "--refresh", "--expect-no-changes"),
    close: async () => projects.forEach((project) => project.remove()),
  };
}
