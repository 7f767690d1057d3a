/**
 * Values as PostgreSQL reads and shows them: `64MB`, `8192` and `65536kB` of shared_buffers are one value. Parses what
 * a person may write into the form of pg_settings.setting, and prints that form as SHOW does. The rules are those of
 * parse_bool, parse_int and parse_real in guc.c.
 */
import type { ParameterDefinition, ParameterUnit } from "./parameter";

export type GivenValue = string | number | boolean;

export type ParsedValue =
  | { readonly value: string }
  /** What the parameter allows, in words. */
  | { readonly allowed: string };

/** How many of the base each unit is: bytes, or milliseconds. `us` is a thousandth of a millisecond. */
const MEMORY: Readonly<Record<string, number>> = { B: 1, kB: 1024, "8kB": 8192, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const TIME: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a number may be followed by; `8kB` is only ever a base unit. */
function unitsFor(unit: ParameterUnit): Readonly<Record<string, number>> {
  return unit in MEMORY ? MEMORY : TIME;
}

export function parseParameterValue(definition: ParameterDefinition, given: GivenValue): ParsedValue {
  switch (definition.type) {
    case "bool":
      return parseBoolean(given);
    case "integer":
    case "real":
      return parseNumber(definition, given);
    case "enum":
      return parseEnum(definition, given);
    case "string":
      return parseString(given);
  }
}

const BOOLEANS: readonly (readonly [word: string, shortest: number, value: "on" | "off"])[] = [
  ["true", 1, "on"], ["false", 1, "off"], ["yes", 1, "on"], ["no", 1, "off"], ["on", 2, "on"], ["off", 2, "off"], ["1", 1, "on"], ["0", 1, "off"],
];

/** Any unambiguous beginning of the words, as parse_bool has it. */
function parseBoolean(given: GivenValue): ParsedValue {
  const text = String(given).trim().toLowerCase();
  const found = BOOLEANS.find(([word, shortest]) => text.length >= shortest && word.startsWith(text));
  return found === undefined ? { allowed: "true or false" } : { value: found[2] };
}

function parseEnum({ values, name }: ParameterDefinition, given: GivenValue): ParsedValue {
  const text = typeof given === "boolean" ? (given ? "on" : "off") : String(given);
  const found = values?.find((value) => value.toLowerCase() === text.toLowerCase());
  return found === undefined ? { allowed: `for ${name} one of ${(values ?? []).map((value) => JSON.stringify(value)).join(", ")}` } : { value: found };
}

function parseString(given: GivenValue): ParsedValue {
  const text = typeof given === "boolean" ? (given ? "on" : "off") : String(given);
  return /[\0-\x1f\x7f]/.test(text) ? { allowed: "text without control characters" } : { value: text };
}

const NUMBER = /^\s*([+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))\s*([A-Za-z]*)\s*$/;

function parseNumber(definition: ParameterDefinition, given: GivenValue): ParsedValue {
  const fault = { allowed: describeNumber(definition) };
  const [, digits, suffix = ""] = NUMBER.exec(typeof given === "boolean" ? "" : String(given)) ?? [];
  if (digits === undefined) {
    return fault;
  }
  const { unit, type, min, max } = definition;
  const factors = unit === null ? {} : unitsFor(unit);
  const factor = suffix === "" ? 1 : suffix === "8kB" || unit === null ? undefined : factors[suffix];
  if (factor === undefined) {
    return fault;
  }
  const counted = suffix === "" || unit === null ? readDigits(digits, type) : (readDigits(digits, type) * factor) / (factors[unit] ?? 1);
  const value = type === "integer" ? roundHalfEven(counted) : counted;
  if (!Number.isFinite(value) || (min !== null && value < min) || (max !== null && value > max)) {
    return fault;
  }
  // Reals are shown with six digits (%g).
  return { value: type === "integer" ? String(value) : String(Number(value.toPrecision(6))) };
}

/** strtol's bases: 0x for sixteen, a leading 0 for eight. Reals are decimal. */
function readDigits(digits: string, type: "integer" | "real" | string): number {
  const [, sign = "", body = ""] = /^([+-]?)(.*)$/.exec(digits) ?? [];
  const magnitude = type === "integer" && /^0[0-7]+$/.test(body) ? parseInt(body, 8) : Number(body);
  return sign === "-" ? -magnitude : magnitude;
}

/** C's rint. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

function describeNumber({ unit, type, min, max }: ParameterDefinition): string {
  const kind = type === "integer" ? "a whole number" : "a number";
  const range = min === null || max === null ? "" : ` from ${min} to ${max}`;
  const counted = unit === null ? "" : ` of ${unit}, or a number followed by ${Object.keys(unitsFor(unit)).filter((name) => name !== "8kB").join(", ")}`;
  return `${kind}${range}${counted}`;
}

/** Parameters whose numbers are modes of files: shown in octal. */
const OCTAL: ReadonlySet<string> = new Set(["unix_socket_permissions", "log_file_mode", "data_directory_mode"]);

/** The form of pg_settings as a person reads it: the largest unit that gives a whole number, as SHOW prints it. */
export function showParameterValue({ name, unit, type }: ParameterDefinition, value: string): string {
  const number = Number(value);
  if (OCTAL.has(name)) {
    return number.toString(8).padStart(4, "0");
  }
  if (unit === null || type !== "integer" || number <= 0) {
    return value;
  }
  const factors = unitsFor(unit);
  const amount = number * (factors[unit] ?? 1);
  const units = Object.entries(factors).filter(([suffix, factor]) => suffix !== "8kB" && suffix !== "us" && amount % factor === 0);
  const [suffix, factor] = units.at(-1) ?? ["", 1];
  return `${amount / factor}${suffix}`;
}
