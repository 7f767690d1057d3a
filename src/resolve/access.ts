/** The desired state of an Access out of its declaration. */
import type { AccessDeclaration } from "../declare/access";
import type { DesiredAccess } from "../model/access";
import { compareText } from "../model/name";
import { resolveDatabases } from "./database";
import { resolveGrants } from "./privilege";
import { resolveMemberships, resolveRoles } from "./role";

export function resolveAccess(declaration: AccessDeclaration): DesiredAccess {
  const { instance, mode, retire, roles, memberships, grants, databases } = declaration;
  return {
    instance,
    mode,
    retire,
    heir: declaration.heir ?? null,
    dropsDatabases: declaration.onDelete === "drop",
    ignoredRoles: [...new Set(declaration.ignoredRoles)].sort(compareText),
    keepsPublicDefaults: declaration.publicDefaults === "keep",
    skipsMissing: declaration.whenMissing === "skip",
    roles: roles === undefined ? undefined : resolveRoles(roles),
    memberships: memberships === undefined ? undefined : resolveMemberships(memberships),
    grants: grants === undefined ? undefined : resolveGrants(grants),
    databases: resolveDatabases(databases),
  };
}
