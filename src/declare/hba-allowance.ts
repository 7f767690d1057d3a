/**
 * Loosenings and their reasons: each one an entry brings in needs a reason by its name, and a reason that nothing needs is
 * refused, so that it cannot cover a later edit.
 */
import { z } from "zod";
import { HBA_LOOSENINGS, type FoundLoosening, type HbaLoosening } from "../model/hba-loosening";
import { rule, type IssueCollector, type Path } from "./issue";

/** One line above the entry. A backslash at its end would continue the line. */
export const commentSchema = z.string().refine((text) => /^\S(.*\S)?$/u.test(text) && !/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]|\\$/u.test(text), rule(
  "one line of printable text, without space around it or a backslash at its end",
  "Shorten it to one line.",
)).refine((text) => !/ldapbindpasswd|radiussecrets/.test(text), rule("a comment without options that hold a secret", "Leave out what the record itself says."));

const reasonSchema = z.string().refine((text) => /^\S(.*\S)?$/.test(text) && text.length >= 10, rule(
  "a reason of at least 10 characters on one line",
  "Say in words why it must be so.",
));

/** `given` is the whole entry, to show the value that loosens. */
export function declareAllowances(value: unknown, found: readonly FoundLoosening[], given: Readonly<Record<string, unknown>>, path: Path, issues: IssueCollector): void {
  const reasons = value === undefined ? {} : issues.parse(z.looseObject({}), value, [...path, "allowInsecure"]);
  if (reasons === undefined) {
    return;
  }
  for (const { loosening, property } of found.filter((one) => !Object.hasOwn(reasons, one.loosening))) {
    const [danger, instead] = HBA_LOOSENINGS[loosening];
    const parts = property.split(".");
    issues.add([...path, ...parts], printable(given, parts), `nothing that ${danger}`, `${instead}; or, if it must be, give the reason: allowInsecure: { "${loosening}": "…" }.`);
  }
  for (const [name, reason] of Object.entries(reasons)) {
    const isKnown = Object.hasOwn(HBA_LOOSENINGS, name);
    if (!isKnown || !found.some((one) => one.loosening === (name as HbaLoosening))) {
      const allowed = found.length === 0 ? "no reasons, since nothing here is loosened" : `reasons for ${found.map((one) => one.loosening).join(", ")}`;
      issues.add([...path, "allowInsecure", name], reason, allowed, isKnown ? "Remove it: a reason that nothing needs would cover the next edit." : "Correct the name of what is loosened.");
    } else {
      issues.parse(reasonSchema, reason, [...path, "allowInsecure", name]);
    }
  }
}

/** The property's value; options as a whole may hold a password and are not shown. */
function printable(given: Readonly<Record<string, unknown>>, [first = "", second]: readonly string[]): unknown {
  const value = given[first];
  if (first !== "options") {
    return value ?? "the default";
  }
  return second === undefined ? "a method with a server of its own" : (value as Readonly<Record<string, unknown>> | undefined)?.[second];
}
