/** What the documents name is there: pages and sections behind links, files, make targets, npm scripts, commands with their options. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Command } from "commander";
import { commands } from "../../src/cli/commands";
import { anchor } from "../../tools/docs/markdown";
import { documents, ROOT, type Document } from "../support/document";

const pages = documents();
const each = pages.map((page) => [page.path, page] as const);

/** Code of every kind; sentences say "make" and "pgrampart" too. */
const codeOf = ({ spans, fences }: Document): string => [...spans, ...fences.map(({ text }) => text)].join("\n");

it("documents are read: links, code and headings", () => {
  expect(pages.map(({ path }) => path)).toEqual(expect.arrayContaining(["README.md", "docs/reference.md", "docs/start.md"]));
  expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(20);
});

it.each(each)("links of %s lead somewhere", (path, { links }) => {
  const dead = links.filter((target) => !/^[a-z]+:/.test(target)).filter((target) => {
    const [file = "", section] = target.split("#");
    const aim = file === "" ? path : normalize(join(dirname(path), file));
    const headings = pages.find((page) => page.path === aim)?.headings ?? [];
    return !existsSync(join(ROOT, aim)) || (section !== undefined && !headings.some((heading) => anchor(heading) === section));
  });
  expect(dead).toEqual([]);
});

it.each(each)("files that %s names exist", (_, { spans }) => {
  const named = spans.filter((span) => /^(src|test|tools|docs|stacks|components|bench|bin)\/[\w./-]+$/.test(span));
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

it.each(each)("make targets and npm scripts that %s names exist", (_, page) => {
  const targets = new Set([...readFileSync(join(ROOT, "Makefile"), "utf8").matchAll(/^([a-z-]+):(?!=)/gm)].map(([, target]) => target));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const made = [...codeOf(page).matchAll(/^make ([a-z -]+?) *(?:#.*)?$/gm)].flatMap(([, words = ""]) => words.split(" ")).filter((word) => word !== "");
  const run = [...codeOf(page).matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script);
  expect(made.filter((target) => !targets.has(target))).toEqual([]);
  expect(run.filter((script) => scripts[script] === undefined)).toEqual([]);
});

describe("the command pgrampart", () => {
  const found = new Map<string, Command>();

  beforeAll(async () => {
    for (const command of await Promise.all(commands.map(async (entry) => (await entry.load()).command()))) {
      found.set(command.name(), command);
      command.commands.forEach((child) => found.set(`${command.name()} ${child.name()}`, child));
    }
  });

  it.each(each)("has what %s calls", (_, page) => {
    const calls = [...codeOf(page).matchAll(/(?:^|[\s/])pgrampart ([a-z][^#|\n]*)/gm)].map(([, words = ""]) => words);
    expect(calls.filter((words) => !isKnown(words))).toEqual([]);
  });

  /** Words up to `--`, behind which another program's begin. */
  function isKnown(words: string): boolean {
    const [own = ""] = words.split(" -- ");
    const [first = "", second = ""] = own.trim().split(/\s+/);
    const command = found.get(`${first} ${second}`) ?? found.get(first);
    const isWhole = command !== undefined && (command.commands.length === 0 || second === "" || second.startsWith("-"));
    return isWhole && [...own.matchAll(/\s\[?(--[a-z-]+)/g)].every(([, option]) => command.options.some(({ long }) => long === option));
  }
});
