/** The page in docs/ is the table: whoever changes a row runs `npm run docs`. */
import { readFileSync } from "node:fs";
import { BASELINE } from "../../src/resolve/baseline";

it("docs/baseline.md says what the table says", () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a build tool, in plain JavaScript
  const { renderBaseline } = require("../../tools/docs/baseline.js") as { renderBaseline(baseline: typeof BASELINE): string };
  expect(readFileSync(`${__dirname}/../../docs/baseline.md`, "utf8")).toBe(renderBaseline(BASELINE));
});
