/**
 * From the observed access to the desired one: what differs, what of it the mode carries out, and the plan. Everything of
 * one database is one transaction; where there is more than one, all are first proven by a run that is rolled back.
 */
import { NO_INSTANCE, type AccessChange, type AccessDifference, type DesiredAccess, type DesiredDatabase, type Missing, type ObservedAccess, type ObservedDatabase } from "../model/access";
import { isPredefinedRole, isSystemSchema, PUBLIC } from "../model/name";
import { EMPTY_PLAN, type Plan } from "../model/plan";
import { newDatabase, diffDatabase } from "./database";
import { diffDefaultPrivileges, withdrawDefaultPrivileges } from "./default-privilege";
import { missingChanges, reportAccess } from "./access-report";
import { planSteps, refuseMissing } from "./access-steps";
import { inOrder } from "./order";
import { diffRowSecurity, withdrawRowSecurity } from "./policy";
import { desiredRights, diffPrivileges, withdrawPrivileges, type PrivilegeScope } from "./privilege";
import { diffMemberships, diffRoles } from "./role";
import { indexObjects, ownedObjects } from "./selection";

/** Sixteen bytes of chance for a role's verifier: given by whoever may have effects. */
export type Salt = (role: string) => Uint8Array;

export function planAccess(observed: ObservedAccess | null, desired: DesiredAccess, salt: Salt): Plan {
  const now = observed === null || observed.bootstrap === NO_INSTANCE ? nothing(desired) : observed;
  const { changes, missing } = diffAccess(now, desired);
  const carried = inMode(desired, changes);
  const faults = desired.skipsMissing || desired.mode === "adopt" || observed === null ? [] : missing;
  if (carried.length + faults.length === 0) {
    return EMPTY_PLAN;
  }
  const steps = planSteps(carried, desired.instance, salt);
  return {
    ...EMPTY_PLAN,
    ...steps,
    changes: [...carried.flatMap(reportAccess), ...missingChanges(faults)],
    prepare: [...refuseMissing(faults), ...steps.prepare],
  };
}

/** What the declaration gave is taken back; databases only by choice, roles as `retire` says. */
export function retireAccess(observed: ObservedAccess, desired: DesiredAccess, salt: Salt): Plan {
  if (desired.mode === "adopt" || observed.bootstrap === NO_INSTANCE) {
    return EMPTY_PLAN;
  }
  const { changes, missing } = withdraw(observed, desired);
  const steps = planSteps(inOrder(changes), desired.instance, salt);
  return { ...EMPTY_PLAN, ...steps, changes: changes.flatMap(reportAccess), prepare: [...refuseMissing(missing), ...steps.prepare] };
}

/** Printable lines on everything that an authoritative declaration would change. */
export function describeDifferences(observed: ObservedAccess, desired: DesiredAccess): readonly string[] {
  const { changes, missing } = diffAccess(observed, desired);
  const lines = changes.flatMap(reportAccess).map(({ path, kind, before, after }) => `${kind} ${path}: ${[before, after].filter((value) => value !== undefined && value !== null).map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" → ")}`);
  return [...lines, ...missing.map(({ path, what }) => `missing ${path}: ${what}`)];
}

/** Everything that differs, as if nothing but the declaration counted, in the order in which it can be made so. */
export function diffAccess(observed: ObservedAccess, desired: DesiredAccess): AccessDifference {
  const isRole = roleTest(observed, desired);
  const parts: readonly AccessDifference[] = [
    diffRoles(observed, desired),
    { changes: diffMemberships(observed, desired), missing: unknownMembers(desired, isRole) },
    ...(desired.grants === undefined ? [] : [diffGrants(desired.grants, instanceScope(observed, desired, isRole))]),
    ...desired.databases.map((database) => diffInside(observed, database, desired, isRole)),
  ];
  return { changes: inOrder(parts.flatMap((part) => part.changes)), missing: parts.flatMap((part) => part.missing) };
}

