/** What holds for every firewall that may be declared. That the kernel agrees is proven in test/live/ruleset.test.ts. */
import fc from "fast-check";
import { planFirewall, firewallFiles } from "../../src/diff/firewall";
import { observedForm } from "../../src/diff/file";
import { diffRuleset } from "../../src/diff/ruleset";
import type { ObservedFirewall } from "../../src/inspect/firewall";
import { EMPTY_PLAN } from "../../src/model/plan";
import type { Chain, Ruleset } from "../../src/model/ruleset";
import { renderRuleset } from "../../src/render/ruleset";
import { adoptRuleset } from "../../src/resolve/ruleset-adoption";
import { resolveFirewall, type DesiredFirewall } from "../../src/resolve/ruleset";
import { firewall, firewallArgs } from "../support/firewall";

const desiredOf = (args: Record<string, unknown>): DesiredFirewall => resolveFirewall(firewall(args));
const input = ({ chains }: Ruleset): Chain => chains.find(({ name }) => name === "input") as Chain;

/** A host on which everything is as desired. */
function inPlace(desired: DesiredFirewall): ObservedFirewall {
  const unit = { unit: desired.paths.unit, isEnabled: true, isMasked: false, isRunning: true };
  return { installed: true, loaded: desired.ruleset, foreignTables: [], files: firewallFiles(desired).map(observedForm), unit };
}

it("nothing is to do where everything is as desired", () => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const desired = desiredOf(args);
    expect(planFirewall(inPlace(desired), desired)).toEqual(EMPTY_PLAN);
  }));
});

it("two different tables never pass for equal, and equal ones always do", () => {
  fc.assert(fc.property(firewallArgs, firewallArgs, (one, other) => {
    const [a, b] = [desiredOf(one), desiredOf({ ...other, table: one["table"] })];
    expect(diffRuleset(a.ruleset, b.ruleset, b.origins).length === 0).toBe(renderRuleset(a.ruleset) === renderRuleset(b.ruleset));
  }));
});

it("the order of networks, and how they are cut, does not matter", () => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const networks = args["managementNetworks"] as string[];
    const halves = networks.flatMap((network) => (network.endsWith("/24") ? [network.replace("/24", "/25"), network.replace(/0\/24$/, "128/25")] : [network]));
    expect(desiredOf({ ...args, managementNetworks: [...halves].reverse() }).ruleset).toEqual(desiredOf(args).ruleset);
  }));
});

it("what was adopted from a loaded table declares that table again", () => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const { ruleset } = desiredOf(args);
    const { services, ...rest } = adoptRuleset(ruleset);
    const adopted = desiredOf({ services, ...rest }).ruleset;
    expect(renderRuleset(adopted)).toBe(renderRuleset(ruleset));
  }));
});

it("every ruleset drops by default, keeps replies and SSH, and never mixes families", () => {
  fc.assert(fc.property(firewallArgs, (args) => {
    const { ruleset, closed } = desiredOf(args);
    for (const { chains, sets } of [ruleset, closed]) {
      const { base, rules } = input({ chains, sets, table: "", foreign: [] });
      expect(base?.policy).toBe("drop");
      expect(chains.find(({ name }) => name === "forward")?.base?.policy).toBe("drop");
      const accepting = rules.filter(({ statements }) => statements.some((part) => part.kind === "verdict" && part.verdict === "accept"));
      expect(accepting[0]?.comment).toBe("replies");
      expect(rules.findIndex(({ comment }) => comment === "ssh from management")).toBeLessThan(rules.findIndex(({ comment }) => comment?.startsWith("service ") ?? false) >>> 0);
      chains.flatMap((chain) => chain.rules).flatMap(({ statements }) => statements).forEach((part) => {
        if (part.kind === "address" && part.addresses.startsWith("@")) {
          expect(sets.find(({ name }) => `@${name}` === part.addresses)?.family).toBe(part.family);
        }
      });
    }
  }));
});
