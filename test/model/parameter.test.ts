import fc from "fast-check";
import { MAJORS } from "../../src/model/instance";
import { DECIDED_BY, findParameter, listParameters, REWRITTEN, type ParameterDefinition } from "../../src/model/parameter";
import { parseParameterValue, showParameterValue } from "../../src/model/parameter-value";

const CONTEXTS = ["internal", "postmaster", "sighup", "superuser-backend", "backend", "superuser", "user"];

it.each(MAJORS)("the catalogue of PostgreSQL %i has rows of the right form", (major) => {
  const rows = listParameters(major);
  expect(rows.length).toBeGreaterThan(350);
  for (const { name, context, type, unit, min, max, values, isSettable } of rows) {
    expect(CONTEXTS).toContain(context);
    expect(["bool", "integer", "real", "enum", "string"]).toContain(type);
    expect([null, "B", "kB", "8kB", "MB", "ms", "s", "min"]).toContain(unit);
    expect(`${name} ${values === null}`).toBe(`${name} ${type !== "enum"}`);
    expect(min === null || typeof min === "number").toBe(true);
    expect(max === null || typeof max === "number").toBe(true);
    expect(typeof isSettable).toBe("boolean");
  }
});

it.each(MAJORS)("PostgreSQL %i accepts its own compiled-in defaults, unchanged", (major) => {
  for (const definition of listParameters(major).filter(({ boot, isSettable, unit }) => boot !== null && isSettable && unit === null)) {
    expect([definition.name, parseParameterValue(definition, definition.boot ?? "")]).toEqual([definition.name, { value: definition.boot }]);
  }
});

it.each(MAJORS)("PostgreSQL %i knows the parameters that this project speaks of", (major) => {
  const names = [...Object.keys(DECIDED_BY), ...REWRITTEN].filter((name) => !(major < 17 && /^(commit_timestamp|subtransaction|transaction)_buffers$/.test(name)));
  expect(names.filter((name) => findParameter(major, name) === undefined)).toEqual([]);
});

const definition = (name: string): ParameterDefinition => findParameter(17, name) as ParameterDefinition;

// Each right-hand side, and each refusal below, is what PostgreSQL 17.11 answered to `postgres -C NAME -c NAME=VALUE`.
it.each<readonly [string, string | number | boolean, string]>([
  ["shared_buffers", "64MB", "8192"], ["shared_buffers", 8192, "8192"], ["shared_buffers", "65536kB", "8192"], ["shared_buffers", " 64 MB ", "8192"],
  ["shared_buffers", "0.5GB", "65536"], ["shared_buffers", "1e3", "1000"],
  ["work_mem", "1GB", "1048576"], ["statement_timeout", "1min", "60000"], ["statement_timeout", "1.5min", "90000"], ["statement_timeout", "1d", "86400000"],
  ["authentication_timeout", "1min", "60"], ["authentication_timeout", "1500ms", "2"], ["log_rotation_age", "1d", "1440"],
  ["log_file_mode", "0640", "416"], ["max_connections", "0x64", "100"], ["max_connections", "99.5", "100"], ["max_connections", "98.5", "98"],
  ["row_security", "TRUE", "on"], ["row_security", "of", "off"], ["row_security", true, "on"], ["row_security", 0, "off"],
  ["random_page_cost", "1.10", "1.1"], ["random_page_cost", ".5", "0.5"], ["vacuum_cost_delay", "1500us", "1.5"],
  ["log_statement", "ALL", "all"], ["ssl_min_protocol_version", "tlsv1.3", "TLSv1.3"], ["synchronous_commit", true, "on"], ["search_path", "a,\"B c\"", "a,\"B c\""],
])("%s = %p is %s", (name, given, value) => {
  expect(parseParameterValue(definition(name), given)).toEqual({ value });
});

it.each<readonly [string, string | number | boolean]>([
  ["shared_buffers", "64mb"], ["shared_buffers", "64XB"], ["shared_buffers", "8 8kB"], ["shared_buffers", ""], ["shared_buffers", "15"], ["shared_buffers", true],
  ["row_security", ""], ["row_security", "o"], ["row_security", "yess"], ["row_security", "10"], ["max_connections", "1e400"], ["max_connections", "--1"],
  ["random_page_cost", "1s"], ["log_statement", "dd"], ["search_path", "a\0b"], ["search_path", "a\nb"],
])("%s refuses %p", (name, given) => {
  expect(parseParameterValue(definition(name), given)).toHaveProperty("allowed");
});

it("what is shown reads back as the same value, for every number", () => {
  const numbers = MAJORS.flatMap((major) => listParameters(major)).filter(({ type, isSettable, max }) => type === "integer" && isSettable && max !== null);
  fc.assert(fc.property(fc.constantFrom(...numbers), fc.double({ min: 0, max: 1, noNaN: true }), (parameter, share) => {
    const value = String(Math.floor((parameter.min ?? 0) + share * ((parameter.max ?? 0) - (parameter.min ?? 0))));
    expect(parseParameterValue(parameter, showParameterValue(parameter, value))).toEqual({ value });
  }), { numRuns: 2000 });
});
