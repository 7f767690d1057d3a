/** Each difference is told at the property it comes from, with what it endangers. */
import { planFirewall, retireFirewall } from "../../src/diff/firewall";
import { diffRuleset } from "../../src/diff/ruleset";
import type { ObservedFirewall } from "../../src/inspect/firewall";
import { EMPTY_PLAN } from "../../src/model/plan";
import type { Ruleset } from "../../src/model/ruleset";
import { resolveFirewall } from "../../src/resolve/ruleset";
import { firewall } from "../support/firewall";

type Inputs = Record<string, unknown>;
const app = { name: "app", ports: [5432], sources: ["10.0.0.0/24"] };
const BASE: Inputs = { managementNetworks: ["192.0.2.0/24"], services: [app] };
const desiredOf = (args: Inputs): ReturnType<typeof resolveFirewall> => resolveFirewall(firewall({ ...BASE, ...args }));

/** `path kind: hazards` of each change from one declaration to another. */
function changes(before: Inputs, after: Inputs): readonly string[] {
  const { ruleset, origins } = desiredOf(after);
  return diffRuleset(desiredOf(before).ruleset, ruleset, origins).map(({ path, kind, hazards }) => `${path} ${kind}: ${hazards.join(", ")}`);
}

it.each<[string, Inputs, Inputs, string[]]>([
  ["nothing", {}, {}, []],
  ["a source more", {}, { services: [{ ...app, sources: ["10.0.0.0/23"] }] }, ["services[0].sources update: access-widened"]],
  ["a source less", { services: [{ ...app, sources: ["10.0.0.0/23"] }] }, {}, ["services[0].sources update: access-narrowed"]],
  ["a source instead of another", {}, { services: [{ ...app, sources: ["10.0.1.0/24"] }] }, ["services[0].sources update: access-widened, access-narrowed"]],
  ["a refused source more", { services: [{ ...app, action: "drop" }] }, { services: [{ ...app, action: "drop", sources: ["10.0.0.0/23"] }] }, ["services[0].sources update: access-narrowed"]],
  ["a refused source less", { services: [{ ...app, action: "drop", sources: ["10.0.0.0/23"] }] }, { services: [{ ...app, action: "drop" }] }, ["services[0].sources update: access-widened"]],
  ["a service more", {}, { services: [app, { name: "web", ports: [443], allowAnywhere: "a public service" }] }, ["services[1] add: access-widened"]],
  ["a service less", {}, { services: [] }, ["observed.services.app delete: access-narrowed"]],
  ["a port more", {}, { services: [{ ...app, ports: [5432, 5433] }] }, ["services[0] update: access-widened, access-narrowed"]],
  ["another action", {}, { services: [{ ...app, action: "reject" }] }, ["services[0] update: access-narrowed"]],
  ["management networks", {}, { managementNetworks: ["192.0.2.0/24", "198.51.100.0/24"] }, ["managementNetworks update: access-widened, lockout"]],
  ["management networks of another family", {}, { managementNetworks: ["192.0.2.0/24", "fd00::/8"] }, ["managementNetworks update: access-widened, lockout"]],
  ["answers to what is refused", {}, { refuse: "reject" }, ["refuse add: access-narrowed"]],
  ["no log", {}, { logging: { enabled: false } }, ["logging delete: access-narrowed"]],
  ["outbound restricted", {}, { outbound: [] }, expect.arrayContaining(["outbound update: access-narrowed, lockout"]) as string[]],
  ["outbound opened", { outbound: [] }, {}, expect.arrayContaining(["outbound update: access-widened"]) as string[]],
  ["the order of services that decide differently", { services: [{ ...app, action: "drop", sources: ["10.0.0.1"] }, { name: "b", ports: [5432], sources: ["10.0.0.0/8"] }] },
    { services: [{ name: "b", ports: [5432], sources: ["10.0.0.0/8"] }, { ...app, action: "accept", sources: ["10.0.0.1"] }] }, expect.arrayContaining([expect.stringMatching(/^services\[1\]/)]) as string[]],
])("%s", (_, before, after, expected) => expect(changes(before, after)).toEqual(expected));

