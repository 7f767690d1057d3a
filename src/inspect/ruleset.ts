/**
 * The loaded ruleset as nft's JSON, read back into the model: the inverse of render. An expression that render never
 * writes becomes `foreign` with its JSON, never an approximation.
 */
import { z } from "zod";
import { InspectError } from "../errors";
import { formatRange, mergeRanges, parseRange, type AddressFamily, type AddressRange } from "../model/address";
import { formatPorts, type Chain, type NamedSet, type PortRange, type Rule, type Ruleset, type Statement, type Verdict } from "../model/ruleset";
import { isSpeakable } from "../render/ruleset";

export type Json = Readonly<Record<string, unknown>>;
const listing = z.object({ nftables: z.array(z.record(z.string(), z.looseObject({}))) });

/** Objects of a listing with their kind, in the kernel's order. */
export function objects(text: string): readonly { readonly kind: string; readonly body: Json }[] {
  const { data } = listing.safeParse(parseJson(text));
  if (data === undefined) {
    throw new InspectError("listing the loaded tables", "nft's JSON has an unknown form", { remedy: "Check that nft is version 1.0 or later." });
  }
  return data.nftables.flatMap((entry) => Object.entries(entry).map(([kind, body]) => ({ kind, body })));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InspectError("listing the loaded tables", "nft did not answer in JSON", { remedy: "Check that nft is version 1.0 or later, built with JSON.", cause });
  }
}

/** Reads what `nft -j list table inet TABLE` prints. */
export function parseRuleset(text: string, table: string): Ruleset {
  const parts = objects(text).filter(({ kind, body }) => kind !== "metainfo" && kind !== "table" && body["table"] === table);
  const of = (wanted: string): readonly Json[] => parts.filter(({ kind }) => kind === wanted).map(({ body }) => body);
  const sets = of("set").map((body) => ({ body, set: parseSet(body) }));
  return {
    table,
    sets: sets.flatMap(({ set }) => (set === null ? [] : [set])).sort(byName),
    chains: of("chain").map((body) => parseChain(body, of("rule").filter((rule) => rule["chain"] === body["name"]))).sort(byName),
    foreign: [
      ...parts.filter(({ kind }) => !["set", "chain", "rule"].includes(kind)),
      ...sets.filter(({ set }) => set === null).map(({ body }) => ({ kind: "set", body })),
    ].map((part) => canonical(part)).sort(),
  };
}

/** `null` for a set that pgrampart would not make: of other types, with time-outs, filled by rules. */
function parseSet(body: Json): NamedSet | null {
  const family = body["type"] === "ipv4_addr" ? "ipv4" : body["type"] === "ipv6_addr" ? "ipv6" : null;
  const known = ["family", "name", "table", "type", "handle", "flags", "elem", "auto-merge"];
  const ranges = asList(body["elem"] ?? []).map((element) => parseElement(element, family));
  if (family === null || canonical(body["flags"]) !== "[\"interval\"]" || Object.keys(body).some((key) => !known.includes(key)) || ranges.includes(null)) {
    return null;
  }
  return { name: String(body["name"]), family, elements: mergeRanges(ranges as AddressRange[]).map(formatRange) };
}

function parseElement(element: unknown, family: AddressFamily | null): AddressRange | null {
  const text = networkText(element);
  const range = text === null ? null : parseRange(text);
  return range?.family === family ? range : null;
}

function networkText(value: unknown): string | null {
  const body = value as { readonly prefix?: { readonly addr: string; readonly len: number }; readonly range?: readonly string[] } | string;
  if (typeof body === "string") {
    return body;
  }
  return body?.prefix !== undefined ? `${body.prefix.addr}/${body.prefix.len}` : body?.range !== undefined ? body.range.join("-") : null;
}

function parseChain(body: Json, rules: readonly Json[]): Chain {
  const base = typeof body["hook"] !== "string" ? null : {
    type: String(body["type"]),
    hook: body["hook"],
    priority: Number(body["prio"]),
    policy: body["policy"] === "drop" ? "drop" as const : "accept" as const,
  };
  return { name: String(body["name"]), base, rules: rules.map(parseRule) };
}

function parseRule(body: Json): Rule {
  return {
    comment: typeof body["comment"] === "string" ? body["comment"] : null,
    // Counters count; they decide nothing.
    statements: asList(body["expr"]).filter((expression) => !isObject(expression) || !("counter" in expression)).map(parseStatement),
  };
}

/** One statement; `foreign` unless every part of it is known. */
function parseStatement(expression: unknown): Statement {
  const statement = isObject(expression) ? parseMatch(expression["match"]) ?? parseAction(expression) : null;
  return statement !== null && isSpeakable(statement) ? statement : { kind: "foreign", json: canonical(expression) };
}

