/**
 * The provider alone: what the engine waits for between the first call about a resource and the last answer, connection
 * included. Every run gets a new plugin process, as every `pulumi up` does; its start is measured apart (bench/start.ts).
 */
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import type { PropertyMap } from "../../src/provider/kind";
import { NAMES, timed, type Contestant } from "../contestant";
import { declarationOf, type Declared, type Ruling } from "./declaration";
import { Plugin, type Remembered } from "./plugin";

export function provider(root: string, inventory: LabInventory, ruling: Ruling): Contestant {
  const memory = new Map<string, Remembered>();
  const key = ({ type, name }: Declared): string => `${type} ${name}`;
  const withPlugin = async (work: (plugin: Plugin) => Promise<unknown>): Promise<number> => {
    const plugin = await Plugin.start(root);
    return timed(() => work(plugin)).finally(() => plugin.stop());
  };
  const declared = (hosts: readonly LabHost[], round: number): readonly Declared[] => hosts.flatMap((host) => declarationOf(inventory, host, round, ruling));
  const up = async (plugin: Plugin, resources: readonly Declared[]): Promise<void> => {
    await Promise.all(resources.map(async (one) => memory.set(key(one), await plugin.up(one.type, one.name, one.args as unknown as PropertyMap, memory.get(key(one))))));
  };
  return {
    name: ruling === "file" ? NAMES.provider : `${NAMES.provider}, with Firewall`,
    apply: (hosts, round) => withPlugin((plugin) => up(plugin, declared(hosts, round))),
    repeat: (hosts, round) => withPlugin(async (plugin) => {
      const resources = declared(hosts, round);
      await Promise.all(resources.map(async (one) => memory.set(key(one), await plugin.refresh(one.type, one.name, memory.get(key(one)) as Remembered))));
      const before = new Map(memory);
      await up(plugin, resources);
      const changed = resources.filter((one) => memory.get(key(one)) !== before.get(key(one)));
      if (changed.length > 0) {
        throw new Error(`the provider changed ${changed.map(key).join(", ")}, where nothing was to do`);
      }
    }),
    close: () => Promise.resolve(),
  };
}
