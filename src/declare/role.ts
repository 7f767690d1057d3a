/**
 * Arguments of roles and memberships. Attributes are absent unless declared; a password is a secret that only leaves as
 * a SCRAM verifier. Refuses reserved names, duplicates, MD5 hashes, and memberships that would form a loop.
 */
import { z } from "zod";
import { NAME_LIST_PARAMETERS, type Setting } from "../model/role";
import { Secret } from "../model/secret";
import { containsUnknown } from "../model/unknown";
import type { Major } from "../model/instance";
import { formatPath, rule, type IssueCollector, type Path } from "./issue";
import { declareList, nameSchema, ownRoleNameSchema, refuseDuplicates, roleNameSchema } from "./name";

/** A parameter's value; a list where the parameter holds a list of names, as `search_path` does. */
export type SettingValue = string | number | boolean | readonly string[];

export type SettingsArgs = Readonly<Record<string, SettingValue>>;

/** Attributes as in CREATE ROLE. Source: PostgreSQL, sql-createrole. */
export interface RoleArgs {
  readonly name: string;
  /** @default false */
  readonly login?: boolean;
  /** @default false */
  readonly superuser?: boolean;
  /** @default false */
  readonly createdb?: boolean;
  /** @default false */
  readonly createrole?: boolean;
  /** @default false */
  readonly replication?: boolean;
  /** @default false */
  readonly bypassrls?: boolean;
  /** Whether it uses the privileges of roles it is a member of. From 16 on each membership decides by itself. @default true */
  readonly inherit?: boolean;
  /** Sessions at once. @default -1, no limit */
  readonly connectionLimit?: number;
  /** End of the password's validity, in UTC: `2027-01-31T00:00:00Z`. Certificates are not affected. @default - none */
  readonly validUntil?: string;
  /**
   * The password, or a ready SCRAM-SHA-256 verifier. Only the verifier reaches the server.
   * @default - no password: one set by hand is taken away
   */
  readonly password?: string;
  /** Leave the password as it is; an MD5 hash is still taken away. @default false */
  readonly keepPassword?: boolean;
  /** @default - none */
  readonly comment?: string;
  /** What its sessions start with, in every database. @default - none: those set by hand are reset */
  readonly settings?: SettingsArgs;
  /** What its sessions start with, by database. @default - none */
  readonly databaseSettings?: Readonly<Record<string, SettingsArgs>>;
}

/** `member` becomes a member of `role`. Source: PostgreSQL, sql-grant. */
export interface MembershipArgs {
  readonly role: string;
  readonly member: string;
  /** May grant the role to others. @default false */
  readonly admin?: boolean;
  /** Has the role's privileges without SET ROLE. From 16 on. @default true */
  readonly inherit?: boolean;
  /** May SET ROLE to it. From 16 on. @default true */
  readonly set?: boolean;
  /** Who is on record as granting it. From 16 on. @default - the bootstrap superuser */
  readonly grantor?: string;
}

const parameterSchema = z.string().refine((name) => name.length <= 127 && /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name), rule(
  "the name of a parameter",
  "Write letters, digits and underscores; the parameter of an extension has its prefix and a dot.",
));

const textSchema = z.string().refine((text) => !text.includes("\0") && !/\p{Surrogate}/u.test(text), rule("valid Unicode without NUL", "Remove the character."));

/** One settings record, sorted by parameter. */
export function declareSettings(value: unknown, path: Path, issues: IssueCollector): readonly Setting[] | undefined {
  const schema = z.record(z.string(), z.union([textSchema, z.number(), z.boolean(), z.array(nameSchema)]));
  const record = issues.parse(schema, value, path);
  const settings = Object.entries(record ?? {}).map(([name, setting]) => {
    const parameter = issues.parse(parameterSchema, name, [...path, name])?.toLowerCase();
    const isList = parameter !== undefined && NAME_LIST_PARAMETERS.includes(parameter);
    if (Array.isArray(setting) && parameter !== undefined && !isList) {
      issues.add([...path, name], setting, "one value", `Only these hold a list of names: ${NAME_LIST_PARAMETERS.join(", ")}.`);
      return undefined;
    }
    if (isList && !Array.isArray(setting)) {
      issues.add([...path, name], setting, "a list of names", `Write ${JSON.stringify(String(setting).split(/\s*,\s*/))}: as one text it would be one name.`);
      return undefined;
    }
    return parameter === undefined ? undefined : { parameter, value: settingText(setting) };
  });
  refuseDuplicates(settings, path, "parameter", (setting) => setting.parameter, issues);
  return record === undefined || settings.includes(undefined) ? undefined : (settings as Setting[]);
}

