/**
 * Arguments of databases: what they are made with, their schemas and extensions, and the sections on who may do what in
 * them. Refuses the maintenance and template databases, and a schema or extension that the system owns.
 */
import { z } from "zod";
import type { Major } from "../model/instance";
import { isSystemSchema } from "../model/name";
import type { Setting } from "../model/role";
import { containsUnknown } from "../model/unknown";
import { formatPath, rule, type IssueCollector, type Path } from "./issue";
import { declareRecord, nameSchema, roleNameSchema } from "./name";
import { declareRowSecurity, scriptSchema, type DeclaredRowSecurity, type RowSecurityArgs } from "./policy";
import {
  declareDefaultPrivileges, declareGrants, declareOwners, type DeclaredDefaultPrivilege, type DeclaredGrant, type DeclaredOwner, type DefaultPrivilegeArgs,
  type GrantArgs, type GrantScope, type OwnerArgs,
} from "./privilege";
import { connectionLimitSchema, declareSettings, type SettingsArgs } from "./role";

/** A database is made when it is missing. A part that is left out is left as it is. */
export interface DatabaseArgs {
  /** @default - the bootstrap superuser for a new database */
  readonly owner?: string;
  /** Cannot change later. @default - UTF8 for a new database */
  readonly encoding?: string;
  /** LC_COLLATE and LC_CTYPE; cannot change later. @default - C.UTF-8 for a new database */
  readonly locale?: string;
  /** Sessions at once; -1 means no limit. @default - no limit for a new database */
  readonly connectionLimit?: number;
  /** An empty one takes it away. @default - left as it is */
  readonly comment?: string;
  /**
   * SQL that runs once, as the owner and in one transaction, when this update makes the database: its first tables. The
   * database appears under its name only when it has run. What it makes is not managed by it afterwards.
   * @default - none
   */
  readonly initialScript?: string;
  /** What sessions in it start with; others are reset. @default - left as they are */
  readonly settings?: SettingsArgs;
  /** Schemas by name; those that are not named stay. @default - none */
  readonly schemas?: Readonly<Record<string, SchemaArgs>>;
  /** Extensions by name; those that are not named stay. @default - none */
  readonly extensions?: Readonly<Record<string, ExtensionArgs>>;
  /** Owners of objects. @default - left as they are */
  readonly owners?: readonly OwnerArgs[];
  /** Every privilege in the database and on it. @default - privileges are not managed */
  readonly grants?: readonly GrantArgs[];
  /** Every default privilege in the database. @default - default privileges are not managed */
  readonly defaultPrivileges?: readonly DefaultPrivilegeArgs[];
  /** Every policy in the database. @default - row security is not managed */
  readonly rowSecurity?: readonly RowSecurityArgs[];
}

export interface SchemaArgs {
  /** @default - the bootstrap superuser for a new schema */
  readonly owner?: string;
  /** An empty one takes it away. @default - left as it is */
  readonly comment?: string;
}

export interface ExtensionArgs {
  /** @default - as its script says for a new extension */
  readonly schema?: string;
  /** @default - the newest one for a new extension */
  readonly version?: string;
}

const fixedText = z.string().refine((text) => /^[A-Za-z0-9_.@-]{1,63}$/.test(text), rule("letters, digits and . _ @ -", "Write it as the server prints it."));

const attributesSchema = z.strictObject({
  owner: roleNameSchema.optional(),
  encoding: fixedText.transform((text) => text.toUpperCase()).optional(),
  locale: fixedText.optional(),
  connectionLimit: connectionLimitSchema.optional(),
  comment: z.string().optional(),
  initialScript: scriptSchema.optional(),
});

const schemaSchema = z.strictObject({ owner: roleNameSchema.optional(), comment: z.string().optional() });
const extensionSchema = z.strictObject({ schema: nameSchema.optional(), version: nameSchema.optional() });

export interface DeclaredDatabase extends z.output<typeof attributesSchema> {
  readonly name: string;
  readonly path: string;
  readonly settings: readonly Setting[] | undefined;
  readonly schemas: readonly (z.output<typeof schemaSchema> & Named)[];
  readonly extensions: readonly (z.output<typeof extensionSchema> & Named)[];
  readonly owners: readonly DeclaredOwner[];
  readonly grants: readonly DeclaredGrant[] | undefined;
  readonly defaultPrivileges: readonly DeclaredDefaultPrivilege[] | undefined;
  readonly rowSecurity: readonly DeclaredRowSecurity[] | undefined;
}

interface Named {
  readonly name: string;
  readonly path: string;
}

const TEMPLATES = ["template0", "template1"];

export function declareDatabases(value: unknown, path: Path, major: Major, issues: IssueCollector): readonly DeclaredDatabase[] | undefined {
  return declareRecord(value, path, issues, (name, element, at) => {
    if (TEMPLATES.includes(name)) {
      issues.add(at, name, "databases of one's own", "Leave the templates alone: databases made here start from template0.");
    }
    return declareDatabase(name, element, at, major, issues);
  });
}

function declareDatabase(name: string, element: unknown, path: Path, major: Major, issues: IssueCollector): DeclaredDatabase | undefined {
  const { settings, schemas, extensions, owners, grants, defaultPrivileges, rowSecurity, ...rest } =
    (typeof element === "object" && element !== null ? element : {}) as Record<string, unknown>;
  const scope: GrantScope = { reach: "database", database: name, major };
  const before = issues.issues.length;
  const optional = <T>(part: unknown, declare: () => T): T | undefined => (part === undefined ? undefined : declare());
  const attributes = issues.parse(attributesSchema, typeof element === "object" ? rest : element, path);
  const parts = {
    settings: optional(settings, () => declareSettings(settings, [...path, "settings"], issues)),
    schemas: declareRecord(schemas ?? {}, [...path, "schemas"], issues, (schema, body, at) => {
      const parsed = issues.parse(schemaSchema, body, at);
      if (isSystemSchema(schema)) {
        issues.add(at, schema, "a schema of one's own", "Leave the system's schemas alone.");
      }
      return parsed === undefined ? undefined : { ...parsed, name: schema, path: formatPath(at) };
    }),
    extensions: declareRecord(extensions ?? {}, [...path, "extensions"], issues, (extension, body, at) => {
      const parsed = issues.parse(extensionSchema, body, at);
      return parsed === undefined ? undefined : { ...parsed, name: extension, path: formatPath(at) };
    }),
    owners: declareOwners(owners ?? [], [...path, "owners"], scope, issues),
    grants: optional(grants, () => declareGrants(grants, [...path, "grants"], scope, issues)),
    defaultPrivileges: optional(defaultPrivileges, () => declareDefaultPrivileges(defaultPrivileges, [...path, "defaultPrivileges"], major, issues)),
    rowSecurity: optional(rowSecurity, () => declareRowSecurity(rowSecurity, [...path, "rowSecurity"], issues)),
  };
  if (attributes === undefined || issues.issues.length > before || containsUnknown(element)) {
    return undefined;
  }
  const { schemas: declaredSchemas, extensions: declaredExtensions, owners: declaredOwners } = parts;
  if (declaredSchemas === undefined || declaredExtensions === undefined || declaredOwners === undefined) {
    return undefined;
  }
  return { ...attributes, ...parts, schemas: declaredSchemas, extensions: declaredExtensions, owners: declaredOwners, name, path: formatPath(path) };
}
