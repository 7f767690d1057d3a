/**
 * What is waited for before anything is done: Pulumi with a program that declares nothing, compiled beforehand or at every
 * start; and the plugin until it prints its port, which is when the engine begins to talk to it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median, timed } from "./contestant";
import { Project } from "./pgrampart/stack";
import type { What } from "./unit-of-work";

/** Median seconds. */
export interface StartResult {
  readonly plugin: number;
  readonly javascript: EmptyStack;
  readonly typescript: EmptyStack;
}

export interface EmptyStack {
  /** `pulumi up --skip-preview` */
  readonly up: number;
  readonly refresh: number;
}

const EMPTY_JAVASCRIPT = `"use strict";\nrequire("pgrampart");\n`;
const EMPTY_TYPESCRIPT = `import * as pgrampart from "pgrampart";\nvoid pgrampart;\n`;

export async function measureStart({ root, runs, log }: What): Promise<StartResult> {
  const projects = { javascript: new Project(root, ["index.js", EMPTY_JAVASCRIPT]), typescript: new Project(root, ["index.ts", EMPTY_TYPESCRIPT]) };
  const samples = { plugin: [] as number[], javascript: { up: [] as number[], refresh: [] as number[] }, typescript: { up: [] as number[], refresh: [] as number[] } };
  try {
    for (let run = 0; run <= runs; run++) {
      const keep = (list: number[], seconds: number): void => void (run > 0 && list.push(seconds));
      keep(samples.plugin, await startPlugin(root));
      for (const language of ["javascript", "typescript"] as const) {
        keep(samples[language].up, await projects[language].pulumi("up", "--yes", "--skip-preview"));
        keep(samples[language].refresh, await projects[language].pulumi("refresh", "--yes", "--skip-preview"));
      }
      log(`starting, ${run === 0 ? "warming up" : `run ${run} of ${runs}`}`);
    }
  } finally {
    Object.values(projects).forEach((project) => project.remove());
  }
  const middle = ({ up, refresh }: { readonly up: readonly number[]; readonly refresh: readonly number[] }): EmptyStack => ({ up: median(up), refresh: median(refresh) });
  return { plugin: median(samples.plugin), javascript: middle(samples.javascript), typescript: middle(samples.typescript) };
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
