/**
 * Runs all contestants in turn, round after round, so that what else the machine does meets each of them alike. After
 * every run the hosts themselves are asked whether the work was done, and done no more than once.
 */
import type { LabHost, LabInventory } from "../src/lab/inventory";
import type { Contestant } from "./contestant";
import { runAsRoot } from "./peers/raw";
import { checkOfRound, reloadLog } from "./unit";

/** Seconds of every run; the run that warms up is not among them. */
export interface Samples {
  readonly apply: readonly number[];
  readonly repeat: readonly number[];
}

export interface Result {
  readonly name: string;
  /** By the number of hosts. */
  readonly samples: ReadonlyMap<number, Samples>;
}

export interface MeasureOptions {
  readonly inventory: LabInventory;
  /** Numbers of hosts to measure on. */
  readonly sizes: readonly number[];
  /** Runs that count; one more warms up. */
  readonly runs: number;
  readonly log: (line: string) => void;
}

export async function measure(contestants: readonly Contestant[], { inventory, sizes, runs, log }: MeasureOptions): Promise<readonly Result[]> {
  const results = contestants.map(({ name }) => ({ name, samples: new Map<number, { apply: number[]; repeat: number[] }>() }));
  // Later than any round of an earlier run on these hosts, so that the first one changes something.
  let round = Math.floor(Date.now() / 1000) % 20_000;
  for (const size of sizes) {
    const hosts = inventory.hosts.slice(0, size);
    results.forEach(({ samples }) => samples.set(size, { apply: [], repeat: [] }));
    for (let run = 0; run <= runs; run++) {
      for (const [index, contestant] of contestants.entries()) {
        round++;
        const apply = await checked(inventory, hosts, round, 1, () => contestant.apply(hosts, round));
        const repeat = await checked(inventory, hosts, round, 0, () => contestant.repeat(hosts, round));
        log(`${size} ${size === 1 ? "host" : "hosts"}, ${run === 0 ? "warming up" : `run ${run} of ${runs}`}: ${contestant.name}: apply ${apply.toFixed(2)} s, no-op ${repeat.toFixed(2)} s`);
        const samples = results[index]?.samples.get(size);
        if (run > 0) {
          samples?.apply.push(apply);
          samples?.repeat.push(repeat);
        }
      }
    }
  }
  return results;
}

/** @param reloads how often the service must have been reloaded by the work */
async function checked(inventory: LabInventory, hosts: readonly LabHost[], round: number, reloads: number, work: () => Promise<number>): Promise<number> {
  const count = (script: string): Promise<readonly number[]> => Promise.all(hosts.map(async (host) => Number(await runAsRoot(inventory, host, script))));
  const before = await count(`wc -l < ${reloadLog}`);
  const seconds = await work();
  const after = await count(checkOfRound(round));
  hosts.forEach((host, index) => {
    const done = (after[index] ?? NaN) - (before[index] ?? NaN);
    if (done !== reloads) {
      throw new Error(`${host.name}: the service was reloaded ${done} times instead of ${reloads}`);
    }
  });
  return seconds;
}

/** Seconds of a contestant's runs; none where it did not take part. */
export function samplesOf(results: readonly Result[], name: string, size: number, what: keyof Samples): readonly number[] {
  return results.find((result) => result.name === name)?.samples.get(size)?.[what] ?? [];
}
