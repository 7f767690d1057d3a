/**
 * Arguments of grants, default privileges and object owners. Refuses privileges that a kind of object does not have or
 * this major version does not know, columns where there are none, and selectors that do not say what they mean.
 */
import { z } from "zod";
import type { Major } from "../model/instance";
import { compareText, PUBLIC } from "../model/name";
import {
  COLUMN_PRIVILEGES, formatObject, KIND_WORDS, OBJECT_KINDS, privilegesOf, type DefaultPrivilegeKind, type ObjectKind, type ObjectSelector, type Reach,
} from "../model/privilege";
import { formatPath, type IssueCollector, type Path } from "./issue";
import { declareList, granteeSchema, nameSchema, roleNameSchema } from "./name";
import { typeNameSchema } from "./policy";

/** What is meant: one object, or all objects of a kind that are in a schema now. */
export interface ObjectArgs {
  /**
   * `database` means the database it is declared in. `table` (also `view`, `materializedView`, `foreignTable`), `sequence`,
   * `routine` (also `function`, `procedure`, `aggregate`) and `type` (also `domain`) lie in a schema; `schema`, `language`,
   * `foreignDataWrapper`, `foreignServer` and `largeObject` do not. `tablespace` and `parameter` belong to the instance.
   */
  readonly kind: ObjectKind | "view" | "materializedView" | "foreignTable" | "function" | "procedure" | "aggregate" | "domain";
  /** @default - none: of a kind that lies in no schema */
  readonly schema?: string;
  /** For a large object, its number. @default - none: the database itself, or `all` */
  readonly name?: string;
  /** Instead of `name`: every object of the kind that the schema has now. @default false */
  readonly all?: boolean;
  /** Types of a routine's input arguments. @default - the routine of that name, which must be the only one */
  readonly arguments?: readonly string[];
}

export interface GrantArgs {
  readonly on: ObjectArgs;
  /** Give the privileges on these columns of a table only. @default - on the whole object */
  readonly columns?: readonly string[];
  /** As in GRANT, or `["ALL"]`. */
  readonly privileges: readonly string[];
  /** Roles, or `PUBLIC`. */
  readonly to: readonly string[];
  /** May pass them on. @default false */
  readonly withGrantOption?: boolean;
  /** Who is on record as granting it; needs the grant option itself. @default - the object's owner */
  readonly grantor?: string;
}

/** Privileges on objects that `creator` makes from now on. Source: PostgreSQL, sql-alterdefaultprivileges. */
export interface DefaultPrivilegeArgs {
  readonly creator: string;
  /** @default - in every schema */
  readonly schema?: string;
  readonly on: "tables" | "sequences" | "routines" | "functions" | "types" | "schemas" | "largeObjects";
  readonly privileges: readonly string[];
  readonly to: readonly string[];
  /** @default false */
  readonly withGrantOption?: boolean;
}

export interface OwnerArgs {
  readonly on: ObjectArgs;
  readonly owner: string;
}

export interface DeclaredGrant {
  readonly on: ObjectSelector;
  readonly columns: readonly string[];
  readonly privileges: readonly string[];
  readonly to: readonly string[];
  readonly withGrantOption: boolean;
  readonly grantor: string | null;
  readonly path: string;
}

export interface DeclaredDefaultPrivilege extends Omit<DeclaredGrant, "on" | "columns" | "grantor"> {
  readonly creator: string;
  readonly schema: string | null;
  readonly kind: DefaultPrivilegeKind;
}

export interface DeclaredOwner {
  readonly on: ObjectSelector;
  readonly owner: string;
  readonly path: string;
}

/** Where a list of grants stands: in a database, or beside the databases. */
export interface GrantScope {
  readonly reach: Reach;
  /** `null` beside the databases. */
  readonly database: string | null;
  readonly major: Major;
}

const objectSchema = z.strictObject({
  kind: z.enum(Object.keys(KIND_WORDS) as [string, ...string[]]),
  schema: nameSchema.optional(),
  name: nameSchema.optional(),
  all: z.boolean().default(false),
  arguments: z.array(typeNameSchema).optional(),
});

const bodySchema = z.strictObject({
  columns: z.array(nameSchema).min(1).optional(),
  privileges: z.array(z.string()).min(1),
  to: z.array(granteeSchema).min(1),
  withGrantOption: z.boolean().default(false),
  grantor: roleNameSchema.optional(),
});

