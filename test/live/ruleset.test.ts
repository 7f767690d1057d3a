/**
 * The kernel is the judge: every rendered ruleset is accepted by nft, and what nft lists afterwards is the model it was
 * rendered from. Runs in throwaway network namespaces of this machine (root, nftables); touches no other ruleset.
 */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { diffRuleset } from "../../src/diff/ruleset";
import { parseRuleset } from "../../src/inspect/ruleset";
import { renderRuleset } from "../../src/render/ruleset";
import { resolveFirewall } from "../../src/resolve/ruleset";
import { firewall, firewallArgs } from "../support/firewall";

/** Loads rulesets one after the other into a new namespace and gives nft's listing. */
function list(table: string, ...texts: string[]): string {
  return execFileSync("unshare", ["--net", "sh", "-c", "nft -f - && nft -j list table inet \"$1\"", "sh", table], { input: texts.join("\n"), encoding: "utf8" });
}

it("what nft lists after loading is the model it was rendered from", () => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const { ruleset, closed, origins } = resolveFirewall(firewall(args));
    for (const desired of [ruleset, closed]) {
      const listed = parseRuleset(list(desired.table, renderRuleset(desired)), desired.table);
      expect(listed).toEqual(desired);
      expect(renderRuleset(listed)).toBe(renderRuleset(desired));
      expect(diffRuleset(listed, desired, origins)).toEqual([]);
    }
  }), { numRuns: 150 });
}, 120_000);
