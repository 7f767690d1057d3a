/**
 * One entry of pg_ident.conf. Names that the file cannot carry or that would be read as something else are refused; so
 * are expressions and keywords that the major version takes for plain names. Source: PostgreSQL, auth-username-maps.
 */
import { z } from "zod";
import { HBA_INCLUDES, type IdentEntry, type IdentMapping, type IdentToken } from "../model/hba";
import { mappingLoosenings } from "../model/hba-loosening";
import type { Major } from "../model/instance";
import { declareInclude } from "./hba-include";
import { commentSchema, declareAllowances } from "./hba-allowance";
import { declareToken, declareWord } from "./hba-token";
import { rule, type IssueCollector, type Path } from "./issue";

const PROPERTIES = ["mapName", "systemUsername", "databaseUsername", "comment", "allowInsecure"];

const mapNameSchema = z.string().refine((name) => /^[^\p{Cc}\p{Surrogate}]+$/u.test(name), rule("a name without control characters", "Choose a word, such as people."));

export function declareIdentEntry(value: unknown, major: Major, path: Path, issues: IssueCollector): IdentEntry | undefined {
  const args = issues.parse(z.looseObject({}), value, path);
  if (args === undefined) {
    return undefined;
  }
  if (args["type"] !== undefined && (HBA_INCLUDES as readonly unknown[]).includes(args["type"])) {
    return declareInclude(args, major, path, issues);
  }
  issues.parse(z.strictObject(Object.fromEntries(PROPERTIES.map((name) => [name, z.unknown().optional()]))), args, path);
  const mapName = issues.parse(mapNameSchema, args["mapName"], [...path, "mapName"]);
  const systemUsername = declareSystemUsername(args["systemUsername"], [...path, "systemUsername"], issues);
  const databaseUsername = declareToken(args["databaseUsername"], { axis: "mapped user", major }, [...path, "databaseUsername"], issues) as IdentToken | undefined;
  const comment = args["comment"] === undefined ? undefined : issues.parse(commentSchema, args["comment"], [...path, "comment"]);
  if (mapName === undefined || systemUsername === undefined || databaseUsername === undefined) {
    return undefined;
  }
  const mapping: IdentMapping = { mapName, systemUsername, databaseUsername, ...(comment === undefined ? {} : { comment }) };
  refuseMissingCapture(mapping, path, issues);
  declareAllowances(args["allowInsecure"], mappingLoosenings(mapping), args, path, issues);
  return mapping;
}

/** Outside names are no roles: any length, any character but those that end a line. */
function declareSystemUsername(value: unknown, path: Path, issues: IssueCollector): IdentMapping["systemUsername"] | undefined {
  const literal = declareWord(value, path, issues);
  const name = typeof literal === "string" ? literal : literal?.name;
  if (name === undefined) {
    return undefined;
  }
  if (name === "" || name === "/" || /[\0\n\p{Surrogate}]/u.test(name)) {
    issues.add(path, value, "a name or /expression without NUL and newline", "Write the name as the authentication method gives it.");
    return undefined;
  }
  if (typeof literal !== "string" && name.startsWith("/")) {
    issues.add(path, value, "a literal name without a leading slash", "Write an expression such as /^[/]name$: the server takes every leading slash for one.");
    return undefined;
  }
  return name.startsWith("/") ? { kind: "regex", regex: name.slice(1) } : { kind: "name", name };
}

/** A `\1` without a capture to take it from makes the server stop reading the map, and deny. */
function refuseMissingCapture({ systemUsername: system, databaseUsername: database }: IdentMapping, path: Path, issues: IssueCollector): void {
  if (database.kind !== "name" || !database.name.includes("\\1")) {
    return;
  }
  if (system.kind === "name") {
    issues.add([...path, "databaseUsername"], database.name, "\\1 only where systemUsername is an /expression", "Write an expression with parentheses, or the role's name.");
  } else if (!/\((?!\?)/.test(system.regex.replace(/\\./gsu, "").replace(/\[[^\]]*\]/gu, ""))) {
    issues.add([...path, "systemUsername"], `/${system.regex}`, "an expression with parentheses, since databaseUsername has \\1", "Put parentheses around the part that becomes the role's name.");
  }
}