function settingText(value: SettingValue): string | readonly string[] {
  if (typeof value === "object") {
    return value.length === 0 ? [""] : value;
  }
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

const passwordSchema = z
  .custom<string | Secret<string>>((value) => typeof value === "string" || (value instanceof Secret && typeof value.reveal() === "string"), rule("a text", "Pass the password as a text."))
  .transform((value) => (typeof value === "string" ? new Secret(value) : value))
  .refine((password) => password.reveal() !== "" && textSchema.safeParse(password.reveal()).success, rule("a password of at least one character, without NUL", "Choose a longer one."))
  .refine((password) => !/^md5[0-9a-f]{32}$/.test(password.reveal()), rule("a password or a SCRAM-SHA-256 verifier", "Give the password itself: MD5 hashes are no longer safe and not used here."));

export const connectionLimitSchema = z.int().min(-1).max(2 ** 31 - 1);

const roleSchema = z.strictObject({
  name: ownRoleNameSchema,
  login: z.boolean().default(false),
  superuser: z.boolean().default(false),
  createdb: z.boolean().default(false),
  createrole: z.boolean().default(false),
  replication: z.boolean().default(false),
  bypassrls: z.boolean().default(false),
  inherit: z.boolean().default(true),
  connectionLimit: connectionLimitSchema.default(-1),
  validUntil: z.string().refine((text) => z.iso.datetime().safeParse(text).success, rule("a moment in UTC such as 2027-01-31T00:00:00Z", "Write it with all parts and Z.")).optional(),
  password: passwordSchema.optional(),
  keepPassword: z.boolean().default(false),
  comment: textSchema.optional(),
});

export type DeclaredRole = z.output<typeof roleSchema> & {
  readonly path: string;
  readonly settings: readonly Setting[];
  readonly databaseSettings: readonly { readonly database: string; readonly settings: readonly Setting[] }[];
};

const membershipSchema = z.strictObject({
  role: roleNameSchema,
  member: ownRoleNameSchema,
  admin: z.boolean().default(false),
  inherit: z.boolean().optional(),
  set: z.boolean().optional(),
  grantor: roleNameSchema.optional(),
});

export type DeclaredMembership = z.output<typeof membershipSchema> & { readonly path: string };

export function declareRoles(value: unknown, path: Path, issues: IssueCollector): readonly DeclaredRole[] | undefined {
  const roles = declareList(value, path, issues, (element, at) => declareRole(element, at, issues));
  const named = (Array.isArray(value) ? value : []).map((element: unknown) => (typeof element === "object" && element !== null ? (element as { name?: unknown }).name : undefined));
  refuseDuplicates(named.map((name) => (typeof name === "string" ? name : undefined)), path, "role", (name) => name, issues);
  return roles;
}

function declareRole(element: unknown, path: Path, issues: IssueCollector): DeclaredRole | undefined {
  const { settings, databaseSettings, ...rest } = (typeof element === "object" && element !== null ? element : {}) as Record<string, unknown>;
  const role = issues.parse(roleSchema, typeof element === "object" ? rest : element, path);
  const own = declareSettings(settings ?? {}, [...path, "settings"], issues);
  const record = issues.parse(z.record(nameSchema, z.unknown()), databaseSettings ?? {}, [...path, "databaseSettings"]);
  const inDatabases = Object.entries(record ?? {}).map(([database, value]) => ({ database, settings: declareSettings(value, [...path, "databaseSettings", database], issues) }));
  if (role?.password !== undefined && role.keepPassword) {
    issues.add([...path, "keepPassword"], true, "false where a password is declared", "Remove one of the two.");
  }
  if (role === undefined || own === undefined || record === undefined || inDatabases.some((entry) => entry.settings === undefined) || containsUnknown(element)) {
    return undefined;
  }
  return { ...role, path: formatPath(path), settings: own, databaseSettings: inDatabases as DeclaredRole["databaseSettings"] };
}

export function declareMemberships(value: unknown, path: Path, major: Major | undefined, issues: IssueCollector): readonly DeclaredMembership[] | undefined {
  const edges: (DeclaredMembership | undefined)[] = [];
  const memberships = declareList(value, path, issues, (element, at) => {
    const parsed = issues.parse(membershipSchema, element, at);
    const membership = parsed === undefined ? undefined : { ...parsed, path: formatPath(at) };
    edges.push(membership);
    if (membership !== undefined && major !== undefined && major < 16) {
      refuseOptionsBefore16(membership, at, issues);
    }
    return membership;
  });
  refuseDuplicates(edges, path, "membership", ({ role, member, grantor }) => JSON.stringify([role, member, grantor ?? null]), issues);
  refuseLoops(edges, path, issues);
  return memberships;
}

function refuseOptionsBefore16(membership: DeclaredMembership, path: Path, issues: IssueCollector): void {
  for (const option of ["inherit", "set"] as const) {
    if (membership[option] === false) {
      issues.add([...path, option], false, "true before PostgreSQL 16", option === "inherit" ? "Set `inherit: false` on the member role instead, or upgrade." : "Leave it out, or upgrade.");
    }
  }
  if (membership.grantor !== undefined) {
    issues.add([...path, "grantor"], membership.grantor, "nothing before PostgreSQL 16", "Leave it out: older servers do not keep apart who granted a membership.");
  }
}

/** PostgreSQL refuses a loop when the last edge is made; here it is refused before the first, and shown. */
function refuseLoops(edges: readonly (DeclaredMembership | undefined)[], path: Path, issues: IssueCollector): void {
  const rolesOf = new Map<string, { role: string; index: number }[]>();
  edges.forEach((edge, index) => {
    if (edge !== undefined) {
      rolesOf.set(edge.member, [...(rolesOf.get(edge.member) ?? []), { role: edge.role, index }]);
    }
  });
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    for (const { role, index } of rolesOf.get(name) ?? []) {
      const start = [...trail, name].indexOf(role);
      if (start >= 0) {
        const loop = [...[...trail, name].slice(start), role].join(" → ");
        issues.add([...path, index], `${name} as a member of ${role}`, "memberships without a loop", `Remove one of the memberships ${loop}.`);
      } else if (!done.has(role)) {
        visit(role, [...trail, name]);
      }
    }
    done.add(name);
  };
  [...rolesOf.keys()].forEach((name) => {
    if (!done.has(name)) {
      visit(name, []);
    }
  });
}
