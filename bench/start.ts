/**
 * What is waited for before anything is done: Pulumi with a program that declares nothing, compiled beforehand or at the
 * start; the same with the unit declared and nothing to do; and the plugin until it prints its port, which is when the
 * engine begins to talk to it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median, timed } from "./contestant";
import { declareUnit, Project, UP, unitProject } from "./pgrampart/stack";
import { SIZES, type What } from "./unit-of-work";

export interface StartResult {
  /** Median seconds until the plugin prints its port. */
  readonly plugin: number;
  readonly stacks: readonly StackResult[];
}

/** Median seconds of one stack in which nothing is to do. */
export interface StackResult {
  readonly name: string;
  /** `pulumi up --skip-preview` */
  readonly up: number;
  readonly refresh: number;
}

/** The stack that all others are compared with. */
export const EMPTY = "nothing declared, compiled JavaScript";

/** Pulumi keeps what it compiled of a program that has not changed. */
const EMPTY_TYPESCRIPT = `import * as pgrampart from "pgrampart";\nvoid pgrampart;\n`;

interface Stack {
  readonly name: string;
  readonly project: Project;
  /** Before each `pulumi up`. */
  readonly change?: (run: number) => void;
  readonly up: number[];
  readonly refresh: number[];
}

export async function measureStart({ root, inventory, runs, log }: What): Promise<StartResult> {
  const named = (name: string, project: Project, change?: Stack["change"]): Stack => ({ name, project, up: [], refresh: [], ...(change === undefined ? {} : { change }) });
  const typed = new Project(root, ["index.ts", EMPTY_TYPESCRIPT]);
  const units = SIZES.map((size) => {
    const project = unitProject(root);
    declareUnit(project, inventory, inventory.hosts.slice(0, size), 0, "file");
    return named(`the unit on ${size} ${size === 1 ? "host" : "hosts"}, nothing to do`, project);
  });
  const stacks = [
    named(EMPTY, new Project(root, ["index.js", `"use strict";\nrequire("pgrampart");\n`])),
    named("nothing declared, TypeScript that has changed", typed, (run) => typed.write("index.ts", `${EMPTY_TYPESCRIPT}// ${run}\n`)),
    ...units,
  ];
  const plugin: number[] = [];
  try {
    for (let run = 0; run <= runs; run++) {
      const keep = (list: number[], seconds: number): void => void (run > 0 && list.push(seconds));
      keep(plugin, await startPlugin(root));
      for (const { project, change, up, refresh } of stacks) {
        change?.(run);
        keep(up, await project.pulumi(...UP));
        keep(refresh, await project.pulumi("refresh", "--yes", "--skip-preview"));
      }
      log(`starting: ${run === 0 ? "warming up" : `run ${run} of ${runs}`}`);
    }
  } finally {
    stacks.forEach(({ project }) => project.remove());
  }
  return { plugin: median(plugin), stacks: stacks.map(({ name, up, refresh }) => ({ name, up: median(up), refresh: median(refresh) })) };
}

/** @returns seconds until it prints its port */
async function startPlugin(root: string): Promise<number> {
  const plugin = spawn(join(root, "bin/pulumi-resource-pgrampart"), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(plugin, "exit");
  const seconds = await timed(() => once(plugin.stdout, "data"));
  plugin.kill("SIGTERM");
  await ended;
  return seconds;
}
