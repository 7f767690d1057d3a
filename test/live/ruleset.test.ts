/**
 * The kernel is the judge: every rendered ruleset is accepted by nft, and what nft lists afterwards is the model it was
 * rendered from. Runs in throwaway network namespaces of this machine (root, nftables), with its own nft and with that of the lab's image; touches no other ruleset.
 */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { diffRuleset } from "../../src/diff/ruleset";
import { parseRuleset } from "../../src/inspect/ruleset";
import { renderRuleset } from "../../src/render/ruleset";
import { resolveFirewall } from "../../src/resolve/ruleset";
import { firewall, firewallArgs } from "../support/firewall";
import { lab } from "../support/lab";

/** Loads a ruleset into a new namespace and gives nft's listing. */
function list(root: string, table: string, text: string): string {
  return execFileSync("unshare", ["--net", "chroot", root, "sh", "-c", "nft \"$1\" && nft -j list table inet \"$2\"", "sh", text, table], { encoding: "utf8" });
}

it.each([["this machine's nft", () => "/"], ["the nft of the lab's hosts", () => lab().image]])("with %s, what is listed after loading is the model it was rendered from", (_, root) => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const { ruleset, closed, origins } = resolveFirewall(firewall(args));
    for (const desired of [ruleset, closed]) {
      const listed = parseRuleset(list(root(), desired.table, renderRuleset(desired)), desired.table);
      expect(listed).toEqual(desired);
      expect(renderRuleset(listed)).toBe(renderRuleset(desired));
      expect(diffRuleset(listed, desired, origins)).toEqual([]);
    }
  }), { numRuns: 100 });
}, 120_000);