function parseMatch(match: unknown): Statement | null {
  if (!isObject(match) || !isObject(match["left"]) || (match["op"] !== "==" && match["op"] !== "in")) {
    return null;
  }
  const { payload, meta, ct } = match["left"] as { readonly payload?: { readonly protocol?: string; readonly field?: string }; readonly meta?: Json; readonly ct?: Json };
  const right = match["right"];
  const words = wordsOf(right);
  if (ct !== undefined) {
    return ct["key"] === "state" && Object.keys(ct).length === 1 && words !== null ? { kind: "state", states: words } : null;
  }
  if (match["op"] === "in") {
    return null;
  }
  if (meta !== undefined) {
    const direction = meta["key"] === "iifname" ? "in" : meta["key"] === "oifname" ? "out" : null;
    return direction !== null && typeof right === "string"
      ? { kind: "interface", direction, name: right }
      : meta["key"] === "l4proto" ? parseProtocols(right) : null;
  }
  return payload === undefined ? null : parsePayload(`${payload.protocol} ${payload.field}`, right, words);
}

/** Without /etc/protocols (the package netbase) nft lists numbers. */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp" };

function parseProtocols(right: unknown): Statement | null {
  const protocols = wordsOf(isObject(right) && "set" in right ? { set: asList(right["set"]).map(protocolName) } : protocolName(right));
  return protocols === null ? null : { kind: "protocol", protocols };
}

const protocolName = (value: unknown): unknown => (typeof value === "number" ? PROTOCOL_NAMES[value] ?? value : value);

function parsePayload(field: string, right: unknown, words: readonly string[] | null): Statement | null {
  const [protocol = "", part = ""] = field.split(" ");
  const side = part.startsWith("s") ? "source" : "destination";
  switch (field) {
    case "ip saddr": case "ip daddr": case "ip6 saddr": case "ip6 daddr": {
      const addresses = parseAddresses(right);
      return addresses === null ? null : { kind: "address", family: protocol === "ip" ? "ipv4" : "ipv6", side, addresses };
    }
    case "tcp sport": case "tcp dport": case "udp sport": case "udp dport": {
      const ports = portsOf(right);
      return ports === null ? null : { kind: "port", protocol: protocol === "tcp" ? "tcp" : "udp", side, ports };
    }
    case "icmp type": case "icmpv6 type":
      return words === null ? null : { kind: "icmp", family: protocol === "icmp" ? "ipv4" : "ipv6", types: words };
    case "ip6 hoplimit":
      return typeof right === "number" ? { kind: "hopLimit", value: right } : null;
    default:
      return null;
  }
}

function parseAddresses(right: unknown): string | null {
  const text = networkText(right);
  if (text === null || text.startsWith("@")) {
    return text;
  }
  const range = parseRange(text);
  return range === null ? null : formatRange(range);
}

function parseAction(expression: Json): Statement | null {
  const [[kind = "", body] = []] = Object.entries(expression);
  switch (kind) {
    case "accept": case "drop":
      return { kind: "verdict", verdict: kind };
    case "reject": {
      const verdict = REJECTIONS[canonical(body)];
      return verdict === undefined ? null : { kind: "verdict", verdict };
    }
    case "limit":
      return isObject(body) && hasOnly(body, ["rate", "per", "burst", "inv"]) ? { kind, isOver: body["inv"] === true, rate: Number(body["rate"]), per: String(body["per"]), burst: Number(body["burst"] ?? 5) } : null;
    case "log":
      return isObject(body) && hasOnly(body, ["prefix", "level"]) ? { kind, prefix: String(body["prefix"] ?? ""), level: String(body["level"] ?? "warn") } : null;
    default:
      return null;
  }
}

const REJECTIONS: Readonly<Record<string, Verdict>> = {
  '{"type":"tcp reset"}': "reject with reset",
  '{"expr":"admin-prohibited","type":"icmpx"}': "reject with prohibited",
};

/** A word, or a set of words: sorted. `null` for anything else, such as a range. */
function wordsOf(right: unknown): readonly string[] | null {
  const words = asList(isObject(right) && "set" in right ? right["set"] : right);
  return words.every((word) => typeof word === "string" && !word.startsWith("@")) ? [...(words as string[])].sort() : null;
}

function portsOf(right: unknown): readonly string[] | null {
  const ranges = asList(isObject(right) && "set" in right ? right["set"] : right).map((part): PortRange | null => {
    const [from, to] = isObject(part) && Array.isArray(part["range"]) ? (part["range"] as unknown[]) : [part, part];
    return typeof from === "number" && typeof to === "number" ? [from, to] : null;
  });
  return ranges.includes(null) ? null : formatPorts(ranges as PortRange[]);
}

/** What changes without anybody changing a rule: identities and measurements. */
const VOLATILE = new Set(["handle", "index", "packets", "bytes", "used", "used_unit", "expires", "elem"]);

/** JSON with sorted keys and without volatile parts: equal text means equal rules. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) =>
    VOLATILE.has(key) ? undefined : isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part) ?? "null";
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const hasOnly = (body: Json, keys: readonly string[]): boolean => Object.keys(body).every((key) => keys.includes(key));
const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);
