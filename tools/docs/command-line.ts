/** The commands of `pgrampart` with their options, from commander's own objects, which also read the command line. */
import type { Command } from "commander";
import { blocks, code, inline, table } from "./markdown";

/** @param commands in the order of the command's own help */
export function renderCommandLine(commands: readonly Command[]): string {
  return blocks(commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands)).map(renderCommand));
}

function renderCommand(command: Command): string {
  return blocks([`### ${code(usageOf(command))}`, inline(command.description()), table({
    heading: ["option", "default", "meaning"],
    rows: command.options.map((option) => [
      code(option.flags),
      option.defaultValue === undefined ? (option.mandatory ? "required" : "") : code(String(option.defaultValue)),
      inline(`${option.description}${option.argChoices === undefined ? "" : `; one of ${option.argChoices.join(", ")}`}`),
    ]),
  })]);
}

/** `pgrampart lab ssh <host> [command...]`. */
function usageOf(command: Command): string {
  const operands = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return ["pgrampart", ...wordsOf(command), ...operands].join(" ");
}

/** The words that call it: `lab`, `ssh`. */
export function wordsOf(command: Command): readonly string[] {
  return command.parent === null ? [command.name()] : [...wordsOf(command.parent), command.name()];
}
