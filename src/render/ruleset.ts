/**
 * A ruleset as an nft file: declare, delete, declare again, in one transaction, so that packets meet the old table or
 * the new one and other tables are not touched. The only quoting of nft's language; refuses whatever it cannot spell.
 */
import { RenderError } from "../errors";
import type { Chain, NamedSet, Rule, Ruleset, Statement, Verdict } from "../model/ruleset";

const NOTICE = "# Written by pgrampart, which owns the whole table: a change made here is undone by the next update.";

export function renderRuleset(ruleset: Ruleset): string {
  const table = `table inet ${identifier(ruleset.table)}`;
  if (ruleset.foreign.length > 0) {
    throw unspeakable(ruleset.foreign[0] ?? "");
  }
  const blocks = [...ruleset.sets.map(renderSet), ...ruleset.chains.map(renderChain)];
  return `${NOTICE}\n${table}\ndelete ${table}\n${table} {\n${blocks.join("\n")}}\n`;
}

function renderSet({ name, family, elements }: NamedSet): string {
  return [
    `\tset ${identifier(name)} {`,
    `\t\ttype ${family}_addr`,
    "\t\tflags interval",
    "\t\tauto-merge",
    `\t\telements = { ${elements.map(address).join(", ")} }`,
    "\t}",
    "",
  ].join("\n");
}

function renderChain({ name, base, rules }: Chain): string {
  const heading = base === null ? [] : [`\t\ttype ${identifier(base.type)} hook ${identifier(base.hook)} priority ${base.priority}; policy ${base.policy};`];
  return [`\tchain ${identifier(name)} {`, ...heading, ...rules.map((rule) => `\t\t${renderRule(rule)}`), "\t}", ""].join("\n");
}

/** One rule as a line of a chain. */
export function renderRule({ statements, comment }: Rule): string {
  return [...statements.map(renderStatement), ...(comment === null ? [] : [`comment ${quoted(comment)}`])].join(" ");
}

/** The same for people: also spells what render refuses, as the kernel's JSON. */
export function printRule({ statements, comment }: Rule): string {
  const printed = statements.map((statement) => (statement.kind === "foreign" ? statement.json : renderStatement(statement)));
  return [...printed, ...(comment === null ? [] : [`comment ${JSON.stringify(comment)}`])].join(" ");
}

/** Whether nft's language, as far as it is quoted here, has words for the statement. */
export function isSpeakable(statement: Statement): boolean {
  try {
    return renderStatement(statement) !== "";
  } catch {
    return false;
  }
}

function renderStatement(statement: Statement): string {
  switch (statement.kind) {
    case "interface":
      return `${statement.direction === "in" ? "iifname" : "oifname"} ${quoted(statement.name)}`;
    case "state":
      return `ct state ${list(statement.states)}`;
    case "address":
      return `${statement.family === "ipv4" ? "ip" : "ip6"} ${statement.side === "source" ? "saddr" : "daddr"} ${address(statement.addresses)}`;
    case "port":
      return `${statement.protocol} ${statement.side === "source" ? "sport" : "dport"} ${list(statement.ports)}`;
    case "protocol":
      return `meta l4proto ${list(statement.protocols)}`;
    case "icmp":
      return `${statement.family === "ipv4" ? "icmp" : "icmpv6"} type ${list(statement.types)}`;
    case "hopLimit":
      return `ip6 hoplimit ${statement.value}`;
    case "limit":
      return `limit rate ${statement.isOver ? "over " : ""}${statement.rate}/${identifier(statement.per)} burst ${statement.burst} packets`;
    case "log":
      return `log prefix ${quoted(statement.prefix)} level ${identifier(statement.level)}`;
    case "verdict":
      return VERDICTS[statement.verdict];
    case "foreign":
      throw unspeakable(statement.json);
  }
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  accept: "accept",
  drop: "drop",
  "reject with reset": "reject with tcp reset",
  "reject with prohibited": "reject with icmpx admin-prohibited",
};

const list = (words: readonly string[]): string => (words.length === 1 ? identifier(words[0] ?? "") : `{ ${words.map(identifier).join(", ")} }`);

function identifier(text: string): string {
  return checked(text, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/, text);
}

function address(text: string): string {
  return checked(text, /^@?[A-Za-z0-9:][A-Za-z0-9_.:/-]*$/, text);
}

/** nft's strings have no escape: a quote, a backslash or a control character cannot be part of one. At most 127 bytes. */
function quoted(text: string): string {
  return checked(text, /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,127}$/, `"${text}"`);
}

function checked(text: string, form: RegExp, spelled: string): string {
  if (!form.test(text)) {
    throw new RenderError(`nft's language cannot spell ${JSON.stringify(text)}`, { remedy: "Use letters, digits, dots, dashes and underscores." });
  }
  return spelled;
}

function unspeakable(json: string): RenderError {
  return new RenderError(`a rule that was not declared cannot be written back: ${json}`, { remedy: "Declare what it does as a service, or keep it in a table of its own." });
}
