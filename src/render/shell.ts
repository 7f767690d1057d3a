/**
 * The only shell quoting. A script is built from a template: plain interpolations are quoted as one word, secrets are
 * quoted and masked in the printable spelling, scripts are spliced as they are.
 */
import { RenderError } from "../errors";
import type { Script } from "../model/plan";
import { Secret } from "../model/secret";

export type ShellPart = string | number | Secret<string> | Script | readonly (string | number)[];

/** One POSIX shell word. NUL cannot be part of any word, so it is refused. */
export function shellWord(value: string): string {
  if (value.includes("\0")) {
    throw new RenderError("a shell word cannot hold a NUL character", { remedy: "Remove the NUL character from the value." });
  }
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** `sh\`install -m ${mode} ${path}\`` → a Script with every value quoted. A list becomes several words. */
export function sh(strings: TemplateStringsArray, ...parts: readonly ShellPart[]): Script {
  const spell = (part: ShellPart, printable: boolean): string => {
    if (typeof part === "string" || typeof part === "number") {
      return shellWord(String(part));
    }
    if (part instanceof Secret) {
      return printable ? String(part) : shellWord(part.reveal());
    }
    if ("masked" in part) {
      return printable ? part.masked : part.text.reveal();
    }
    return part.map((word) => shellWord(String(word))).join(" ");
  };
  const build = (printable: boolean): string =>
    strings.reduce((text, chunk, index) => text + chunk + (index < parts.length ? spell(parts[index] as ShellPart, printable) : ""), "");
  const secrets = parts.flatMap((part) => {
    if (part instanceof Secret) {
      return [part];
    }
    return typeof part === "object" && "masked" in part ? (part.secrets ?? []) : [];
  });
  return { text: new Secret(build(false)), masked: build(true), secrets };
}

/** Scripts one after the other, each on lines of its own. */
export function lines(scripts: readonly Script[]): Script {
  return {
    text: new Secret(scripts.map((script) => script.text.reveal()).join("\n")),
    masked: scripts.map((script) => script.masked).join("\n"),
    secrets: scripts.flatMap((script) => script.secrets ?? []),
  };
}

/**
 * Feeds text to a command's standard input without a temporary file and without a process argument that holds it:
 * a here-document, whose delimiter cannot be a line of the text. The bytes arrive exactly, but for one newline added
 * at the end where the text has none.
 */
export function withInput(command: Script, input: string | Secret<string>): Script {
  const real = typeof input === "string" ? input : input.reveal();
  if (real.includes("\0")) {
    throw new RenderError("standard input given as text cannot hold a NUL character", { remedy: "Remove the NUL character." });
  }
  let delimiter = "PGRAMPART_INPUT";
  while (real.split("\n").includes(delimiter)) {
    delimiter += "_";
  }
  const document = (text: string): string => `${text}${text.endsWith("\n") || text === "" ? "" : "\n"}`;
  return {
    text: new Secret(`${command.text.reveal()} <<'${delimiter}'\n${document(real)}${delimiter}`),
    masked: `${command.masked} <<'${delimiter}'\n${document(typeof input === "string" ? input : String(input))}${delimiter}`,
    secrets: [...(command.secrets ?? []), ...(typeof input === "string" ? [] : [input])],
  };
}
