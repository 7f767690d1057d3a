/**
 * Which managed files differ from what the host shows, in any of content, owner, group and mode. Says nothing about
 * files that are not declared: removing one is the decision of the resource that gave it.
 */
import { createHash } from "node:crypto";
import type { ManagedFile, ObservedFile } from "../model/file";
import { reveal } from "../model/secret";

/** How a managed file shows on the host once it is in place. */
export function observedForm(file: ManagedFile): ObservedFile {
  const { path, owner, group, mode, content } = file;
  return { path, owner, group, mode, sha256: createHash("sha256").update(reveal(content)).digest("hex") };
}

export interface FileDifference {
  readonly desired: ManagedFile;
  /** `null`: the file is missing. */
  readonly observed: ObservedFile | null;
  /** What differs; all four when the file is missing. */
  readonly fields: readonly ("content" | "owner" | "group" | "mode")[];
}

/** In the order of `desired`. */
export function diffFiles(observed: readonly ObservedFile[], desired: readonly ManagedFile[]): readonly FileDifference[] {
  const byPath = new Map(observed.map((file) => [file.path, file]));
  return desired.flatMap((file) => {
    const wanted = observedForm(file);
    const found = byPath.get(file.path) ?? null;
    const fields = (["content", "owner", "group", "mode"] as const).filter((field) => {
      const key = field === "content" ? "sha256" : field;
      return found?.[key] !== wanted[key];
    });
    return fields.length === 0 ? [] : [{ desired: file, observed: found, fields }];
  });
}
