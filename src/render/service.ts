/**
 * systemd's unit files: sections of `Name=value` lines. Values come from tables and checked paths; a newline or a
 * percent sign in one would change its meaning, so both are refused.
 */
import { RenderError } from "../errors";
import type { RulesetPaths } from "../model/ruleset";
import type { SandboxDirective } from "../model/service";

const NOTICE = "# Written by pgrampart: a change made here is undone by the next update.";

type Section = readonly [name: string, entries: readonly (readonly [name: string, value: string])[]];

/** Sections in the order given. */
export function renderUnit(sections: readonly Section[]): string {
  const blocks = sections.map(([name, entries]) => `[${name}]\n${entries.map(([key, value]) => `${key}=${unitValue(value)}\n`).join("")}`);
  return `${NOTICE}\n${blocks.join("\n")}`;
}

function unitValue(value: string): string {
  if (/[\n\r\0%]/.test(value) || value.endsWith("\\")) {
    throw new RenderError(`a unit file cannot hold ${JSON.stringify(value)}`, { remedy: "Remove line breaks, percent signs and a trailing backslash." });
  }
  return value;
}

/**
 * The unit that loads a table before the network comes up, after Debian's own. A ruleset that does not load leaves the
 * closed one in force and the unit failed. Stopping the unit opens nothing.
 */
export function renderFirewallUnit(table: string, { ruleset, closed, directory }: RulesetPaths): string {
  return renderUnit([
    ["Unit", [
      ["Description", `Packet filter of pgrampart, table inet ${table}`],
      ["Documentation", "man:nft(8)"],
      ["DefaultDependencies", "no"],
      ["RequiresMountsFor", directory],
      ["Wants", "network-pre.target"],
      ["Before", "network-pre.target shutdown.target"],
      ["After", "nftables.service"],
      ["Conflicts", "shutdown.target"],
    ]],
    ["Service", [
      ["Type", "oneshot"],
      ["RemainAfterExit", "yes"],
      ["ExecStart", `/bin/sh -c '/usr/sbin/nft -f ${ruleset} || { /usr/sbin/nft -f ${closed}; exit 1; }'`],
      ["ExecReload", `/usr/sbin/nft -f ${ruleset}`],
      ["CapabilityBoundingSet", "CAP_NET_ADMIN"],
      ["NoNewPrivileges", "yes"],
      ["ProtectSystem", "strict"],
      ["ProtectHome", "yes"],
    ]],
    ["Install", [["WantedBy", "sysinit.target"]]],
  ]);
}

/** Starting, reloading and stopping Debian's nftables.service each flush every table: ours is loaded again at once. */
export function renderNftablesDropIn({ ruleset }: RulesetPaths): string {
  const load = `/usr/sbin/nft -f ${ruleset}`;
  return renderUnit([["Service", [["ExecStartPost", load], ["ExecReload", load], ["ExecStopPost", load]]]]);
}

/** A drop-in of one section, each line under the reason why it is there. */
export function renderSandbox(directives: readonly SandboxDirective[]): string {
  const entries = directives.map(({ directive, values, reason }) => `# ${reason}\n${values.map((value) => `${directive}=${unitValue(value)}\n`).join("")}`);
  return `${NOTICE}\n[Service]\n${entries.join("")}`;
}
