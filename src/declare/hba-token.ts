/**
 * One element of a database or user list. A string is read in the file's words; `{ name }` is always a name. Refuses what
 * the file cannot carry (newline, NUL), what no role or database can be called, and what was probably meant otherwise:
 * commas, quotes, keywords in another case.
 */
import { z } from "zod";
import { HBA_DATABASE_KEYWORDS, type HbaKeyword, type HbaToken } from "../model/hba";
import type { Major } from "../model/instance";
import { nameFault } from "../model/name";
import { isUnknown } from "../model/unknown";
import { rule, type IssueCollector, type Path } from "./issue";

const literalSchema = z.strictObject({ name: z.string() });
const wordSchema = z.custom<string>((value) => typeof value === "string", rule("a text, or { name }", "Write the name as a text."));

export interface TokenPlace {
  /** `mapped user` is the database user of a mapping. */
  readonly axis: "database" | "user" | "mapped user";
  readonly major: Major;
}

/** What a token cannot be: allowed, remedy. */
type Refusal = readonly [string, string];

const NAMES_ONLY: Refusal = ["a name of 1 to 63 bytes without NUL and newline", "Shorten or correct the name; no role or database can be called so and be written in the file."];

export function declareToken(value: unknown, place: TokenPlace, path: Path, issues: IssueCollector): HbaToken | undefined {
  const args = declareWord(value, path, issues);
  if (args === undefined) {
    return undefined;
  }
  const read = typeof args === "string" ? readWord(args, place) : readName(args.name, place.major);
  if (Array.isArray(read)) {
    const [allowed, remedy] = read as Refusal;
    issues.add(path, value, allowed, remedy);
    return undefined;
  }
  return read as HbaToken;
}

/** A text, or a name that is meant literally. */
export function declareWord(value: unknown, path: Path, issues: IssueCollector): string | { readonly name: string } | undefined {
  const isObject = typeof value === "object" && value !== null && !isUnknown(value) && !Array.isArray(value);
  return isObject ? issues.parse(literalSchema, value, path) : issues.parse(wordSchema, value, path);
}

function readWord(text: string, place: TokenPlace): HbaToken | Refusal {
  const special = readSpecial(text, place);
  if (special !== null) {
    return special;
  }
  const literally = `{ name: ${JSON.stringify(text)} }`;
  const keywords: readonly HbaKeyword[] = place.axis === "database" ? HBA_DATABASE_KEYWORDS : ["all"];
  const keyword = keywords.find((word) => word === text.toLowerCase());
  if (keyword !== undefined) {
    return keyword === text ? readKeyword(keyword, place) : [`the keyword ${keyword}, in lower case`, `Write "${keyword}", or ${literally} if that is a name.`];
  }
  if (text.includes(",")) {
    return ["one name per element", `Write a list of names, or ${literally} if the name has a comma.`];
  }
  if (text.startsWith('"') || text !== text.trim()) {
    return ["a name without quotes or space around it", `Leave the quoting to the file's renderer, or write ${literally} if that is the name.`];
  }
  return readName(text, place.major);
}

/** `+group`, `/expression` and `@file`. */
function readSpecial(text: string, { axis, major }: TokenPlace): HbaToken | Refusal | null {
  const rest = text.slice(1);
  if (text.startsWith("+")) {
    return nameFault(rest) !== null || rest.includes("\n") ? NAMES_ONLY : axis === "database"
      ? ["a database", `A role stands for databases only by "samerole"; write { name: ${JSON.stringify(text)} } if that is a name.`]
      : axis === "mapped user" && major < 16 ? since16("+group") : { kind: "member", role: rest };
  }
  if (text.startsWith("/")) {
    return major < 16 ? since16("/expression") : rest === "" || /[\0\n\p{Surrogate}]/u.test(rest)
      ? ["a regular expression after the slash, without NUL and newline", "Write an expression such as /^app_."]
      : { kind: "regex", regex: rest };
  }
  if (text.startsWith("@") && rest !== "") {
    return axis === "mapped user" || /[\p{Cc}\p{Surrogate}]/u.test(rest)
      ? ["a name", `Files of names stand in the lists of records only; write { name: ${JSON.stringify(text)} } if that is the name.`]
      : { kind: "file", path: rest };
  }
  return null;
}

function readKeyword(keyword: HbaKeyword, { axis, major }: TokenPlace): HbaToken | Refusal {
  return axis === "mapped user" && major < 16 ? since16(keyword) : { kind: "keyword", keyword };
}

function readName(name: string, major: Major): HbaToken | Refusal {
  if (nameFault(name) !== null || name.includes("\n")) {
    return NAMES_ONLY;
  }
  return major >= 16 && name.startsWith("/")
    ? ["a name without a leading slash", "Write an expression such as /^[/]name$: the server takes every leading slash for one."]
    : { kind: "name", name };
}

const since16 = (what: string): Refusal => [`a name, before PostgreSQL 16`, `${what} has its meaning since PostgreSQL 16; write names, or { name } if that is one.`];
