/**
 * Owner, group, mode and digest of files: two processes for any number of them. Content stays on the host, so secret
 * files are safe to observe. A symbolic link shows its own mode (0777), hence never passes for the file declared there.
 */
import type { FileIdentity, ObservedFile } from "../model/file";
import type { Script } from "../model/plan";
import { InspectError } from "../errors";
import { sh } from "../render/shell";
import type { Probe } from "./probe";

const NONE = sh``;

/**
 * Paths must hold neither newlines nor backslashes. Answers with the existing files only, sorted by path.
 * @param further shell words that expand to more paths on the host
 */
export function probeFiles(title: string, paths: readonly string[], further: Script = NONE): Probe<readonly ObservedFile[]> {
  return {
    title,
    script: sh`{ stat -c '%a %U %G %n' -- ${paths} ${further}; echo; sha256sum -- ${paths} ${further}; } 2>/dev/null </dev/null; :`,
    parse: (stdout) => {
      const boundary = stdout.search(/^$/m);
      if (boundary < 0) {
        throw new InspectError(title, "the answer of stat and sha256sum has no boundary", { remedy: "Check that coreutils is installed on the host." });
      }
      const digests = new Map(linesOf(stdout.slice(boundary)).map((line) => [line.slice(66), line.slice(0, 64)]));
      return parseIdentities(title, stdout.slice(0, boundary)).map((file) => ({ ...file, sha256: digests.get(file.path) ?? "" }));
    },
  };
}

/** The same without a look at the content; directories too. */
export function probeIdentities(title: string, paths: readonly string[], further: Script = NONE): Probe<readonly FileIdentity[]> {
  return {
    title,
    script: sh`stat -c '%a %U %G %n' -- ${paths} ${further} 2>/dev/null; :`,
    parse: (stdout) => parseIdentities(title, stdout),
  };
}

function parseIdentities(title: string, text: string): readonly FileIdentity[] {
  const files = [...new Set(linesOf(text))].map((line) => {
    const [, mode, owner, group, path] = /^([0-7]+) (\S+) (\S+) (.+)$/.exec(line) ?? [];
    if (mode === undefined || owner === undefined || group === undefined || path === undefined) {
      throw new InspectError(title, `stat answered ${JSON.stringify(line)}`, { remedy: "Check that coreutils is installed on the host." });
    }
    return { path, owner, group, mode: mode.padStart(4, "0") };
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
