/** The glossary: words that hide what a thing is are not names here. */
import { sourceFiles } from "../support/sources";

const HOLLOW = /(^|[-/])(util|utils|helper|helpers|common|misc|manager|new|legacy|v\d+)([-./]|$)/;
const files = sourceFiles("src", "components", "stacks");

it("no file is named by a hollow word", () => {
  expect(files.map((file) => file.path).filter((path) => HOLLOW.test(path))).toEqual([]);
});

it("file names are kebab-case", () => {
  expect(files.map((file) => file.path).filter((path) => !/^[a-z0-9/-]+(\.[a-z]+)*\.ts$/.test(path))).toEqual([]);
});

it.each(files.map((file) => [file.path, file.text] as const))("%s opens with a comment that says what it is", (_, text) => {
  expect(text.trimStart()).toMatch(/^(#!.*\n)?\/\*\*|^\/\//);
});

it.each(files.map((file) => [file.path, file.text] as const))("%s leaves nothing undone", (_, text) => {
  expect(text.match(/\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented/gi) ?? []).toEqual([]);
});