it("services in another order are one change, and no silent one", () => {
  const web = { name: "web", ports: [443], sources: ["10.0.0.0/8"] };
  expect(changes({ services: [app, web] }, { services: [web, app] })).toEqual(["services update: access-widened, access-narrowed, lockout"]);
});

const { ruleset, origins } = desiredOf({});
const changed = (change: (draft: { chains: { name: string; base: unknown; rules: unknown[] }[]; sets: unknown[]; foreign: string[] }) => void): Ruleset => {
  const draft = JSON.parse(JSON.stringify(ruleset)) as never;
  change(draft);
  return draft;
};

it.each<[string, Ruleset, string[]]>([
  ["a rule by hand", changed(({ chains }) => chains[1]?.rules.unshift({ comment: null, statements: [{ kind: "verdict", verdict: "accept" }] })), ["observed.chains.input.rules[0] delete: access-narrowed"]],
  ["a rule by hand with words of ours", changed(({ chains }) => chains[1]?.rules.push({ comment: "service app", statements: [{ kind: "verdict", verdict: "accept" }] })), ["services[0] update: access-narrowed"]],
  ["a rule that drops, by hand", changed(({ chains }) => chains[1]?.rules.unshift({ comment: "x", statements: [{ kind: "verdict", verdict: "drop" }] })), ["observed.chains.input.rules[0] delete: access-widened"]],
  ["a rule without a word for it", changed(({ chains }) => chains[1]?.rules.unshift({ comment: null, statements: [{ kind: "foreign", json: "{\"jump\":1}" }] })), ["observed.chains.input.rules[0] delete: access-narrowed"]],
  ["replies no longer accepted", changed(({ chains }) => chains[1]?.rules.splice(2, 1)), ["observed.chains.input[\"replies\"] add: access-widened, lockout"]],
  ["an open policy", changed(({ chains }) => { Object.assign(chains[1] ?? {}, { base: { ...(chains[1]?.base as object), policy: "accept" } }); }), ["observed.chains.input update: access-narrowed, lockout"]],
  ["a chain of somebody's", changed(({ chains }) => chains.push({ name: "z", base: null, rules: [] })), ["observed.chains.z delete: "]],
  ["a map of somebody's", changed(({ foreign }) => foreign.push("{}")), ["observed.foreign[0] delete: access-narrowed"]],
])("drift: %s", (_, observed, expected) => {
  expect(diffRuleset(observed, ruleset, origins).map(({ path, kind, hazards }) => `${path} ${kind}: ${hazards.join(", ")}`)).toEqual(expected);
});

it("a table where none was narrows; what is open to anyone is said all the same", () => {
  const { ruleset: table, origins: from } = desiredOf({ services: [app, { name: "web", ports: [443], allowAnywhere: "a public service" }] });
  expect(diffRuleset(null, table, from).map(({ path, hazards }) => `${path}: ${hazards.join(", ")}`)).toEqual([
    "managementNetworks: ", "outbound: ", "services[0]: ", "services[1]: access-widened", "table: access-narrowed, lockout",
  ]);
});

const off: ObservedFirewall = { installed: false, loaded: null, foreignTables: [], files: [], unit: { unit: "pgrampart-firewall.service", isEnabled: false, isMasked: false, isRunning: false } };

it("installs nftables where it is missing, checks before it loads, and is guarded", () => {
  const plan = planFirewall(off, desiredOf({}));
  expect(plan.prepare.map(({ title }) => title)).toEqual(["installing nftables", "keeping the loaded ruleset for a rollback"]);
  expect(plan.files.map(({ path }) => path)).toEqual(["/etc/pgrampart/pgrampart.nft", "/etc/pgrampart/pgrampart-closed.nft", "/etc/systemd/system/pgrampart-firewall.service", "/etc/systemd/system/nftables.service.d/pgrampart.conf"]);
  expect(plan.validate.map(({ title }) => title)).toEqual(["checking the ruleset with nft", "checking that the ruleset keeps this SSH session's origin"]);
  expect(plan.guard?.proofs.map(({ title }) => title)).toEqual(["logging in anew through the ruleset"]);
  expect(plan.restore).toHaveLength(1);
});

it("has nothing to retire where nothing is", () => {
  expect(retireFirewall(off, desiredOf({}))).toEqual(EMPTY_PLAN);
});