export function declareGrants(value: unknown, path: Path, scope: GrantScope, issues: IssueCollector): readonly DeclaredGrant[] | undefined {
  return declareList(value, path, issues, (element, at) => {
    const { on, ...rest } = (typeof element === "object" && element !== null ? element : {}) as Record<string, unknown>;
    const body = issues.parse(bodySchema, typeof element === "object" ? rest : element, at);
    const selector = declareSelector(on, [...at, "on"], scope, issues);
    if (body === undefined || selector === undefined) {
      return undefined;
    }
    const columns = body.columns ?? [];
    if (columns.length > 0 && (selector.kind !== "table" || "all" in selector)) {
      issues.add([...at, "columns"], columns, "columns of one table", "Name one table in `on`, or leave the columns out.");
    }
    const known = columns.length > 0 ? COLUMN_PRIVILEGES : privilegesOf(selector.kind, scope.major);
    const privileges = declarePrivileges(body.privileges, [...at, "privileges"], columns.length > 0 ? "columns" : `a ${selector.kind}`, known, scope.major, issues);
    refusePublicGrantOption(body.to, body.withGrantOption, at, issues);
    return privileges === undefined ? undefined : {
      on: selector, columns: unique(columns), privileges, to: unique(body.to), withGrantOption: body.withGrantOption, grantor: body.grantor ?? null, path: formatPath(at),
    };
  });
}

function declarePrivileges(words: readonly string[], path: Path, what: string, known: readonly string[], major: Major, issues: IssueCollector): readonly string[] | undefined {
  const upper = words.map((word) => word.toUpperCase().trim().replace(/^TEMP$/, "TEMPORARY"));
  if (upper.includes("ALL") || upper.includes("ALL PRIVILEGES")) {
    if (upper.length > 1) {
      issues.add(path, words, "ALL alone, or single privileges", "Remove one or the other.");
    }
    return known;
  }
  upper.forEach((word, index) => {
    if (!known.includes(word)) {
      issues.add([...path, index], words[index], `the privileges of ${what} in PostgreSQL ${major}: ${known.join(", ")}`, "Correct it, or name another kind of object.");
    }
  });
  return upper.every((word) => known.includes(word)) ? known.filter((privilege) => upper.includes(privilege)) : undefined;
}

/** Source: PostgreSQL, sql-grant: "grant options cannot be granted to PUBLIC". */
function refusePublicGrantOption(to: readonly string[], withGrantOption: boolean, path: Path, issues: IssueCollector): void {
  if (withGrantOption && to.includes(PUBLIC)) {
    issues.add([...path, "withGrantOption"], true, "false for PUBLIC", "Give the grant option to a role.");
  }
}

/** An object selector that says one thing. */
export function declareSelector(value: unknown, path: Path, scope: GrantScope, issues: IssueCollector): ObjectSelector | undefined {
  const object = issues.parse(objectSchema, value, path);
  const kind = object === undefined ? undefined : KIND_WORDS[object.kind];
  if (object === undefined || kind === undefined) {
    return undefined;
  }
  const before = issues.issues.length;
  const facts = OBJECT_KINDS[kind];
  const isHere = kind === "database" ? scope.reach === "database" : facts.reach === scope.reach;
  if (!isHere) {
    issues.add([...path, "kind"], object.kind, scope.reach === "database" ? "objects of a database" : "tablespace or parameter", scope.reach === "database" ? "Declare it in `grants` beside `databases`." : "Declare it under its database.");
  }
  if (facts.hasSchema !== (object.schema !== undefined)) {
    issues.add([...path, "schema"], object.schema, facts.hasSchema ? "a schema" : `nothing for a ${kind}`, facts.hasSchema ? `Name the schema of the ${kind}.` : "Remove it.");
  }
  const needsName = kind !== "database" && !object.all;
  if (needsName !== (object.name !== undefined)) {
    issues.add([...path, "name"], object.name, needsName ? `a name${facts.hasSchema ? ", or all: true" : ""}` : "nothing here", needsName ? `Name the ${kind}.` : "Remove it.");
  }
  if (object.all && !(facts.hasSchema && object.schema !== undefined)) {
    issues.add([...path, "all"], true, "objects that lie in a schema", "Name each one.");
  }
  if (object.arguments !== undefined && (kind !== "routine" || object.all)) {
    issues.add([...path, "arguments"], object.arguments, "nothing but for one routine", "Remove it.");
  }
  if (kind === "largeObject" && object.name !== undefined && !/^[1-9][0-9]{0,9}$/.test(object.name)) {
    issues.add([...path, "name"], object.name, "the number of a large object", "Write its number, as in pg_largeobject_metadata.");
  }
  if (kind === "parameter" && object.name !== undefined && !/^[A-Za-z_][A-Za-z0-9_$.]*$/.test(object.name)) {
    issues.add([...path, "name"], object.name, "the name of a parameter", "Write it as in pg_settings.");
  }
  if (issues.issues.length > before) {
    return undefined;
  }
  if (object.all) {
    return { kind, schema: object.schema as string, all: true };
  }
  const name = kind === "database" ? (scope.database as string) : kind === "parameter" ? (object.name as string).toLowerCase() : (object.name as string);
  return { kind, schema: object.schema ?? null, name, arguments: object.arguments ?? null };
}

