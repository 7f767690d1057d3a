/**
 * Entry of the command `pgrampart`: finds the command in the table, loads it, runs it. An expected error is printed as
 * what happened and what to do; an unexpected one with its stack, because it is a fault of ours. Exit status: exit.ts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { PgrampartError } from "../errors";
import { commands } from "./commands";
import { exitStatus } from "./exit";
import { emphasis } from "./terminal";

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("pgrampart")
    .description("Declare, preview and prove the security of PostgreSQL on ordinary Linux hosts.")
    .version(packageVersion())
    .enablePositionalOptions()
    .showHelpAfterError("(pgrampart --help says what there is)")
    .addHelpText("after", "\nExit status: 0 done or yes, 1 the answer is no, 2 refused or failed, 64 wrong usage.\nExample: pgrampart lab up --hosts 3\n");
  const wanted = argv.find((word) => !word.startsWith("-"));
  for (const entry of commands) {
    const command = entry.name === wanted ? (await entry.load()).command() : new Command(entry.name);
    program.addCommand(command.summary(entry.summary));
  }
  exitWithStatus(program);
  await program.parseAsync(argv, { from: "user" });
}

/** Makes commander throw instead of ending the process, in every subcommand. */
function exitWithStatus(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitWithStatus(child);
}

/** The version in package.json, which lies three folders above the compiled file. */
function packageVersion(): string {
  return (JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string }).version;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage; // commander has printed it
  if (PgrampartError.isInstance(error)) {
    process.stderr.write(`${emphasis("pgrampart:", "red")} ${error.message}\n${error.remedy}\n`);
    return exitStatus.failed;
  }
  process.stderr.write(`pgrampart: a fault of pgrampart itself; please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`);
  return exitStatus.failed;
}

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = report(error);
});
