/** Rendering, diffing and everything before an effect gives the same answer for ever: no clock, chance, environment. */
import { sourceFiles } from "../support/sources";

const PURE = ["src/model", "src/declare", "src/resolve", "src/render", "src/inspect", "src/diff"];
const IMPURE = /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\bprocess\.(env|hrtime|pid|argv|cwd|stdout|stderr)\b|\bconsole\./g;

it.each(sourceFiles(...PURE).map((file) => [file.path, file] as const))("%s is pure", (_, file) => {
  expect(file.text.match(IMPURE) ?? []).toEqual([]);
});
