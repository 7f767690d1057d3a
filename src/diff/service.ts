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
  const turn = (isBack: boolean): Script => lines([...differing.map(({ unit, field, value }) => sh`systemctl ${VERBS[field][value === isBack ? 0 : 1]} --quiet ${unit} &&`), sh`:`]);
  return {
    changes: differing.map(({ origin, field, value }): Change => ({
      path: `${origin}.${field === "isEnabled" ? "enabled" : "running"}`, kind: "update", before: !value, after: value, hazards: value || field === "isEnabled" ? [] : ["session-end", "lockout"],
    })),
    validate: [],
    activate: [{ title: "turning units on or off", script: turn(false) }],
    restore: [{ title: "turning units back", script: turn(true) }],
  };
}

/** What systemctl does for `false` and for `true`. */
const VERBS = { isEnabled: ["disable", "enable"], isRunning: ["stop", "start"] } as const;
