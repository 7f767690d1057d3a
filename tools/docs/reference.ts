/**
 * docs/reference.md: every resource and component with arguments and outputs, the types those are made of, hazards,
 * loosenings, commands, exit statuses and errors. Each part comes from the code's own types or tables, so that nothing is
 * said twice; sorted, and the same bytes on every run.
 */
import type { Command } from "commander";
import { HBA_LOOSENINGS } from "../../src/model/hba-loosening";
import { HAZARDS } from "../../src/provider/detail";
import type { DeclaredKind } from "../../src/provider/kind";
import { renderCommandLine } from "./command-line";
import type { ClassDeclaration, Declarations } from "./declarations";
import { blocks, code, inline, link, table } from "./markdown";
import { TypeSpeller } from "./type";

type Kind = Pick<DeclaredKind<never, never, never>, "type" | "description" | "secretInputs" | "replaceOn">;

export interface ReferenceSources {
  /** Read from `ENTRIES`. */
  readonly declarations: Declarations;
  readonly kinds: readonly Kind[];
  /** In the order of the command's own help. */
  readonly commands: readonly Command[];
}

const RESOURCES = "src/resources/index.ts";
const COMPONENTS = "components/index.ts";
const ERRORS = "src/errors.ts";
const EXIT = "src/cli/exit.ts";
/** Files whose imports hold everything that the reference speaks of. */
export const ENTRIES = [COMPONENTS, ERRORS, EXIT];

const HEAD = `# Reference

Written by \`npm run docs\` from the types and tables that the code itself uses. The baseline of an instance has
[a page of its own](baseline.md).

Any argument of a resource, and any part of one, may be an output of another resource. A component's argument may where its
type says \`Input\`; the others decide which resources there are. Whatever is wrong in the arguments is reported at once, each fault with
its path, the given value, what is allowed and what to do.`;

export function renderReference({ declarations, kinds, commands }: ReferenceSources): string {
  const native = declarations.classes(RESOURCES);
  const composed = declarations.classes(COMPONENTS).filter(({ name }) => native.every((other) => other.name !== name));
  const speller = new TypeSpeller(declarations, [...native, ...composed]);
  return `${blocks([
    HEAD,
    "## Resources", ...native.map((one) => resource(speller, one, kinds.find(({ type }) => type === one.name))),
    "## Components", ...composed.map((one) => section(speller, one, inline(one.meaning))),
    "## Types", ...speller.types(),
    "## Hazards", hazards(),
    "## Loosenings of host-based access", loosenings(),
    "## Commands", renderCommandLine(commands), exits(declarations),
    "## Errors", errors(declarations),
  ])}\n`;
}

/** `kind` is undefined for the provider itself, which is no resource on a host. */
function resource(speller: TypeSpeller, one: ClassDeclaration, kind: Kind | undefined): string {
  return section(speller, one, inline(kind?.description ?? one.meaning), [
    kind === undefined || kind.replaceOn.length === 0 ? "" : `Replaced when this changes: ${kind.replaceOn.map(code).join(", ")}.`,
    kind === undefined ? "" : `Secret: ${kind.secretInputs.map(code).join(", ")}.`,
  ]);
}

function section(speller: TypeSpeller, { name, args, outputs }: ClassDeclaration, description: string, notes: readonly string[] = []): string {
  return blocks([
    `### ${name}`,
    description,
    speller.body(args),
    ...notes,
    table({ heading: ["output", "type", "meaning"], rows: outputs.map((output) => [code(output.name), speller.spell(output.type), inline(output.meaning)]) }),
  ]);
}

function hazards(): string {
  return blocks([
    "What a preview says about a change before it is made.",
    table({ heading: ["hazard", "shown as", "a change with it"], rows: Object.entries(HAZARDS).map(([hazard, { isWarning, meaning }]) => [code(hazard), isWarning ? "warning" : "information", inline(meaning)]) }),
  ]);
}

function loosenings(): string {
  return blocks([
    `Names for ${link("allowInsecure", "AllowInsecure")}: each weakness is refused without a reason.`,
    table({ heading: ["name", "because it", "instead"], rows: Object.entries(HBA_LOOSENINGS).map(([name, [danger, instead]]) => [code(name), inline(danger), inline(instead)]) }),
  ]);
}

function exits(declarations: Declarations): string {
  return blocks(["### Exit status", table({ heading: ["status", "meaning"], rows: declarations.numbers(EXIT, "exitStatus").map(({ value, meaning }) => [code(value), inline(meaning)]) })]);
}

function errors(declarations: Declarations): string {
  return blocks([
    "An error says at which stage it arose, what was attempted and what to do. Faults of a declaration are none of these: Pulumi shows each at its property.",
    table({ heading: ["stage", "error", "meaning"], rows: declarations.errors(ERRORS).map(({ name, stage, meaning }) => [code(stage), code(name), inline(meaning)]) }),
  ]);
}
