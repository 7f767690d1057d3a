/**
 * Property paths and patterns as Pulumi spells them: `records[2].address`, `roles[*].password`, `["a.b"]`. Parsing is
 * the inverse of `formatPath`; `*` in a pattern stands for any index or key.
 */
import type { Path } from "../declare/issue";

const PART = /\.?([A-Za-z_][A-Za-z0-9_]*|\*)|\[(\d+|\*)\]|\[("(?:[^"\\]|\\.)*")\]/gy;

/** What does not parse is one part of its own: a path from elsewhere is never lost. */
export function parsePath(text: string): Path {
  const parts: (string | number)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) {
      return [text];
    }
    const [, name, index, quoted] = match;
    parts.push(name ?? (quoted !== undefined ? (JSON.parse(quoted) as string) : index === "*" ? "*" : Number(index)));
  }
  return parts;
}

const fits = (pattern: string | number | undefined, part: string | number | undefined): boolean => pattern === "*" || pattern === part;

/** Whether the path is what the pattern names, or lies inside it. */
export function covers(pattern: Path, path: Path): boolean {
  return pattern.length <= path.length && pattern.every((part, index) => fits(part, path[index]));
}

/** Whether one of the two contains the other. */
export function overlaps(pattern: Path, path: Path): boolean {
  return pattern.length <= path.length ? covers(pattern, path) : covers(pattern.slice(0, path.length), path);
}
