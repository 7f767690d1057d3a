/**
 * Types as the reference shows them: code in which the names of our own types lead to where they are described, and a
 * section for each type that some argument or output mentions.
 */
import type { ClassDeclaration, Declarations, Property, TypeDeclaration } from "./declarations";
import { blocks, code, inline, link, table } from "./markdown";
import type { Spelling } from "./spelling";

export class TypeSpeller {
  /** Argument interface → the class whose section describes it. */
  readonly #owners: ReadonlyMap<string, string>;

  constructor(private readonly declarations: Declarations, private readonly classes: readonly ClassDeclaration[]) {
    this.#owners = new Map(classes.flatMap(({ name, args }) => (args === undefined ? [] : [[args, name] as const])));
  }

  spell(spelling: Spelling): string {
    return spelling.map(({ text, refersTo }) => (refersTo === undefined ? `\`${text.replaceAll("|", "\\|")}\`` : link(code(text), this.#owners.get(refersTo) ?? refersTo))).join("");
  }

  /** What the type of that name consists of; nothing for a class without arguments. */
  body(name: string | undefined): string {
    if (name === undefined) {
      return "";
    }
    const { properties, includes, alternatives } = this.declarations.type(name) ?? { properties: [], includes: [], alternatives: [] };
    const [only, ...more] = alternatives.map((alternative) => this.spell(alternative));
    return blocks([
      only === undefined ? "" : more.length === 0 ? `Stands for ${only}.` : ["One of", "", ...[only, ...more].map((alternative) => `- ${alternative}`)].join("\n"),
      table({ heading: ["argument", "type", "default", "meaning"], rows: properties.map((property) => [code(property.name), this.spell(property.type), defaultOf(property), inline(property.meaning)]) }),
      includes.length === 0 ? "" : `${properties.length === 0 ? "All" : "And all"} of ${includes.map((one) => this.spell(one)).join(", ")}.`,
    ]);
  }

  /** A section for each type that is mentioned, but for those that a class's section describes. */
  types(): readonly string[] {
    const found = new Map<string, TypeDeclaration>();
    const follow = (spellings: readonly Spelling[]): void => spellings.flat().forEach(({ refersTo }) => {
      const type = refersTo === undefined || found.has(refersTo) ? undefined : this.declarations.type(refersTo);
      if (refersTo !== undefined && type !== undefined) {
        found.set(refersTo, type);
        follow([...type.properties.map((property) => property.type), ...type.includes, ...type.alternatives]);
      }
    });
    for (const { args, outputs } of this.classes) {
      follow([args === undefined ? [] : [{ text: args, refersTo: args }], ...outputs.map((output) => output.type)]);
    }
    return [...found.values()].filter(({ name }) => !this.#owners.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, meaning }) => blocks([`### ${name}`, inline(meaning), this.body(name)]));
  }
}

/** A value as code, whatever is around it as words. */
const VALUE = /^("[^"]*"|\[.*\]|\{.*\}|true|false|-?\d+)(?=$|[\s,:;])(.*)$/s;

function defaultOf({ isOptional, default: value }: Property): string {
  if (value === undefined) {
    return isOptional ? "" : "required";
  }
  const words = value.replace(/^- /, "");
  const [, literal, rest = ""] = VALUE.exec(words) ?? [];
  return literal === undefined ? inline(words) : `${code(literal)}${/^\s/.test(rest) ? " " : ""}${inline(rest)}`;
}
