/**
 * Faults of a declaration, all of them at once. Each names the property, what was given, what is allowed and what to
 * do. Values that a preview does not know yet are passed over; values known to be secret are never shown.
 */
import type { z } from "zod";
import { Secret } from "../model/secret";
import { isUnknown } from "../model/unknown";

export interface Issue {
  /** Property path in Pulumi's spelling: `records[3].address`. Empty for the declaration as a whole. */
  readonly path: string;
  /** Printable form of the value given. */
  readonly given: string;
  readonly allowed: string;
  readonly remedy: string;
}

export type Path = readonly (string | number)[];

/** `["rules", 0, "a.b"]` → `rules[0]["a.b"]`, as Pulumi prints paths. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") {
      return `${text}[${part}]`;
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) {
      return `${text}[${JSON.stringify(part)}]`;
    }
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

const PRINTABLE_LENGTH = 120;

/** Printable, bounded, one line; secrets masked. */
export function formatValue(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  if (value instanceof Secret) {
    return String(value);
  }
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= PRINTABLE_LENGTH ? text : `${text.slice(0, PRINTABLE_LENGTH)}… (${text.length} characters)`;
}

export function formatIssue(issue: Issue): string {
  return `${issue.path === "" ? "" : `${issue.path}: `}${issue.given} is not allowed; allowed: ${issue.allowed}. ${issue.remedy}`;
}

/** What a custom zod check carries: `z.string().refine(isCidr, rule("an address with prefix length", "Write …"))`. */
export interface Rule {
  readonly params: { readonly allowed: string; readonly remedy: string };
}

export function rule(allowed: string, remedy: string): Rule {
  return { params: { allowed, remedy } };
}

export class IssueCollector {
  readonly #issues: Issue[] = [];

  add(path: Path, given: unknown, allowed: string, remedy: string): void {
    this.#issues.push({ path: formatPath(path), given: formatValue(given), allowed, remedy });
  }

  /** Sorted by path, so that the same declaration gives the same text. */
  get issues(): readonly Issue[] {
    return [...this.#issues].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  /**
   * Checks one value (call it per element of a list, so that cross-field rules still see the good ones).
   * Gives `undefined` when it has faults or when a part that matters is still unknown.
   */
  parse<S extends z.ZodType>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) {
      return result.data;
    }
    for (const issue of result.error.issues) {
      this.#fromZod(issue, value, path);
    }
    return undefined;
  }

  #fromZod(issue: z.core.$ZodIssue, root: unknown, base: Path): void {
    const at = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    let value: unknown = root;
    for (const part of at) {
      if (isUnknown(value)) {
        return;
      }
      value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[part] : undefined;
    }
    if (isUnknown(value)) {
      return;
    }
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        this.add([...base, ...at, key], (value as Record<string, unknown>)[key], "only the documented properties", "Remove it or correct its spelling.");
      }
      return;
    }
    const params = issue.code === "custom" ? (issue.params as Rule["params"] | undefined) : undefined;
    this.add([...base, ...at], value, params?.allowed ?? allowedBy(issue), params?.remedy ?? "Correct the value.");
  }
}

/** What zod's own checks allow, in words. */
function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `a value of type ${issue.expected}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `at least ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_big":
      return `at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    default:
      return issue.message;
  }
}
