/** Units as systemd knows them: enabled at boot, running now. One process for any number of units. */
import { sh } from "../render/shell";
import type { ObservedUnit } from "../model/service";
import type { Probe } from "./probe";

export type { ObservedUnit } from "../model/service";

/** In the order of `units`; a unit that does not exist is neither enabled nor running. */
export function probeUnits(units: readonly string[]): Probe<readonly ObservedUnit[]> {
  return {
    title: "reading the state of units",
    script: units.length === 0 ? sh`:` : sh`systemctl show --property=Id,UnitFileState,ActiveState -- ${units}`,
    parse: (stdout) => {
      const blocks = stdout.split(/\n\n+/).map((block) => new Map(block.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])));
      return units.map((unit, index) => ({
        unit,
        isEnabled: ENABLED.has(blocks[index]?.get("UnitFileState") ?? ""),
        isMasked: /^masked/.test(blocks[index]?.get("UnitFileState") ?? ""),
        isRunning: RUNNING.has(blocks[index]?.get("ActiveState") ?? ""),
      }));
    },
  };
}

/** Others (`static`, `indirect`, `disabled`, `masked`) do not start at boot by themselves. */
const ENABLED = new Set(["enabled", "enabled-runtime", "alias", "generated"]);
const RUNNING = new Set(["active", "reloading", "activating"]);