/** `additive` never takes away; what would be granted again beside a revoke is there already. */
function inMode(desired: DesiredAccess, changes: readonly AccessChange[]): readonly AccessChange[] {
  switch (desired.mode) {
    case "authoritative":
      return changes;
    case "additive":
      return changes.filter((change) => !takesAway(change) && !(change.kind === "grant" && change.isRepeat));
    case "adopt":
      return [];
  }
}

function takesAway(change: AccessChange): boolean {
  switch (change.kind) {
    case "revoke":
    case "revokeDefault":
    case "revokeMembership":
    case "clearHoldings":
    case "dropRole":
    case "dropDatabase":
    case "resetRoleSetting":
    case "resetDatabaseSetting":
      return true;
    case "dropPolicy":
      return !change.isReplaced;
    case "setPassword":
      return change.password.kind === "none";
    default:
      return change.path.startsWith("observed");
  }
}

function roleTest(observed: ObservedAccess, desired: DesiredAccess): (name: string) => boolean {
  const known = new Set([...observed.roleNames, ...(desired.roles ?? []).map((role) => role.name), PUBLIC]);
  return (name) => known.has(name) || isPredefinedRole(name);
}

function unknownMembers({ memberships }: DesiredAccess, isRole: (name: string) => boolean): readonly Missing[] {
  return (memberships ?? []).flatMap(({ role, member, grantor, path }) => [role, member, grantor].filter((name): name is string => name !== null && !isRole(name))
    .map((name) => ({ path, what: `the role ${JSON.stringify(name)} does not exist` })));
}

function instanceScope(observed: ObservedAccess, desired: DesiredAccess, isRole: (name: string) => boolean): PrivilegeScope {
  const objects = observed.objects ?? [];
  return { database: null, objects, index: indexObjects(objects, observed.bootstrap), keepsPublicDefaults: desired.keepsPublicDefaults, defaults: [], isRole };
}

function diffGrants(grants: Parameters<typeof desiredRights>[0], scope: PrivilegeScope): AccessDifference {
  const { rights, missing } = desiredRights(grants, scope);
  return { changes: diffPrivileges(rights, scope), missing };
}

function diffInside(observed: ObservedAccess, database: DesiredDatabase, desired: DesiredAccess, isRole: (name: string) => boolean): AccessDifference {
  const found = observed.databases.find(({ name }) => name === database.name);
  const now = found ?? newDatabase(database, observed.bootstrap);
  const { objects, owners, missing } = ownedObjects(now, database, observed.bootstrap);
  const scope = databaseScope(now, objects, observed.bootstrap, desired, isRole);
  const parts: readonly AccessDifference[] = [
    diffDatabase(found, database, observed.bootstrap),
    { changes: owners.map(({ object, owner, path }): AccessChange => ({ kind: "alterOwner", path, database: database.name, object, before: object.owner, owner })), missing },
    ...(database.grants === undefined ? [] : [diffGrants(database.grants, scope)]),
    { changes: diffDefaultPrivileges(now, database, desired.keepsPublicDefaults), missing: [...strangers(database, isRole), ...unknownSchemas(now, database)] },
    diffRowSecurity(now, database, isRole),
  ];
  return { changes: parts.flatMap((part) => part.changes), missing: parts.flatMap((part) => part.missing) };
}

function databaseScope(observed: ObservedDatabase, objects: PrivilegeScope["objects"], bootstrap: string, desired: DesiredAccess, isRole: (name: string) => boolean): PrivilegeScope {
  const defaults = desired.databases.find(({ name }) => name === observed.name)?.defaultPrivileges ?? [];
  return { database: observed.name, objects, index: indexObjects(objects, bootstrap), keepsPublicDefaults: desired.keepsPublicDefaults, defaults, isRole };
}

