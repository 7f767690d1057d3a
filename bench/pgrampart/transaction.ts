/** Transport and apply without the provider: the unit as one plan, carried out as a transaction over a new connection. */
import { applyPlan } from "../../src/apply/execute";
import { diffFiles } from "../../src/diff/file";
import { probeFiles } from "../../src/inspect/file";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import type { ManagedFile } from "../../src/model/file";
import { EMPTY_PLAN, type Plan } from "../../src/model/plan";
import { sh } from "../../src/render/shell";
import { SshTransport } from "../../src/transport/ssh";
import { timed, type Contestant } from "../contestant";
import { unitOfRound, unitServiceWithRuleset } from "../unit";
import { connectionOf } from "./declaration";

export function transaction(inventory: LabInventory): Contestant {
  const bring = (hosts: readonly LabHost[], round: number): Promise<number> => timed(() => Promise.all(hosts.map((host) => bringHost(inventory, host, round))));
  return { name: "pgrampart's transport and transaction", apply: bring, repeat: bring, close: () => Promise.resolve() };
}

async function bringHost(inventory: LabInventory, host: LabHost, round: number): Promise<void> {
  const transport = new SshTransport(connectionOf(inventory, host));
  try {
    const { files, ruleset } = unitOfRound(round);
    const desired = [...files, ruleset].map((file): ManagedFile => ({ ...file, owner: "root", group: "root" }));
    const observed = await transport.observe(probeFiles("reading files", desired.map(({ path }) => path)));
    await applyPlan(transport, planOf(diffFiles(observed, desired).map((difference) => difference.desired)));
  } finally {
    await transport.close();
  }
}

function planOf(files: readonly ManagedFile[]): Plan {
  const reload = [{ title: `reloading ${unitServiceWithRuleset}`, script: sh`systemctl try-reload-or-restart ${unitServiceWithRuleset}` }];
  return files.length === 0 ? EMPTY_PLAN : { ...EMPTY_PLAN, files, activate: reload, restore: reload };
}
