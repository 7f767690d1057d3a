/**
 * What differs between the loaded table and the declared one, told at the properties that declare it. Rules are
 * grouped by their comment, which names their origin; a rule without a known origin was added by hand and is drift.
 */
import { isDeepStrictEqual } from "node:util";
import { covers, parseRange, type AddressRange } from "../model/address";
import type { Change, Hazard } from "../model/plan";
import type { Chain, NamedSet, Rule, Ruleset } from "../model/ruleset";
import { printRule } from "../render/ruleset";

type Origins = Readonly<Record<string, string>>;

/** Sorted by path; empty exactly when the two mean the same to the kernel. `observed: null`: no such table. */
export function diffRuleset(observed: Ruleset | null, desired: Ruleset, origins: Origins): readonly Change[] {
  const found: Ruleset = observed ?? { table: desired.table, sets: [], chains: [], foreign: [] };
  const changes = [
    ...diffSets(found, desired, origins),
    ...namesOf(found.chains, desired.chains).flatMap((name) => diffChain(named(found.chains, name), named(desired.chains, name), origins)),
    ...found.foreign.map((json, index): Change => ({ path: `observed.foreign[${index}]`, kind: "delete", before: json, hazards: ["access-narrowed"] })),
  ];
  return withoutParts(onePerPath(observed === null ? creation(desired, changes) : changes)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * A table where none was narrows, whatever it accepts: without one, everything passes. What stays open to anyone is
 * said all the same; the fixed rules are no news.
 */
function creation({ table, chains }: Ruleset, changes: readonly Change[]): readonly Change[] {
  const isOpen = (comments: readonly string[]): boolean => chains.some(({ rules }) =>
    rules.some((rule) => isAccepting(rule) && comments.includes(printRule(rule)) && !rule.statements.some(({ kind }) => kind === "address")));
  const told = changes.filter(({ path }) => /^(services|managementNetworks|outbound)/.test(path));
  return [
    { path: "table", kind: "add", after: table, hazards: ["access-narrowed", "lockout"] },
    ...told.map((change): Change => ({ ...change, hazards: Array.isArray(change.after) && isOpen(change.after as string[]) ? ["access-widened"] : [] })),
  ];
}

/** Several differences at one property are one change of it. */
function onePerPath(changes: readonly Change[]): readonly Change[] {
  return [...new Set(changes.map(({ path }) => path))].map((path) => {
    const same = changes.filter((change) => change.path === path);
    const [first, ...others] = same as [Change, ...Change[]];
    if (others.length === 0) {
      return first;
    }
    const [before, after] = (["before", "after"] as const).map((side) => same.flatMap((change) => change[side] ?? []));
    const kind = same.every((change) => change.kind === first.kind) ? first.kind : "update";
    return { path, kind, ...(before?.length === 0 ? {} : { before }), ...(after?.length === 0 ? {} : { after }), hazards: [...new Set(same.flatMap((change) => change.hazards))] };
  });
}

/** One change for each property: both families of a list of networks are one list to whoever wrote it. */
function diffSets(observed: Ruleset, desired: Ruleset, origins: Origins): readonly Change[] {
  const differing = namesOf(observed.sets, desired.sets)
    .map((name) => ({ name, path: origins[name] ?? undeclaredSet(name), before: named(observed.sets, name), after: named(desired.sets, name) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after));
  return [...new Set(differing.map(({ path }) => path))].map((path) => {
    const parts = differing.filter((part) => part.path === path);
    const before = parts.flatMap((part) => part.before?.elements ?? []);
    const after = parts.flatMap((part) => part.after?.elements ?? []);
    const isOpening = parts.some(({ name }) => opensWith(name, observed) || opensWith(name, desired));
    const isManagement = parts.some(({ name }) => name.startsWith("management_"));
    return {
      path,
      kind: kindOf(before.length > 0, after.length > 0),
      ...(before.length > 0 ? { before } : {}),
      ...(after.length > 0 ? { after } : {}),
      hazards: hazards(covers(ranges(before), ranges(after)), covers(ranges(after), ranges(before)), isOpening, isManagement),
    };
  });
}

const ranges = (elements: readonly string[]): readonly AddressRange[] => elements.map((element) => parseRange(element)).filter((range) => range !== null);

/** Whether a rule accepts packets because of this set. */
function opensWith(name: string, { chains }: Ruleset): boolean {
  return chains.some(({ rules }) => rules.some((rule) => isAccepting(rule) && rule.statements.some((part) => part.kind === "address" && part.addresses === `@${name}`)));
}

function diffChain(observed: Chain | undefined, desired: Chain | undefined, origins: Origins): readonly Change[] {
  const name = (desired ?? observed)?.name ?? "";
  const path = `observed.chains.${name}`;
  const [before, after] = [observed?.base ?? null, desired?.base ?? null];
  const isNarrower = after?.policy === "drop";
  const base: readonly Change[] = isDeepStrictEqual(before, after) && (observed === undefined) === (desired === undefined) ? [] : [{
    path: name === "output" && desired !== undefined ? "outbound" : path,
    kind: kindOf(observed !== undefined, desired !== undefined),
    ...(observed === undefined ? {} : { before: before?.policy ?? "no policy" }),
    ...(desired === undefined ? {} : { after: after?.policy ?? "no policy" }),
    hazards: isNarrower ? ["access-narrowed", "lockout"] : before === null ? [] : ["access-widened"],
  }];
  const rules = diffRules(observed?.rules ?? [], desired?.rules ?? [], path, origins);
  const isReordered = rules.length === 0 && !isDeepStrictEqual(observed?.rules, desired?.rules) && observed !== undefined && desired !== undefined;
  return [...base, ...rules, ...(isReordered ? [reordered(observed.rules, desired.rules, name === "output" ? "outbound" : "services")] : [])];
}

function diffRules(observed: readonly Rule[], desired: readonly Rule[], path: string, origins: Origins): readonly Change[] {
  const comments = [...new Set([...observed, ...desired].map(({ comment }) => comment))];
  return comments.flatMap((comment) => {
    const origin = comment === null ? undefined : origins[comment] ?? undeclaredRule(comment);
    const isOurs = comment !== null && (origin !== undefined || desired.some((rule) => rule.comment === comment));
    if (!isOurs) {
      return observed.flatMap((rule, index) => (rule.comment === comment ? [ruleChange(`${path}.rules[${index}]`, [rule], [])] : []));
    }
    const [before, after] = [observed, desired].map((rules) => rules.filter((rule) => rule.comment === comment)) as [Rule[], Rule[]];
    return isDeepStrictEqual(before, after) ? [] : [ruleChange(origin ?? `${path}[${JSON.stringify(comment)}]`, before, after)];
  });
}

/** Of a service that is declared no more; its sets are parts of it. */
function undeclaredRule(comment: string): string | undefined {
  const [, kind, name] = /^(service|outbound) ([a-z][a-z0-9-]*)$/.exec(comment) ?? [];
  return name === undefined ? undefined : `observed.${kind === "service" ? "services" : "outbound"}.${name}`;
}

function undeclaredSet(name: string): string {
  const [, service, isOutbound] = /^([a-z][a-z0-9-]*)(_out)?_ipv[46]$/.exec(name) ?? [];
  return service === undefined ? `observed.sets.${name}` : isOutbound === undefined ? `observed.services.${service}.sources` : `observed.outbound.${service}.destinations`;
}

function ruleChange(path: string, before: readonly Rule[], after: readonly Rule[]): Change {
  const texts = (rules: readonly Rule[]): readonly string[] => rules.map(printRule);
  const gained = after.filter((rule) => !texts(before).includes(printRule(rule)));
  const lost = before.filter((rule) => !texts(after).includes(printRule(rule)));
  const isWider = gained.some(isAccepting) || lost.some(isRefusing);
  const isNarrower = lost.some((rule) => !isRefusing(rule)) || gained.some(isRefusing);
  const isVital = [...before, ...after].some(({ comment }) => comment === "ssh from management" || comment === "replies");
  return {
    path,
    kind: kindOf(before.length > 0, after.length > 0),
    ...(before.length > 0 ? { before: texts(before) } : {}),
    ...(after.length > 0 ? { after: texts(after) } : {}),
    hazards: [...(isWider ? ["access-widened" as const] : []), ...(isNarrower ? ["access-narrowed" as const] : []), ...(isVital ? ["lockout" as const] : [])],
  };
}

function reordered(before: readonly Rule[], after: readonly Rule[], path: string): Change {
  return { path, kind: "update", before: before.map(printRule), after: after.map(printRule), hazards: ["access-widened", "access-narrowed", "lockout"] };
}

/** What is added or removed whole needs no second entry for its parts. */
function withoutParts(changes: readonly Change[]): Change[] {
  return changes.filter(({ path }) => !changes.some((other) => other.kind !== "update" && path.startsWith(`${other.path}.`)));
}

function hazards(isWithin: boolean, isKept: boolean, isOpening: boolean, isManagement: boolean): readonly Hazard[] {
  const grows: Hazard = isOpening ? "access-widened" : "access-narrowed";
  const shrinks: Hazard = isOpening ? "access-narrowed" : "access-widened";
  return [...(isWithin ? [] : [grows]), ...(isKept ? [] : [shrinks]), ...(isManagement ? ["lockout" as const] : [])];
}

const verdictOf = ({ statements }: Rule): string | undefined => statements.flatMap((part) => (part.kind === "verdict" ? [part.verdict] : []))[0];
const isAccepting = (rule: Rule): boolean => verdictOf(rule) === "accept";
const isRefusing = (rule: Rule): boolean => ![undefined, "accept"].includes(verdictOf(rule));
const kindOf = (isBefore: boolean, isAfter: boolean): Change["kind"] => (!isBefore ? "add" : isAfter ? "update" : "delete");
const named = <T extends Chain | NamedSet>(list: readonly T[], name: string): T | undefined => list.find((part) => part.name === name);
const namesOf = (...lists: readonly (readonly { readonly name: string }[])[]): readonly string[] => [...new Set(lists.flat().map(({ name }) => name))].sort();
