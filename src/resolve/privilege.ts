/** Declared grants, default privileges and row security, one grantee each, in the order they were declared. */
import type { DeclaredDefaultPrivilege, DeclaredGrant } from "../declare/privilege";
import type { DeclaredRowSecurity } from "../declare/policy";
import { compareText, sortBy } from "../model/name";
import { tableKey, type DesiredRowSecurity } from "../model/policy";
import type { DesiredDefaultPrivilege, DesiredGrant } from "../model/privilege";

export function resolveGrants(grants: readonly DeclaredGrant[]): readonly DesiredGrant[] {
  return grants.flatMap(({ to, ...grant }) => to.map((grantee): DesiredGrant => ({ ...grant, grantee })));
}

export function resolveDefaultPrivileges(privileges: readonly DeclaredDefaultPrivilege[]): readonly DesiredDefaultPrivilege[] {
  return privileges.flatMap(({ to, ...privilege }) => to.map((grantee): DesiredDefaultPrivilege => ({ ...privilege, grantee })));
}

export function resolveRowSecurity(tables: readonly DeclaredRowSecurity[]): readonly DesiredRowSecurity[] {
  const desired = tables.map(({ schema, table, enabled, forced, policies, path }): DesiredRowSecurity => ({
    schema, name: table, enabled, forced, path,
    policies: sortBy(policies.map((policy) => ({ ...policy, roles: [...new Set(policy.roles)].sort(compareText) })), (policy) => policy.name),
  }));
  return sortBy(desired, tableKey);
}
