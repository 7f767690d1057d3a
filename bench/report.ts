/** What was measured as Markdown: tables, each with the ratios that matter, and the goals beside what was reached. */
import { cpus } from "node:os";
import { median, NAMES } from "./contestant";
import { samplesOf, type Result, type Samples } from "./measure";
import { peerVersions } from "./peers/tools";
import type { AccessResult } from "./roles-and-grants";
import { EMPTY, type StartResult } from "./start";
import { SIZES } from "./unit-of-work";

export const SECTIONS = ["unit", "start", "access"] as const;
export type Section = (typeof SECTIONS)[number];

export interface Report {
  readonly date: Date;
  readonly runs: number;
  /** Load averages of this machine over one minute, before and after. */
  readonly load: readonly [number, number];
  /** Versions of what is not pinned in this repository. */
  readonly pulumi: string;
  readonly unit?: readonly Result[] | undefined;
  readonly start?: StartResult | undefined;
  readonly access?: AccessResult | undefined;
}

export function writeReport(report: Report): string {
  const { date, runs, load, pulumi, unit, start, access } = report;
  const [processor] = cpus();
  const circumstances = `${date.toISOString().slice(0, 10)}, ${cpus().length} cores (${processor?.model.trim() ?? "unknown"}), hosts on the same machine; \
Node ${process.versions.node}, Pulumi ${pulumi}, ${Object.entries(peerVersions).map(([name, version]) => `${name} ${version}`).join(", ")}. \
Medians of ${runs} ${runs === 1 ? "run" : "runs"}. Load of the machine before ${load[0].toFixed(1)}, after ${load[1].toFixed(1)}: much more than 1 before means that others worked at the same time.`;
  return [
    circumstances,
    ...(unit === undefined ? [] : ["### The unit of work", ...SIZES.map((size) => unitTable(unit, size))]),
    ...(start === undefined ? [] : ["### Starting", startTable(start)]),
    ...(access === undefined ? [] : ["### Many roles and grants", accessTable(access)]),
    ...(unit === undefined || start === undefined ? [] : ["### Beside the engine", aboveEmptyTable(unit, start), "### Goals", goalTable(unit, start)]),
  ].join("\n\n") + "\n";
}

function unitTable(results: readonly Result[], size: number): string {
  const of = (name: string, what: keyof Samples): number => median(samplesOf(results, name, size, what));
  const cells = (name: string, what: keyof Samples): readonly string[] => {
    const samples = samplesOf(results, name, size, what);
    const seconds = median(samples);
    return [`${seconds.toFixed(2)} s (${Math.min(...samples).toFixed(2)}–${Math.max(...samples).toFixed(2)})`, ratio(seconds, of(NAMES.raw, what)), ratio(seconds, of(NAMES.mitogen, what))];
  };
  return table(
    [size === 1 ? "1 host" : `${size} hosts`, "apply", "× raw", "× mitogen", "nothing to do", "× raw", "× mitogen"],
    results.map(({ name }) => [name, ...cells(name, "apply"), ...cells(name, "repeat")]),
  );
}

function startTable({ plugin, stacks }: StartResult): string {
  const rows = stacks.map(({ name, up, refresh }) => [name, up.toFixed(2), refresh.toFixed(2)]);
  return `The plugin prints its port after ${plugin.toFixed(2)} s.\n\n${table(["stack", "`pulumi up`, seconds", "`pulumi refresh`, seconds"], rows)}`;
}

/** What the unit costs beside the engine: the whole `pulumi up` less an empty stack of the same run. */
function aboveEmptyTable(unit: readonly Result[], { stacks }: StartResult): string {
  const empty = stacks.find(({ name }) => name === EMPTY)?.up ?? NaN;
  const rows = SIZES.map((size) => {
    const seconds = median(samplesOf(unit, NAMES.up, size, "apply")) - empty;
    return [size === 1 ? "1 host" : `${size} hosts`, seconds.toFixed(2), ratio(seconds, median(samplesOf(unit, NAMES.raw, size, "apply")))];
  });
  return table(["applying, the whole `pulumi up` less an empty stack", "seconds", "× raw"], rows);
}

function accessTable({ roles, memberships, grants, statements, stages }: AccessResult): string {
  const title = `${roles.toLocaleString("en")} roles, ${memberships.toLocaleString("en")} memberships, ${grants.toLocaleString("en")} grants`;
  return table([title, "seconds"], [...stages.map(([stage, seconds]) => [stage, seconds.toFixed(2)]), ["statements sent to be done", statements.toLocaleString("en")], ["changes left for the second run", "0"]]);
}

function goalTable(unit: readonly Result[], start: StartResult): string {
  const of = (name: string, size: number, what: keyof Samples): number => median(samplesOf(unit, name, size, what));
  const compare = (name: string, other: string, limit: number): readonly (readonly string[])[] => SIZES.flatMap((size) => (["apply", "repeat"] as const).map((what) => {
    const reached = of(name, size, what) / of(other, size, what);
    return [`${name}, ${size} ${size === 1 ? "host" : "hosts"}, ${what === "apply" ? "apply" : "nothing to do"}`, `${limit} × ${other}`, `${reached.toFixed(2)} ×`, reached <= limit ? "yes" : "no"];
  }));
  return table(["", "goal", "reached", "met"], [
    ...compare(NAMES.provider, NAMES.raw, 1.5),
    ...compare(NAMES.up, NAMES.mitogen, 0.6),
    ["the plugin's start", "0.5 s", `${start.plugin.toFixed(2)} s`, start.plugin <= 0.5 ? "yes" : "no"],
  ]);
}

const ratio = (value: number, other: number): string => (value / other).toFixed(2);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
