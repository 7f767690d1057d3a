/** The project's pages as tests see them: their text, the code in them, and the places they point to. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

export interface Fence {
  /** What stands behind the opening fence: `ts`, or nothing. */
  readonly language: string;
  readonly text: string;
  /** Lines before its first one. */
  readonly offset: number;
}

export interface Document {
  /** Relative to the project's root: `docs/start.md`. */
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
  /** Code in sentences, without its backquotes. */
  readonly spans: readonly string[];
  /** Targets of links: `docs/start.md#section`. */
  readonly links: readonly string[];
  readonly headings: readonly string[];
}

export function documents(): readonly Document[] {
  return [".", "docs"].flatMap((folder) => readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md")).map((name) => readDocument(join(folder, name)))).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), "utf8");
  const prose = text.replaceAll(FENCE, "");
  return {
    path,
    text,
    fences: [...text.matchAll(FENCE)].map(({ index, 1: language = "", 2: code = "" }) => ({ language, text: code, offset: text.slice(0, index).split("\n").length })),
    spans: [...prose.matchAll(/(`+)(.+?)\1/g)].map(([, , code = ""]) => code.trim()),
    links: [...prose.replaceAll(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    headings: [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading),
  };
}

const FENCE = /^```([a-z]*)\n(.*?)^```$/gms;
