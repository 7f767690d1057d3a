/**
 * Which inputs are secret, in the two forms that are needed: as the stages see them (secret exactly where the kind says
 * so) and as Pulumi's state keeps them (secret also where the program said so). And the mask for every message that leaves.
 */
import type { Issue, Path } from "../declare/issue";
import { maskSecrets } from "../model/masking";
import { Secret } from "../model/secret";
import { isUnknown } from "../model/unknown";
import type { PropertyMap } from "./kind";
import { covers, overlaps, parsePath } from "./path";
import { conceal, expose, isRecord } from "./property";

export interface Secrecy {
  /** For declare: wrapped in Secret at the kind's secret inputs, plain everywhere else. */
  readonly declared: PropertyMap;
  /** For the state: the program's marks and the kind's. */
  readonly marked: PropertyMap;
  /** Where the program marked something that the kind does not hold secret: whatever repeats it must be secret too. */
  readonly isWidened: boolean;
  /** Replaces every secret text in a message. */
  readonly mask: Mask;
  /** The issue without the value of anything secret. */
  maskIssue(issue: Issue): Issue;
}

export type Mask = (text: string) => string;

const MASK = "[secret]";

/** How a host is reached is never part of what is observed there. */
const CONNECTION = "connection";

/** `patterns` as in `ResourceKind.secretInputs`. Absent and null are the same to a program, so null properties go. */
export function separate(inputs: PropertyMap, patterns: readonly string[]): Secrecy {
  const parsed = patterns.map(parsePath);
  const paths: Path[] = [];
  const marked = markValue(inputs, [], parsed, paths) as PropertyMap;
  const secrets = secretTexts(marked);
  const mask: Mask = (text) => maskSecrets(text, secrets);
  return {
    declared: markValue(expose(inputs), [], parsed, []) as PropertyMap,
    marked,
    isWidened: paths.some((path) => path[0] !== CONNECTION && !parsed.some((pattern) => covers(pattern, path))),
    mask,
    maskIssue: (issue) => {
      const given = paths.some((path) => overlaps(path, parsePath(issue.path))) ? MASK : mask(issue.given);
      return { ...issue, given, allowed: mask(issue.allowed), remedy: mask(issue.remedy) };
    },
  };
}

/** Wraps what a pattern names, keeps what was wrapped, and notes where each secret lies. */
function markValue(value: unknown, path: Path, patterns: readonly Path[], found: Path[]): unknown {
  const isNamed = path.length > 0 && value !== null && value !== undefined && patterns.some((pattern) => pattern.length === path.length && overlaps(pattern, path));
  if (isNamed || value instanceof Secret) {
    found.push(path);
    return conceal(withoutNulls(expose(value)));
  }
  if (isUnknown(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((element, index) => markValue(element, [...path, index], patterns, found));
  }
  if (isRecord(value)) {
    const present = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
    return Object.fromEntries(present.map(([key, item]) => [key, markValue(item, [...path, key], patterns, found)]));
  }
  return value;
}

function withoutNulls(value: unknown): unknown {
  return markValue(value, [], [], []);
}

/** Every text and number inside a secret. */
function secretTexts(value: unknown): readonly Secret<string>[] {
  if (value instanceof Secret) {
    return leaves(expose(value)).map((leaf) => new Secret(leaf));
  }
  return (Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []).flatMap(secretTexts);
}

function leaves(value: unknown): readonly string[] {
  if (Array.isArray(value) || isRecord(value)) {
    return Object.values(value).flatMap(leaves);
  }
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}
