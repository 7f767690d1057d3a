import { condense, summarize, type Finding } from "../../src/verify/report";

const finding = (code: string, passed: boolean): Finding => ({ code, title: code, passed, expected: "x", observed: "x" });

it("rows of a table that hold become one; what does not hold, and what is no row, stays", () => {
  const findings = [finding("baseline:ssl", true), finding("baseline:port", true), finding("baseline:fsync", false), finding("TEL-28", true)];
  expect(condense(findings).map(({ code, observed }) => [code, observed])).toEqual([["baseline", "2 rows hold"], ["baseline:fsync", "x"], ["TEL-28", "x"]]);
  expect(summarize(findings)).toBe("3 proven, 1 not");
});
