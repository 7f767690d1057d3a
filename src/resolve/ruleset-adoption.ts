/**
 * The way back from a loaded table to the arguments that would declare it, by the comments that resolve wrote. What
 * resolve never writes is left out: after an import, the next preview shows it as drift.
 */
import type { FirewallArgs, FirewallOutboundArgs, FirewallServiceArgs } from "../declare/ruleset";
import { networksOf, parseRange } from "../model/address";
import type { Rule, Ruleset, Statement } from "../model/ruleset";

type Kind<K extends Statement["kind"]> = Extract<Statement, { readonly kind: K }>;

export function adoptRuleset(ruleset: Ruleset): Omit<FirewallArgs, "connection"> {
  const { sets } = ruleset;
  const rulesOf = (chain: string): readonly Rule[] => ruleset.chains.find(({ name }) => name === chain)?.rules ?? [];
  const input = rulesOf("input");
  const ssh = input.filter(({ comment }) => comment === "ssh from management");
  const networks = (prefix: string): readonly string[] => ["ipv4", "ipv6"].flatMap((family) => sets.find(({ name }) => name === `${prefix}_${family}`)?.elements.flatMap(toNetworks) ?? []);
  const isAnywhere = ssh.some((rule) => first(rule, "address") === undefined);
  const echo = input.filter(({ comment }) => comment === "echo");
  const logged = input.find(({ comment }) => comment === "refused, logged");
  const limit = logged === undefined ? undefined : first(logged, "limit");
  const echoLimit = input.filter(({ comment }) => comment === "echo above its rate").map((rule) => first(rule, "limit"))[0];
  const isOutputOpen = ruleset.chains.find(({ name }) => name === "output")?.base?.policy !== "drop";
  return {
    ...(isAnywhere ? { allowManagementFromAnywhere: ADOPTED } : { managementNetworks: networks("management") }),
    sshPorts: [...new Set(ssh.flatMap((rule) => first(rule, "port")?.ports.flatMap(toPorts) ?? []))],
    services: named(input, "service ").map(([name, rule]) => adoptService(name, rule, networks(name))),
    refuse: input.some(({ comment }) => comment === "refused") ? "reject" : "drop",
    outbound: isOutputOpen ? "allow" : named(rulesOf("output"), "outbound ").map(([name, rule]) => adoptOutbound(name, rule, networks(`${name}_out`))),
    icmp: {
      echo: echo[0] === undefined ? "nobody" : first(echo[0], "address") === undefined ? "anyone" : "management",
      ...(echoLimit === undefined ? {} : { echoPerSecond: echoLimit.rate }),
    },
    logging: { enabled: logged !== undefined, ...(limit === undefined ? {} : { perMinute: limit.rate }) },
    dhcpClient: input.some(({ comment }) => comment === "dhcp answers"),
    table: ruleset.table,
  };
}

/** An import knows no reason, and an empty one is refused: somebody must look. */
const ADOPTED = "found open when it was imported; say why, or close it";

function adoptService(name: string, rule: Rule, sources: readonly string[]): FirewallServiceArgs {
  const verdict = first(rule, "verdict")?.verdict ?? "drop";
  const action = verdict === "accept" ? "accept" : verdict === "drop" ? "drop" : "reject";
  const isAnywhere = first(rule, "address") === undefined;
  return { name, ...portsOf(rule), action, ...(!isAnywhere ? { sources } : action === "accept" ? { allowAnywhere: ADOPTED } : {}) };
}

function adoptOutbound(name: string, rule: Rule, destinations: readonly string[]): FirewallOutboundArgs {
  return { name, ...portsOf(rule), ...(first(rule, "address") === undefined ? {} : { destinations }) };
}

function portsOf(rule: Rule): Pick<FirewallServiceArgs, "protocol" | "ports"> {
  const port = first(rule, "port");
  return { protocol: port?.protocol ?? "tcp", ports: (port?.ports ?? []).map((text) => (text.includes("-") ? text : Number(text))) };
}

/** One entry per name, in the order of the rules. */
function named(rules: readonly Rule[], prefix: string): readonly (readonly [string, Rule])[] {
  const entries = rules.flatMap((rule): [string, Rule][] => (rule.comment?.startsWith(prefix) ? [[rule.comment.slice(prefix.length), rule]] : []));
  return entries.filter(([name], index) => entries.findIndex(([other]) => other === name) === index);
}

function first<K extends Statement["kind"]>({ statements }: Rule, kind: K): Kind<K> | undefined {
  return statements.find((statement): statement is Kind<K> => statement.kind === kind);
}

function toPorts(text: string): readonly number[] {
  const [from = 0, to = from] = text.split("-").map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Declarations know networks, not ranges: the fewest networks that make up a range. */
function toNetworks(element: string): readonly string[] {
  const range = parseRange(element);
  return range === null ? [] : networksOf(range);
}
