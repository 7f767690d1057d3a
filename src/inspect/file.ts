/**
 * Owner, group, mode and digest of files: two processes for any number of them. Content stays on the host, so secret
 * files are safe to observe. A symbolic link shows its own mode (0777), hence never passes for the file declared there.
 */
import type { ObservedFile } from "../model/file";
import { InspectError } from "../errors";
import { sh } from "../render/shell";
import type { Probe } from "./probe";

/** Paths must hold neither newlines nor backslashes. Answers with the existing files only, sorted by path. */
export function probeFiles(title: string, paths: readonly string[]): Probe<readonly ObservedFile[]> {
  return {
    title,
    script: paths.length === 0
      ? sh`echo`
      : sh`{ stat -c '%a %U %G %n' -- ${paths}; echo; sha256sum -- ${paths}; } 2>/dev/null; :`,
    parse: (stdout) => parseFiles(title, stdout),
  };
}

function parseFiles(title: string, stdout: string): readonly ObservedFile[] {
  const boundary = stdout.search(/^$/m);
  if (boundary < 0) {
    throw new InspectError(title, "the answer of stat and sha256sum has no boundary", { remedy: "Check that coreutils is installed on the host." });
  }
  const digests = new Map(linesOf(stdout.slice(boundary)).map((line) => [line.slice(66), line.slice(0, 64)]));
  return linesOf(stdout.slice(0, boundary))
    .map((line) => {
      const [, mode, owner, group, path] = /^([0-7]+) (\S+) (\S+) (.+)$/.exec(line) ?? [];
      if (mode === undefined || owner === undefined || group === undefined || path === undefined) {
        throw new InspectError(title, `stat answered ${JSON.stringify(line)}`, { remedy: "Check that coreutils is installed on the host." });
      }
      return { path, owner, group, mode: mode.padStart(4, "0"), sha256: digests.get(path) ?? "" };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
