/** The bytes of postgresql.conf: a change of one here is a reload, or a restart, of every instance at its next update. */
import fc from "fast-check";
import { MAJORS } from "../../src/model/instance";
import { customParameter, type Parameter } from "../../src/model/parameter";
import { renderParameters } from "../../src/render/parameter";
import { expectGolden } from "../support/golden";
import { desired } from "../support/instance";

it.each(MAJORS)("the baseline of PostgreSQL %i, byte for byte", (major) => {
  expectGolden(`parameter/${major}.conf`, renderParameters(desired({ instance: { major } }).parameters));
});

it("a spelling of the same value gives the same bytes", () => {
  const render = (value: string | number): string => renderParameters(desired({ parameters: { shared_buffers: value } }).parameters);
  expect(render("64MB")).toBe(render(8192));
  expect(render("65536kB")).toBe(render("64MB"));
});

it("no value leaves its line or its quotes", () => {
  const parameter = (value: string): Parameter => ({ definition: customParameter("app.x"), value, layer: "declared", isWeakened: false });
  fc.assert(fc.property(fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")), (value) => {
    const [, line = "", ...rest] = renderParameters([parameter(value)]).split("\n");
    expect(rest).toEqual([""]);
    expect(line).toMatch(/^app\.x = '(?:[^'\\]|''|\\.)*'$/s);
  }));
});
