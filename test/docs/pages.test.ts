/** Generated pages are what the code says now: whoever changes a table or an argument runs `npm run docs`. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { renderPages } from "../../tools/docs/pages";

const ROOT = resolve(__dirname, "../..");
const PATIENCE = 60_000; // the compiler reads the sources

let pages: ReadonlyMap<string, string>;

beforeAll(async () => {
  pages = await renderPages(ROOT);
}, PATIENCE);

it.each(["docs/baseline.md", "docs/reference.md"])("%s is what npm run docs writes", (path) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(pages.get(path));
});

it("every generated page is compared", () => {
  expect([...pages.keys()].sort()).toEqual(["docs/baseline.md", "docs/reference.md"]);
});

it("every optional argument says what is so without it: @default", () => {
  const tables = (pages.get("docs/reference.md") ?? "").split(/\n\n/).filter((block) => block.startsWith("| argument "));
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.flatMap((rows) => rows.split("\n")).filter((row) => (row.split(/ \| |\| | \|$/)[3] ?? "") === "")).toEqual([]);
});

it("a second run writes the same bytes", async () => {
  expect(await renderPages(ROOT)).toEqual(pages);
}, PATIENCE);
