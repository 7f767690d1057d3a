/**
 * Everything a Firewall manages, and beside it the tables of others, which are shown and never touched: a packet must
 * pass the chains of every table. Sets of foreign tables are listed without elements, which change all day.
 */
import { createHash } from "node:crypto";
import type { ObservedFile } from "../model/file";
import type { ForeignTable, Ruleset, RulesetPaths } from "../model/ruleset";
import { sh } from "../render/shell";
import { probeFiles } from "./file";
import { combine, type Probe } from "./probe";
import { canonical, objects, parseRuleset } from "./ruleset";
import { probeUnits, type ObservedUnit } from "./service";

export interface ObservedFirewall {
  /** Whether the host has the command `nft`. */
  readonly installed: boolean;
  /** `null`: the table is not loaded. */
  readonly loaded: Ruleset | null;
  readonly foreignTables: readonly ForeignTable[];
  /** The ruleset's file, its closed form and the unit. */
  readonly files: readonly ObservedFile[];
  readonly unit: ObservedUnit;
}

export function probeFirewall(table: string, paths: RulesetPaths): Probe<ObservedFirewall> {
  const parts = combine("reading the packet filter", {
    tables: probeTables(table),
    files: probeFiles("reading the ruleset's files", [paths.ruleset, paths.closed, paths.unitFile, paths.dropIn]),
    units: probeUnits([paths.unit]),
  });
  return {
    ...parts,
    parse: (stdout) => {
      const { tables, files, units } = parts.parse(stdout);
      return { ...tables, files, unit: units[0] as ObservedUnit };
    },
  };
}

type ObservedTables = Pick<ObservedFirewall, "installed" | "loaded" | "foreignTables">;

/** Two listings on lines of their own: every table without elements, then ours whole if it is there. */
function probeTables(table: string): Probe<ObservedTables> {
  const title = "listing the loaded tables";
  return {
    title,
    script: sh`if command -v nft >/dev/null; then
nft -j -s -t list ruleset || exit
! nft list table inet ${table} >/dev/null 2>&1 || nft -j -s list table inet ${table}
fi`,
    parse: (stdout) => {
      const [everything, ours] = stdout.split("\n").filter((line) => line !== "");
      return {
        installed: everything !== undefined,
        loaded: ours === undefined ? null : parseRuleset(ours, table),
        foreignTables: everything === undefined ? [] : parseForeignTables(everything, table),
      };
    },
  };
}

const INPUT_HOOKS = ["ingress", "prerouting", "input"];

/** Every table but ours, with the chains that decide about packets for this host. */
export function parseForeignTables(text: string, table: string): readonly ForeignTable[] {
  const all = objects(text);
  const tables = all.filter(({ kind, body }) => kind === "table" && !(body["family"] === "inet" && body["name"] === table)).map(({ body }) => body);
  return tables.map(({ family, name }) => {
    const parts = all.filter(({ kind, body }) => kind !== "table" && body["family"] === family && body["table"] === name);
    return {
      family: String(family),
      name: String(name),
      sha256: createHash("sha256").update(canonical(parts)).digest("hex"),
      inputChains: parts
        .filter(({ kind, body }) => kind === "chain" && INPUT_HOOKS.includes(String(body["hook"])))
        .map(({ body }) => `${String(body["name"])} ${String(body["hook"])} ${String(body["prio"])} policy ${String(body["policy"])}`)
        .sort(),
    };
  }).sort((a, b) => (`${a.family} ${a.name}` < `${b.family} ${b.name}` ? -1 : 1));
}