/** Owners, creators and grantees of default privileges that nobody has heard of. */
function strangers({ attributes, path, schemas, owners, defaultPrivileges }: DesiredDatabase, isRole: (name: string) => boolean): readonly Missing[] {
  const named: readonly (readonly [string | undefined, string])[] = [
    [attributes.owner, `${path}.owner`],
    ...schemas.map((schema) => [schema.owner, `${schema.path}.owner`] as const),
    ...owners.map((owner) => [owner.owner, `${owner.path}.owner`] as const),
    ...(defaultPrivileges ?? []).flatMap((entry) => [[entry.creator, `${entry.path}.creator`], [entry.grantee, `${entry.path}.to`]] as const),
  ];
  return named.flatMap(([name, at]) => (name === undefined || isRole(name) ? [] : [{ path: at, what: `the role ${JSON.stringify(name)} does not exist` }]));
}

/** Schemas that default privileges or extensions are declared in, and that nobody makes. */
function unknownSchemas(observed: ObservedDatabase, { schemas, extensions, defaultPrivileges }: DesiredDatabase): readonly Missing[] {
  const known = new Set([...observed.schemas, ...schemas].map((schema) => schema.name));
  const named: readonly (readonly [string | null | undefined, string])[] = [
    ...extensions.map((extension) => [extension.schema, `${extension.path}.schema`] as const),
    ...(defaultPrivileges ?? []).map((entry) => [entry.schema, `${entry.path}.schema`] as const),
  ];
  return named.flatMap(([name, path]) => (name === null || name === undefined || known.has(name) || isSystemSchema(name) ? [] : [{ path, what: `schema ${name} does not exist` }]));
}

function withdraw(observed: ObservedAccess, desired: DesiredAccess): AccessDifference {
  const isRole = roleTest(observed, desired);
  const own = new Set((desired.roles ?? []).map((role) => role.name));
  // The heir goes too when it is one of them; then nobody but the superuser is left to own the data.
  const heir = desired.heir === null || own.has(desired.heir) ? observed.bootstrap : desired.heir;
  const roles = diffRoles({ ...observed, roles: (observed.roles ?? []).filter((role) => own.has(role.name)) }, { ...desired, heir, roles: desired.roles === undefined ? undefined : [] });
  const edges = new Set((desired.memberships ?? []).map(({ role, member, grantor }) => JSON.stringify([role, member, grantor])));
  const given = (observed.memberships ?? []).filter(({ role, member, grantor }) => edges.has(JSON.stringify([role, member, grantor])));
  const scope = instanceScope(observed, desired, isRole);
  const changes: readonly AccessChange[] = [
    ...roles.changes,
    ...diffMemberships({ ...observed, memberships: given }, { ...desired, roles: undefined, memberships: desired.memberships === undefined ? undefined : [] }),
    ...withdrawPrivileges(desiredRights(desired.grants ?? [], scope).rights, scope),
    ...desired.databases.flatMap((database) => withdrawInside(observed, database, desired, isRole)),
  ];
  return { changes: inOrder(changes), missing: roles.missing };
}

function withdrawInside(observed: ObservedAccess, database: DesiredDatabase, desired: DesiredAccess, isRole: (name: string) => boolean): readonly AccessChange[] {
  const now = observed.databases.find(({ name }) => name === database.name);
  if (now === undefined) {
    return [];
  }
  if (desired.dropsDatabases) {
    return [{ kind: "dropDatabase", path: database.path, database: null, name: database.name }];
  }
  const scope = databaseScope(now, now.objects ?? [], observed.bootstrap, desired, isRole);
  return [
    ...withdrawPrivileges(desiredRights(database.grants ?? [], scope).rights, scope),
    ...withdrawDefaultPrivileges(now, database),
    ...withdrawRowSecurity(now, database),
  ];
}

/** Where nothing has been observed: an instance as initdb leaves it. */
function nothing({ instance, roles, memberships, grants }: DesiredAccess): ObservedAccess {
  return {
    instance, bootstrap: "postgres", roleNames: ["postgres"], databases: [],
    ...(roles === undefined ? {} : { roles: [] }), ...(memberships === undefined ? {} : { memberships: [] }), ...(grants === undefined ? {} : { objects: [] }),
  };
}
