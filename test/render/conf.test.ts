import { confComment, confLine, confList, confValue, hbaOption, hbaToken } from "../../src/render/conf";

it.each([
  ["on", "'on'"],
  [true, "'on'"],
  [5432, "'5432'"],
  ["it's", "'it''s'"],
  ["C:\\n", "'C:\\\\n'"],
  ["two\nlines", "'two\\nlines'"],
  ["", "''"],
  ["Größe\t#", "'Größe\t#'"],
])("value %j is written %s", (value, text) => {
  expect(confValue(value)).toBe(text);
});

it("a NUL, a newline in a token and a comment that would continue are refused", () => {
  expect(() => confValue("a\0b")).toThrow(/cannot hold/);
  expect(() => hbaToken("a\nb")).toThrow(/cannot hold/);
  expect(() => confComment("two\nlines")).toThrow(/cannot hold/);
  expect(() => confComment("ends in \\")).toThrow(/comment's end/);
  expect(() => confLine("name = x\nother", 1)).toThrow(/not the name/);
});

it.each([
  ["app", false, "app"],
  ["all", true, '"all"'],
  ["my db", false, '"my db"'],
  ['we"ird', false, '"we""ird"'],
  ["back\\", false, '"back\\"'],
  ["", false, '""'],
  ["a,b", false, '"a,b"'],
])("token %j (literal %s) is written %s", (text, literal, written) => {
  expect(hbaToken(text, literal)).toBe(written);
});

it("options and lists quote only what needs it", () => {
  expect(hbaOption("map", "people")).toBe("map=people");
  expect(hbaOption("ldapbasedn", "dc=example, dc=org")).toBe('ldapbasedn="dc=example, dc=org"');
  expect(confList(["one", "two,three", 'fo"ur'])).toBe('one,"two,three","fo""ur"');
});
