/** Everybody does the unit, on one host and on three; and what a stack costs in which nothing is declared. */
import type { LabInventory } from "../src/lab/inventory";
import type { Contestant } from "./contestant";
import { measure, type Result } from "./measure";
import { ansible } from "./peers/ansible";
import { pyinfra } from "./peers/pyinfra";
import { raw } from "./peers/raw";
import { provider } from "./pgrampart/provider";
import { stack } from "./pgrampart/stack";
import { transaction } from "./pgrampart/transaction";

export interface What {
  /** Of this checkout, built. */
  readonly root: string;
  readonly inventory: LabInventory;
  readonly runs: number;
  readonly log: (line: string) => void;
}

export const SIZES = [1, 3] as const;

/** @param words only contestants whose name has one of them; all if empty */
export async function measureUnitOfWork({ root, inventory, runs, log }: What, words: string): Promise<readonly Result[]> {
  // Those that are compared with each other come close together: what else the machine does changes within a minute.
  const all: readonly Contestant[] = [
    transaction(inventory),
    provider(root, inventory, "file"),
    raw(inventory),
    provider(root, inventory, "firewall"),
    stack(root, inventory, "file"),
    ansible(inventory, { mitogen: true }),
    stack(root, inventory, "firewall"),
    pyinfra(inventory),
    ansible(inventory, { mitogen: false }),
  ];
  const chosen = all.filter(({ name }) => words.split(",").some((word) => name.includes(word)));
  try {
    return await measure(chosen, { inventory, sizes: SIZES, runs, log });
  } finally {
    await Promise.all(all.map((contestant) => contestant.close()));
  }
}
