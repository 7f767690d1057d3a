/**
 * Names in a declaration. Anything PostgreSQL accepts is accepted, because every name is quoted where it is rendered;
 * refused is what PostgreSQL would cut, refuse, or take for something else.
 */
import { z } from "zod";
import { isPredefinedRole, nameFault, PUBLIC } from "../model/name";
import { rule, type IssueCollector, type Path } from "./issue";

export const nameSchema = z.string().refine((name) => nameFault(name) === null, rule(
  "a name of 1 to 63 bytes in UTF-8, without NUL",
  "Shorten or correct it: PostgreSQL would cut it silently or refuse it.",
));

const RESERVED = ["public", "none"];

/** A role that is only referred to: also one that comes with the server. */
export const roleNameSchema = nameSchema.refine((name) => !RESERVED.includes(name.toLowerCase()), rule(
  "the name of a role",
  "Name a role; PUBLIC is a grantee, not a role, and NONE is reserved.",
));

/** A role of one's own. */
export const ownRoleNameSchema = roleNameSchema.refine((name) => !isPredefinedRole(name), rule(
  "a name that does not begin with pg_",
  "Choose another name: the prefix belongs to roles that come with the server.",
));

/** A role or everybody, who is written PUBLIC. */
export const granteeSchema = nameSchema
  .refine((name) => name.toLowerCase() !== "none", rule("the name of a role, or PUBLIC", "Name a role; NONE is reserved."))
  .transform((name) => (name.toLowerCase() === "public" ? PUBLIC : name));

/** Parses each element; `undefined` when the list or one of its elements is faulty or unknown. */
export function declareList<T>(value: unknown, path: Path, issues: IssueCollector, declare: (element: unknown, path: Path) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) {
    issues.parse(z.array(z.unknown()), value, path);
    return undefined;
  }
  const declared = value.map((element, index) => declare(element, [...path, index]));
  return declared.every((element) => element !== undefined) ? (declared as T[]) : undefined;
}

/** The same for a record whose keys are names. */
export function declareRecord<T>(value: unknown, path: Path, issues: IssueCollector, declare: (name: string, element: unknown, path: Path) => T | undefined): readonly T[] | undefined {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    issues.parse(z.record(z.string(), z.unknown()), value, path);
    return undefined;
  }
  const declared = Object.entries(value).map(([name, element]) =>
    issues.parse(nameSchema, name, [...path, name]) === undefined ? undefined : declare(name, element, [...path, name]));
  return declared.every((element) => element !== undefined) ? (declared as T[]) : undefined;
}

/** Adds an issue for each element whose key an earlier one has. */
export function refuseDuplicates<T>(elements: readonly (T | undefined)[], path: Path, what: string, key: (element: T) => string, issues: IssueCollector): void {
  const first = new Map<string, number>();
  elements.forEach((element, index) => {
    if (element === undefined) {
      return;
    }
    const earlier = first.get(key(element));
    if (earlier === undefined) {
      first.set(key(element), index);
    } else {
      issues.add([...path, index], element, `each ${what} once`, `Join it with element ${earlier}, which declares the same.`);
    }
  });
}
