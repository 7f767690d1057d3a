/**
 * `npm run bench`: how fast pgrampart is, beside other tools, on the same hosts in the same run (docs/speed.md).
 * Makes what it needs, measures, prints, removes what it made. Nothing here passes or fails: it reports.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { PgrampartError } from "../src/errors";
import { runCommand } from "../src/lab/command";
import type { LabInventory } from "../src/lab/inventory";
import { measureRolesAndGrants } from "./roles-and-grants";
import { withLab, labInside } from "./lab";
import { providePeers } from "./peers/tools";
import { SECTIONS, writeReport, type Section } from "./report";
import { measureStart } from "./start";
import { measureUnitOfWork } from "./unit-of-work";

interface Options {
  readonly runs: number;
  readonly only: readonly Section[];
  readonly contestants: string;
  readonly writeDocs?: true;
}

const root = process.cwd();
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(options: Options): Promise<void> {
  const inventory = await labInside();
  if (inventory !== undefined) {
    await report(options, inventory);
    return;
  }
  await providePeers();
  await withLab((again) => become(again));
}

async function report({ runs, only, contestants, writeDocs }: Options, inventory: LabInventory): Promise<void> {
  const what = { root, inventory, runs, log: say };
  const load = loadavg()[0] ?? NaN;
  const { stdout: pulumi } = await runCommand(["pulumi", "version"]);
  const part = async <T>(section: Section, work: () => Promise<T>): Promise<T | undefined> => (only.includes(section) ? work().catch(complain) : undefined);
  const found = {
    unit: await part("unit", () => measureUnitOfWork(what, contestants)),
    start: await part("start", () => measureStart(what)),
    access: await part("access", () => measureRolesAndGrants(what)),
  };
  const text = writeReport({ date: new Date(), runs, load: [load, loadavg()[0] ?? NaN], pulumi: pulumi.trim().replace(/^v/, ""), ...found });
  process.stdout.write(text);
  if (writeDocs === true && process.exitCode === undefined) {
    const page = join(root, "docs/speed.md");
    writeFileSync(page, readFileSync(page, "utf8").replace(/(<!-- measured -->\n)[^]*(<!-- end of measured -->)/, (_, begin: string, end: string) => `${begin}${text}${end}`));
  }
}

/** A part that failed does not take the others' results with it. */
function complain(error: unknown): undefined {
  say(error instanceof Error ? error.message : String(error));
  if (PgrampartError.isInstance(error)) {
    say(error.remedy);
  }
  process.exitCode = 1;
  return undefined;
}

/** In a process group of its own: interrupted, it is ended with everything it started, and the lab is removed in any case. */
async function become([program = "", ...words]: readonly string[]): Promise<void> {
  const child = spawn(program, words, { stdio: "inherit", detached: true });
  const end = (): void => void (child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, "SIGTERM"));
  process.on("SIGINT", end).on("SIGTERM", end);
  process.exitCode = await new Promise<number>((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code ?? 1)));
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError("a whole number from 1 is needed");
  }
  return number;
}

new Command("bench")
  .description("Measures pgrampart beside other tools; see docs/speed.md. Needs root.")
  .option("--runs <n>", "runs of each contestant whose median counts; one more warms up", positive, 5)
  .addOption(new Option("--only <sections...>", "parts to measure").choices(SECTIONS).default(SECTIONS))
  .option("--contestants <words>", "only contestants whose name has one of these words, separated by commas", "")
  .option("--write-docs", "write the report to docs/speed.md as well")
  .action(run)
  .parseAsync()
  .catch(complain);
