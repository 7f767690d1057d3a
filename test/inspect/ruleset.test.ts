/** Captured listings of nft 1.1.3 read into the model; what render would never write stays visible as foreign. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseForeignTables, probeFirewall } from "../../src/inspect/firewall";
import { parseRuleset } from "../../src/inspect/ruleset";
import { rulesetPaths } from "../../src/model/ruleset";
import { printRule } from "../../src/render/ruleset";

const captured = readFileSync(join(__dirname, "../captured/ruleset/by-hand.json"), "utf8");
const ruleset = parseRuleset(captured, "pgrampart");
const rules = ruleset.chains.find(({ name }) => name === "input")?.rules ?? [];

it("reads sets as merged ranges, and keeps what it has no word for", () => {
  expect(ruleset.sets).toEqual([{ name: "management_ipv4", family: "ipv4", elements: ["10.77.1.0/24", "10.77.3.1-10.77.3.2"] }]);
  expect(ruleset.foreign.map((json) => Object.values(JSON.parse(json) as Record<string, unknown>).includes("map"))).toEqual([false, true]);
  expect(ruleset.foreign.join()).not.toMatch(/"handle"/);
  expect(ruleset.chains.map(({ name, base }) => [name, base])).toEqual([["input", { type: "filter", hook: "input", priority: -10, policy: "accept" }], ["side", null]]);
});

it.each([
  [0, "ct state { established, related } accept comment \"replies\""],
  [1, "ct state { invalid, untracked } drop"],
  [2, "meta l4proto tcp reject with tcp reset comment \"refused\""],
  [4, "ip saddr @management_ipv4 tcp dport 22 accept comment \"ssh from management\""],
  [5, "ip6 saddr fd00::/8 udp dport 53-60 accept"],
  [6, "tcp dport { 80-81, 443-450 } accept"],
  [7, "icmp type { echo-reply, echo-request } limit rate over 5/second burst 5 packets drop"],
  [14, "reject with icmpx admin-prohibited"],
])("reads rule %i", (index, text) => {
  const rule = rules[index];
  expect(rule === undefined ? undefined : printRule(rule)).toBe(text);
});

it.each([[3, "a negation"], [8, "a mark"], [9, "bits of flags"], [10, "a jump"], [11, "a prefix it cannot spell"], [12, "flags of a log"], [13, "another rejection"], [15, "a set filled by packets"], [16, "a verdict map"]])(
  "never reads rule %i, %s, as something it is not", (index) => {
    expect(rules[index]?.statements.map(({ kind }) => kind)).toContain("foreign");
  });

it("lists other tables by what they decide, not by what they count or hold", () => {
  const table = (counter: number, rule: string): string => JSON.stringify({ nftables: [
    { metainfo: { version: "1.1.3" } }, { table: { family: "inet", name: "pgrampart", handle: 9 } }, { table: { family: "ip", name: "nat", handle: counter } },
    { set: { family: "ip", table: "nat", name: "s", type: "ipv4_addr", handle: counter, elem: [counter] } },
    { chain: { family: "ip", table: "nat", name: "pre", handle: 1, type: "nat", hook: "prerouting", prio: -100, policy: "accept" } },
    { rule: { family: "ip", table: "nat", chain: "pre", handle: counter, expr: [{ counter: { packets: counter, bytes: counter } }, { [rule]: null }] } },
  ] });
  const [one] = parseForeignTables(table(1, "drop"), "pgrampart");
  expect(one).toMatchObject({ family: "ip", name: "nat", inputChains: ["pre prerouting -100 policy accept"] });
  expect(parseForeignTables(table(2, "drop"), "pgrampart")).toEqual([one]);
  expect(parseForeignTables(table(1, "accept"), "pgrampart")).not.toEqual([one]);
});

const probe = probeFirewall("pgrampart", rulesetPaths("pgrampart"));
const unit = "Id=pgrampart-firewall.service\nActiveState=inactive\nUnitFileState=\n";

it("a host without nft, and one without the table, show as what they are", () => {
  expect(probe.parse(`\u001e\n\u001e${unit}\u001e`)).toEqual({
    installed: false, loaded: null, foreignTables: [], files: [], unit: { unit: "pgrampart-firewall.service", isEnabled: false, isMasked: false, isRunning: false },
  });
  expect(probe.parse(`{"nftables": []}\n\u001e\n\u001e${unit}\u001e`)).toMatchObject({ installed: true, loaded: null });
});

it.each([["{", /did not answer in JSON/], ["[]", /unknown form/], ["{\"nftables\": 3}", /unknown form/]])("refuses an answer such as %s", (text, message) => {
  expect(() => parseRuleset(text, "pgrampart")).toThrow(message);
});
