/** Changes as people and Pulumi see them: the property, before and after in words, and what is endangered. */
import type { AccessChange, DefaultItem, Missing, PrivilegeItem } from "../model/access";
import { isPredefinedRole } from "../model/name";
import type { Change, Hazard } from "../model/plan";
import { formatObject } from "../model/privilege";
import type { Membership, RoleAttributes } from "../model/role";

export function missingChanges(missing: readonly Missing[]): readonly Change[] {
  return missing.map(({ path, what }) => ({ path, kind: "add", after: what, hazards: [] }));
}

export function reportAccess(change: AccessChange): readonly Change[] {
  const { path } = change;
  const add = (after: unknown, ...hazards: Hazard[]): readonly Change[] => [{ path, kind: "add", after, hazards }];
  const remove = (before: unknown, ...hazards: Hazard[]): readonly Change[] => [{ path, kind: "delete", before, hazards }];
  const update = (at: string, before: unknown, after: unknown, ...hazards: Hazard[]): readonly Change[] => [{ path: at, kind: "update", before, after, hazards }];
  switch (change.kind) {
    case "createRole": return add(`role ${change.role}`);
    case "alterRole": return Object.keys(change.after).map((name) => attributeChange(change, name as keyof RoleAttributes));
    case "setPassword": return update(`${path}.password`, change.before === "none" ? null : `[${change.before}]`, change.password.kind === "none" ? null : "[secret]", change.password.kind === "none" ? "access-narrowed" : "access-widened");
    case "endSessions": return update(`${path}.login`, true, false, "session-end");
    case "setRoleSetting": return update(path, change.before, change.setting.value, ...settingHazards(change.setting.parameter));
    case "resetRoleSetting": return remove(change.before);
    case "commentRole": return update(`${path}.comment`, change.before, change.comment);
    case "clearHoldings": return remove(`what ${change.role} holds in ${String(change.database)}${change.heir === null ? "" : `; what it owns goes to ${change.heir}`}`, "access-narrowed");
    case "dropRole": return remove(`role ${change.role}`, "access-narrowed");
    case "grantMembership": return change.before === null ? add(describeMembership(change.membership), "access-widened") : update(path, describeMembership(change.before), describeMembership(change.membership), "access-widened");
    case "revokeMembership": return remove(`${change.onlyAdmin ? "ADMIN of " : ""}${describeMembership(change.membership)}`, "access-narrowed");
    case "createDatabase": return add(`database ${change.name}`);
    case "alterDatabase": return (Object.keys(change.after) as (keyof typeof change.after)[]).map((name) => ({
      path: `${path}.${name}`, kind: "update", before: change.before[name], after: change.after[name], hazards: name === "owner" ? ["access-widened", "access-narrowed"] : [],
    }));
    case "setDatabaseSetting": return update(path, change.before, change.setting.value, ...settingHazards(change.setting.parameter));
    case "resetDatabaseSetting": return remove(change.before);
    case "dropDatabase": return remove(`database ${change.name}`, "data-loss", "session-end");
    case "createSchema": return add(`schema ${change.schema}`);
    case "commentSchema": return update(`${path}.comment`, change.before, change.comment);
    case "createExtension": return add(`extension ${change.extension}`, "access-widened");
    case "moveExtension": return update(`${path}.schema`, change.before, change.schema);
    case "updateExtension": return update(`${path}.version`, change.before, change.version);
    case "alterOwner": return update(path, change.before, change.owner, "access-widened", "access-narrowed");
    case "grant": return change.isRepeat ? [] : add(describePrivilege(change), "access-widened");
    case "revoke": return remove(describeRevoke(change), "access-narrowed");
    case "grantDefault": return add(describeDefault(change), "access-widened");
    case "revokeDefault": return remove(describeDefault(change), "access-narrowed");
    case "switchRowSecurity": return (["enabled", "forced"] as const).filter((flag) => change.before[flag] !== change.after[flag]).map((flag) => ({
      path: `${path}.${flag}`, kind: "update", before: change.before[flag], after: change.after[flag], hazards: [change.after[flag] ? "access-narrowed" : "access-widened"],
    }));
    case "createPolicy": return change.replaced === null ? add(change.policy.name, change.policy.permissive ? "access-widened" : "access-narrowed") : policyChanges(change);
    case "dropPolicy": return change.isReplaced ? [] : remove({ ...change.policy }, change.policy.permissive ? "access-narrowed" : "access-widened");
  }
}

function attributeChange({ path, before, after, isNew }: Extract<AccessChange, { kind: "alterRole" }>, name: keyof RoleAttributes): Change {
  const isPower = typeof after[name] === "boolean";
  const hazards: readonly Hazard[] = isPower ? [after[name] === true ? "access-widened" : "access-narrowed"] : [];
  return { path: `${path}.${name}`, kind: isNew ? "add" : "update", ...(isNew ? {} : { before: before[name] }), after: after[name], hazards };
}

/** A session that starts as another role, or without row security, has other rights. */
function settingHazards(parameter: string): readonly Hazard[] {
  return ["role", "row_security", "search_path", "session_preload_libraries", "local_preload_libraries"].includes(parameter) ? ["access-widened"] : [];
}

function describeMembership({ role, member, grantor, admin, inherit, set }: Membership): string {
  const options = [...(admin ? ["ADMIN"] : []), ...(inherit ? [] : ["no INHERIT"]), ...(set ? [] : ["no SET"])];
  return `${member} in ${role}${options.length === 0 ? "" : ` (${options.join(", ")})`}${grantor === null ? "" : `, granted by ${grantor}`}${isPredefinedRole(role) ? ", a predefined role" : ""}`;
}

function describePrivilege({ object, privileges, columns, grantee, grantor, withGrantOption }: PrivilegeItem): string {
  const what = `${privileges.join(", ")}${columns.length === 0 ? "" : ` (${columns.join(", ")})`}`;
  return `${what} on ${formatObject(object)} to ${grantee}${withGrantOption ? " with grant option" : ""}${grantor === null ? "" : `, granted by ${grantor}`}`;
}

/** The right that goes, from its grantor; or the option, where only that does. */
function describeRevoke(change: Extract<AccessChange, { kind: "revoke" }>): string {
  const isMeant = change.meant.grantee === change.grantee && change.meant.grantor === change.grantor;
  return `${change.onlyGrantOption && isMeant ? "grant option of " : ""}${describePrivilege({ ...change, ...change.meant, withGrantOption: false })}`;
}

function describeDefault({ creator, schema, objects, grantee, privileges, withGrantOption }: DefaultItem): string {
  return `${privileges.join(", ")} on each ${objects} that ${creator} makes${schema === null ? "" : ` in schema ${schema}`} to ${grantee}${withGrantOption ? " with grant option" : ""}`;
}

/** Which side is wider nobody can tell from the text alone: both hazards. */
function policyChanges({ path, policy, replaced }: Extract<AccessChange, { kind: "createPolicy" }>): readonly Change[] {
  return (["permissive", "command", "roles", "using", "withCheck"] as const)
    .filter((name) => JSON.stringify(policy[name]) !== JSON.stringify(replaced?.[name]))
    .map((name) => ({ path: `${path}.${name}`, kind: "update", before: replaced?.[name], after: policy[name], hazards: ["access-widened", "access-narrowed"] }));
}
