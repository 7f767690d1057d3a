import { parseOutcome } from "../../src/apply/outcome";

it.each([
  ["done\n", { kind: "done" }],
  ["ready 42\n", { kind: "ready", seconds: 42 }],
  ["ready -3\n", { kind: "ready", seconds: -3 }],
  ["failed activate 1 7 reverted\nline 1\nline 2\n", { kind: "failed", phase: "activate", index: 1, status: 7, fate: "reverted", words: "line 1\nline 2\n" }],
  ["failed stage 0 1 unchanged\n", { kind: "failed", phase: "stage", index: 0, status: 1, fate: "unchanged", words: "" }],
])("reads %j", (answer, outcome) => {
  expect(parseOutcome(answer)).toEqual(outcome);
});

it.each(["", "done", "ready \n", "failed x\n", "done\ndone\n"])("refuses %j", (answer) => {
  expect(() => parseOutcome(answer)).toThrow(/the host answered/);
});