const DEFAULT_KIND_WORDS = {
  tables: "table", sequences: "sequence", routines: "routine", functions: "routine", types: "type", schemas: "schema", largeObjects: "largeObject",
} as const satisfies Record<string, DefaultPrivilegeKind>;

const defaultSchema = z.strictObject({
  creator: roleNameSchema,
  schema: nameSchema.optional(),
  on: z.enum(Object.keys(DEFAULT_KIND_WORDS) as [keyof typeof DEFAULT_KIND_WORDS]),
  privileges: z.array(z.string()).min(1),
  to: z.array(granteeSchema).min(1),
  withGrantOption: z.boolean().default(false),
});

export function declareDefaultPrivileges(value: unknown, path: Path, major: Major, issues: IssueCollector): readonly DeclaredDefaultPrivilege[] | undefined {
  return declareList(value, path, issues, (element, at) => {
    const parsed = issues.parse(defaultSchema, element, at);
    if (parsed === undefined) {
      return undefined;
    }
    const kind = DEFAULT_KIND_WORDS[parsed.on];
    if ((kind === "schema" || kind === "largeObject") && parsed.schema !== undefined) {
      issues.add([...at, "schema"], parsed.schema, `nothing for ${parsed.on}`, "Remove it: they do not lie in a schema.");
    }
    if (kind === "largeObject" && major < 18) {
      issues.add([...at, "on"], parsed.on, "largeObjects from PostgreSQL 18 on", "Grant on each large object, or upgrade.");
    }
    refusePublicGrantOption(parsed.to, parsed.withGrantOption, at, issues);
    const privileges = declarePrivileges(parsed.privileges, [...at, "privileges"], parsed.on, privilegesOf(kind, major), major, issues);
    return privileges === undefined ? undefined : {
      creator: parsed.creator, schema: parsed.schema ?? null, kind, privileges, to: unique(parsed.to), withGrantOption: parsed.withGrantOption, path: formatPath(at),
    };
  });
}

const OWNERLESS: readonly ObjectKind[] = ["database", "parameter", "tablespace", "schema"];

export function declareOwners(value: unknown, path: Path, scope: GrantScope, issues: IssueCollector): readonly DeclaredOwner[] | undefined {
  const schema = z.strictObject({ on: z.unknown(), owner: roleNameSchema });
  const seen = new Map<string, string>();
  return declareList(value, path, issues, (element, at) => {
    const parsed = issues.parse(schema, element, at);
    const on = parsed === undefined ? undefined : declareSelector(parsed.on, [...at, "on"], scope, issues);
    if (parsed === undefined || on === undefined) {
      return undefined;
    }
    if (OWNERLESS.includes(on.kind)) {
      issues.add([...at, "on", "kind"], on.kind, "objects inside a database", "Name the owner of a database or schema where it is declared.");
    }
    const earlier = seen.get(formatObject(on));
    if (earlier !== undefined && earlier !== parsed.owner) {
      issues.add([...at, "owner"], parsed.owner, "one owner", `Remove it, or the earlier owner ${earlier} of ${formatObject(on)}.`);
    }
    seen.set(formatObject(on), parsed.owner);
    return { on, owner: parsed.owner, path: formatPath(at) };
  });
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort(compareText);
}
