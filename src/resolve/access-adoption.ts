/** The way back: the arguments that would declare what was observed, for `pulumi import`. Verifiers stand in for passwords. */
import type { AccessArgs } from "../declare/access";
import type { DatabaseArgs } from "../declare/database";
import type { RowSecurityArgs } from "../declare/policy";
import type { DefaultPrivilegeArgs, GrantArgs, ObjectArgs } from "../declare/privilege";
import type { MembershipArgs, RoleArgs, SettingsArgs } from "../declare/role";
import type { ObservedAccess, ObservedDatabase } from "../model/access";
import type { ObservedRowSecurity } from "../model/policy";
import type { DefaultPrivilege, DefaultPrivilegeKind, Grant, ObjectName, ObservedObject, TypeName } from "../model/privilege";
import type { Membership, ObservedRole, Setting } from "../model/role";
import type { Secret } from "../model/secret";

/** The verifier stays a Secret until the state encrypts it. */
type AdoptedRole = Omit<RoleArgs, "password"> & { readonly password?: Secret<string> };

export type AdoptedAccess = Omit<AccessArgs, "connection" | "roles"> & { readonly roles?: readonly AdoptedRole[] };

export function adoptAccess(observed: ObservedAccess): AdoptedAccess {
  const { instance, roles, memberships, objects, databases } = observed;
  return {
    instance,
    ...(roles === undefined ? {} : { roles: roles.map(adoptRole) }),
    ...(memberships === undefined ? {} : { memberships: memberships.map((membership) => adoptMembership(membership, instance.major >= 16)) }),
    ...(objects === undefined ? {} : { grants: objects.flatMap(adoptGrants) }),
    ...(databases.length === 0 ? {} : { databases: Object.fromEntries(databases.map((database) => [database.name, adoptDatabase(database)])) }),
  };
}

function adoptRole({ verifier, settings, validUntil, comment, ...attributes }: ObservedRole): AdoptedRole {
  const inDatabases = [...new Set(settings.flatMap(({ database }) => database ?? []))];
  const own = (database: string | null): readonly Setting[] => settings.filter((setting) => setting.database === database);
  return {
    ...attributes,
    ...(validUntil === null ? {} : { validUntil }),
    ...(comment === null ? {} : { comment }),
    ...(verifier === null ? {} : verifier.reveal().startsWith("md5") ? { keepPassword: true } : { password: verifier }),
    ...(own(null).length === 0 ? {} : { settings: adoptSettings(own(null)) }),
    ...(inDatabases.length === 0 ? {} : { databaseSettings: Object.fromEntries(inDatabases.map((database) => [database, adoptSettings(own(database))])) }),
  };
}

function adoptSettings(settings: readonly Setting[]): SettingsArgs {
  return Object.fromEntries(settings.map(({ parameter, value }) => [parameter, value]));
}

function adoptMembership({ role, member, grantor, admin, inherit, set }: Membership, hasOptions: boolean): MembershipArgs {
  return { role, member, admin, ...(hasOptions ? { inherit, set } : {}), ...(grantor === null ? {} : { grantor }) };
}

function adoptDatabase(database: ObservedDatabase): DatabaseArgs {
  const { attributes, schemas, extensions, objects, defaultPrivileges, rowSecurity } = database;
  const { settings, comment, ...rest } = attributes;
  return {
    ...rest,
    ...(comment === null ? {} : { comment }),
    settings: adoptSettings(settings),
    schemas: Object.fromEntries(schemas.map(({ name, owner, comment: text }) => [name, { owner, ...(text === null ? {} : { comment: text }) }])),
    extensions: Object.fromEntries(extensions.map(({ name, schema, version }) => [name, { schema, version }])),
    ...(objects === undefined ? {} : { grants: objects.filter((object) => object.extension === null).flatMap(adoptGrants) }),
    ...(defaultPrivileges === undefined ? {} : { defaultPrivileges: defaultPrivileges.flatMap(adoptDefaultPrivilege) }),
    ...(rowSecurity === undefined ? {} : { rowSecurity: rowSecurity.map(adoptRowSecurity) }),
  };
}

function adoptGrants(object: ObservedObject): readonly GrantArgs[] {
  return object.grants.flatMap((grant) => optionSplit(grant).map((part): GrantArgs => ({
    on: adoptObject(object), ...part, to: [grant.grantee],
    ...(grant.column === null ? {} : { columns: [grant.column] }), ...(grant.grantor === null ? {} : { grantor: grant.grantor }),
  })));
}

/** What may be passed on and what may not are two declarations. */
function optionSplit({ privileges, grantable }: Pick<Grant, "privileges" | "grantable">): readonly Pick<GrantArgs, "privileges" | "withGrantOption">[] {
  const plain = privileges.filter((privilege) => !grantable.includes(privilege));
  return [...(plain.length === 0 ? [] : [{ privileges: plain }]), ...(grantable.length === 0 ? [] : [{ privileges: grantable, withGrantOption: true }])];
}

function adoptObject(object: ObjectName): ObjectArgs {
  return {
    kind: object.kind,
    ...(object.schema === null ? {} : { schema: object.schema }),
    ...(object.kind === "database" ? {} : { name: object.name }),
    ...(object.arguments === null ? {} : { arguments: object.arguments.map(typeText) }),
  };
}

/** Quoted, so that the grammar reads back the very name. */
function typeText({ schema, name, isArray }: TypeName): string {
  const quote = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  return `${schema === null ? "" : `${quote(schema)}.`}${quote(name)}${isArray ? "[]" : ""}`;
}

const DEFAULT_WORDS: Readonly<Record<DefaultPrivilegeKind, DefaultPrivilegeArgs["on"]>> = {
  table: "tables", sequence: "sequences", routine: "routines", type: "types", schema: "schemas", largeObject: "largeObjects",
};

function adoptDefaultPrivilege({ creator, schema, kind, grants }: DefaultPrivilege): readonly DefaultPrivilegeArgs[] {
  return grants.flatMap((grant) => optionSplit(grant).map((part): DefaultPrivilegeArgs => ({
    creator, on: DEFAULT_WORDS[kind], ...part, to: [grant.grantee], ...(schema === null ? {} : { schema }),
  })));
}

function adoptRowSecurity({ schema, name, enabled, forced, policies }: ObservedRowSecurity): RowSecurityArgs {
  return {
    schema, table: name, enabled, forced,
    policies: policies.map(({ using, withCheck, ...policy }) => ({ ...policy, ...(using === null ? {} : { using }), ...(withCheck === null ? {} : { withCheck }) })),
  };
}
