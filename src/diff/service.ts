/** Units: enabled or not, running or not, each only where it is declared. */
import type { ObservedUnit, ServiceUnit } from "../model/service";
import type { Change, Script } from "../model/plan";
import { lines, sh } from "../render/shell";
import type { SettingDifference } from "./host-setting";

export function diffServices(observed: readonly ObservedUnit[], desired: readonly (ServiceUnit & { readonly origin: string })[]): SettingDifference {
  const differing = desired.flatMap((wanted) => {
    const found = observed.find(({ unit }) => unit === wanted.unit) ?? { unit: wanted.unit, isEnabled: false, isRunning: false };
    return (["isEnabled", "isRunning"] as const).flatMap((field) => (wanted[field] === null || wanted[field] === found[field] ? [] : [{ unit: wanted.unit, origin: wanted.origin, field, value: wanted[field] }]));
  });
  if (differing.length === 0) {
    return { changes: [], validate: [], activate: [], restore: [] };
  }
  return {
    changes: differing.map(({ origin, field, value }): Change => ({
      path: `${origin}.${field === "isEnabled" ? "enabled" : "running"}`, kind: "update", before: !value, after: value, hazards: value || field === "isEnabled" ? [] : ["session-end", "lockout"],
    })),
    validate: [],
    activate: [{ title: "turning units on or off", script: lines([...differing.map(({ unit, field, value }) => sh`${turn(unit, field, value)} &&`), sh`:`]) }],
    restore: [{ title: "turning units back", script: lines(differing.map(({ unit, field, value }) => turn(unit, field, !value))) }],
  };
}

/** A unit whose file has gone again cannot be disabled by systemctl, only by its links. */
function turn(unit: string, field: "isEnabled" | "isRunning", value: boolean): Script {
  if (field === "isRunning") {
    return sh`systemctl ${value ? "start" : "stop"} --quiet ${unit}`;
  }
  return value ? sh`systemctl enable --quiet ${unit}` : sh`{ systemctl disable --quiet ${unit} 2>/dev/null || rm -f /etc/systemd/system/*.wants/${unit}; }`;
}
