/** Includes of files that are not managed here: since PostgreSQL 16, and only for a reason. */
import { z } from "zod";
import { HBA_INCLUDES, type HbaInclude } from "../model/hba";
import { looseningsOf } from "../model/hba-loosening";
import type { Major } from "../model/instance";
import { commentSchema, declareAllowances } from "./hba-allowance";
import { rule, type IssueCollector, type Path } from "./issue";

export const pathRule = rule("a path without control characters", "Write it absolute, or relative to the directory of the file that names it.");

const includeSchema = z.strictObject({
  type: z.enum(HBA_INCLUDES),
  target: z.string().refine((path) => /^[^\p{Cc}\p{Surrogate}]+$/u.test(path), pathRule),
  comment: commentSchema.exactOptional(),
  allowInsecure: z.unknown().optional(),
});

export function declareInclude(args: Readonly<Record<string, unknown>>, major: Major, path: Path, issues: IssueCollector): HbaInclude | undefined {
  const parsed = issues.parse(includeSchema, args, path);
  if (major < 16) {
    issues.add([...path, "type"], args["type"], `a record, in PostgreSQL ${major}`, "Includes exist since PostgreSQL 16; list the entries in the program.");
  }
  if (parsed === undefined) {
    return undefined;
  }
  const { allowInsecure, ...include } = parsed;
  declareAllowances(allowInsecure, looseningsOf(include as HbaInclude), args, path, issues);
  return include as HbaInclude;
}
