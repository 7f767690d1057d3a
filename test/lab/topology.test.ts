import { parseTopology } from "../../src/lab/topology";

it("reads hosts and a suite, both optional", () => {
  expect(parseTopology('{"suite": "bookworm", "hosts": ["db1"]}', "lab.json")).toEqual({ suite: "bookworm", hosts: ["db1"] });
  expect(parseTopology("{}", "lab.json")).toEqual({});
});

it.each([
  ["no JSON", "{", "lab.json is no JSON"],
  ["an unknown key", '{"host": ["db1"]}', 'Unrecognized key: "host"'],
  ["an unknown suite", '{"suite": "buster"}', '"bookworm"|"trixie"|"forky"|"sid"'],
  ["hosts that are no names", '{"hosts": [1]}', "hosts[0]"],
  ["no object", "[]", "expected object"],
])("refuses %s", (_, text, refusal) => {
  expect(() => parseTopology(text, "lab.json")).toThrow(refusal);
});
