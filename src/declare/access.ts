/**
 * The arguments of an Access: roles, memberships, and what may be done in each database of one instance. A section that
 * is left out is not managed; one that is there is meant whole. Refuses, beside faulty parts, references to roles that
 * the same declaration would take away.
 */
import { z } from "zod";
import { MODES, type Mode } from "../model/access";
import type { InstanceReference } from "../model/instance";
import { isPredefinedRole, PUBLIC } from "../model/name";
import { RETIREMENTS, type Retirement } from "../model/role";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { declareDatabases, type DatabaseArgs, type DeclaredDatabase } from "./database";
import { instanceReferenceSchema, type InstanceReferenceArgs } from "./instance-reference";
import type { IssueCollector, Path } from "./issue";
import { ownRoleNameSchema } from "./name";
import { declareGrants, type DeclaredGrant, type GrantArgs } from "./privilege";
import { declareMemberships, declareRoles, type DeclaredMembership, type DeclaredRole, type MembershipArgs, type RoleArgs } from "./role";

export interface AccessArgs {
  readonly connection: Connection;
  readonly instance: InstanceReferenceArgs;
  /**
   * `authoritative`: roles, memberships, privileges and policies that nobody declared are taken away. `additive`: nothing
   * is taken away. `adopt`: nothing is changed; the output `differences` says what would be.
   * @default "authoritative"
   */
  readonly mode?: Mode;
  /**
   * A role nobody declares any more: `disable` takes login, password, attributes and memberships; `drop` removes it too;
   * `keep` leaves it. Sessions end before either.
   * @default "disable"
   */
  readonly retire?: Retirement;
  /** Gets what a dropped role owns, in every database. @default - a role that owns something is not dropped, and the update fails before it changes anything */
  readonly heir?: string;
  /** What becomes of declared databases when this resource is deleted. @default "keep" */
  readonly onDelete?: "keep" | "drop";
  /** Roles to look away from, such as a provider's own or a failover manager's. The bootstrap superuser and `pg_…` are always left alone. @default - none */
  readonly ignoredRoles?: readonly string[];
  /** Whether PUBLIC loses the privileges it has without anybody granting them: CONNECT, TEMPORARY, EXECUTE, USAGE. @default "revoke" */
  readonly publicDefaults?: "revoke" | "keep";
  /** What is declared on an object that is not there: `fail` before anything is changed, or `skip` until it is. @default "fail" */
  readonly whenMissing?: "fail" | "skip";
  /** Every role of the instance. @default - roles are not managed */
  readonly roles?: readonly RoleArgs[];
  /** Every membership of the instance. @default - memberships are not managed */
  readonly memberships?: readonly MembershipArgs[];
  /** Every privilege on tablespaces and parameters. @default - they are not managed */
  readonly grants?: readonly GrantArgs[];
  /** @default - none */
  readonly databases?: Readonly<Record<string, DatabaseArgs>>;
}

const choicesSchema = z.strictObject({
  instance: instanceReferenceSchema,
  mode: z.enum(MODES).default("authoritative"),
  retire: z.enum(RETIREMENTS).default("disable"),
  heir: ownRoleNameSchema.optional(),
  onDelete: z.enum(["keep", "drop"]).default("keep"),
  ignoredRoles: z.array(ownRoleNameSchema).default([]),
  publicDefaults: z.enum(["revoke", "keep"]).default("revoke"),
  whenMissing: z.enum(["fail", "skip"]).default("fail"),
});

export interface AccessDeclaration extends Omit<z.output<typeof choicesSchema>, "instance"> {
  readonly connection: Connection;
  readonly instance: InstanceReference;
  readonly roles: readonly DeclaredRole[] | undefined;
  readonly memberships: readonly DeclaredMembership[] | undefined;
  readonly grants: readonly DeclaredGrant[] | undefined;
  readonly databases: readonly DeclaredDatabase[];
}

/** Checks the inputs of an Access but for `connection`, which the caller has checked. Needs `loadGrammar`. */
export function declareAccess(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): AccessDeclaration | undefined {
  const { connection: _connection, roles, memberships, grants, databases, ...rest } = inputs;
  const choices = issues.parse(choicesSchema, rest, []);
  const major = choices?.instance.major ?? 17;
  const declared = {
    roles: roles === undefined ? undefined : declareRoles(roles, ["roles"], issues),
    memberships: memberships === undefined ? undefined : declareMemberships(memberships, ["memberships"], choices?.instance.major, issues),
    grants: grants === undefined ? undefined : declareGrants(grants, ["grants"], { reach: "instance", database: null, major }, issues),
    databases: databases === undefined ? [] : declareDatabases(databases, ["databases"], major, issues),
  };
  if (choices?.heir !== undefined && choices.retire !== "drop") {
    issues.add(["heir"], choices.heir, "nothing unless `retire` is \"drop\"", "Set `retire: \"drop\"`, or remove the heir.");
  }
  if (choices !== undefined && declared.roles !== undefined && declared.databases !== undefined && choices.mode === "authoritative" && choices.retire !== "keep") {
    refuseRetiredReferences({ ...choices, ...declared, databases: declared.databases }, choices.heir, issues);
  }
  if (connection === undefined || choices === undefined || declared.databases === undefined || issues.issues.length > 0 || containsUnknown(inputs)) {
    return undefined;
  }
  return { ...choices, ...declared, databases: declared.databases, connection };
}

type References = Pick<AccessDeclaration, "roles" | "memberships" | "grants" | "databases" | "ignoredRoles">;

/** A role that is used but not declared would be retired by the same update. */
function refuseRetiredReferences(declaration: References, heir: string | undefined, issues: IssueCollector): void {
  const known = new Set([...(declaration.roles ?? []).map((role) => role.name), ...declaration.ignoredRoles, "postgres", PUBLIC]);
  const refuse = (name: unknown, path: Path): void => {
    if (typeof name === "string" && !known.has(name) && !isPredefinedRole(name)) {
      issues.add(path, name, "a role declared in `roles`, a predefined one, or one of `ignoredRoles`",
        "Declare it, or it would be retired by this very update; where it is another tool's, name it in `ignoredRoles`.");
    }
  };
  const refuseIn = (grants: readonly DeclaredGrant[] | undefined, path: Path): void => grants?.forEach(({ to, grantor }, index) => {
    to.forEach((name) => refuse(name, [...path, index, "to"]));
    refuse(grantor, [...path, index, "grantor"]);
  });
  refuse(heir, ["heir"]);
  declaration.memberships?.forEach((membership, index) => (["role", "member", "grantor"] as const).forEach((end) => refuse(membership[end], ["memberships", index, end])));
  refuseIn(declaration.grants, ["grants"]);
  for (const database of declaration.databases) {
    const at = ["databases", database.name];
    refuse(database.owner, [...at, "owner"]);
    database.schemas.forEach((schema) => refuse(schema.owner, [...at, "schemas", schema.name, "owner"]));
    database.owners.forEach(({ owner }, index) => refuse(owner, [...at, "owners", index, "owner"]));
    refuseIn(database.grants, [...at, "grants"]);
    database.defaultPrivileges?.forEach(({ creator, to }, index) => {
      refuse(creator, [...at, "defaultPrivileges", index, "creator"]);
      to.forEach((name) => refuse(name, [...at, "defaultPrivileges", index, "to"]));
    });
    database.rowSecurity?.forEach(({ policies }, table) =>
      policies.forEach(({ roles }, index) => roles.forEach((name) => refuse(name, [...at, "rowSecurity", table, "policies", index, "roles"]))));
  }
}
