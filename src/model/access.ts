/**
 * Who may do what inside one instance: the desired and the observed state, and the closed union of everything that can
 * differ between them. A section that is absent is not managed, and is not even read.
 */
import type { DatabaseAttributes, DesiredExtension, DesiredSchema, Extension, Schema } from "./database";
import type { InstanceReference } from "./instance";
import type { DesiredPolicy, DesiredRowSecurity, ObservedPolicy, ObservedRowSecurity, Spelling, SqlScript, TableName } from "./policy";
import type {
  DefaultPrivilege, DefaultPrivilegeKind, DesiredDefaultPrivilege, DesiredGrant, DesiredOwner, Grant, ObjectName, ObservedObject,
} from "./privilege";
import type { DesiredMembership, DesiredPassword, DesiredRole, Holding, Membership, ObservedRole, Retirement, RoleAttributes, Setting } from "./role";

/**
 * `authoritative`: what is not declared is taken away. `additive`: nothing is ever taken away. `adopt`: nothing is changed
 * at all; every difference is reported.
 */
export const MODES = ["authoritative", "additive", "adopt"] as const;

export type Mode = (typeof MODES)[number];

export interface DesiredDatabase {
  readonly name: string;
  readonly path: string;
  /** `undefined` parts of the attributes are left as they are; an absent database is made with them or with defaults. */
  readonly attributes: { readonly [K in keyof DatabaseAttributes]: DatabaseAttributes[K] | undefined };
  /** Runs when the database is made. */
  readonly initialScript: SqlScript | null;
  readonly schemas: readonly DesiredSchema[];
  readonly extensions: readonly DesiredExtension[];
  readonly owners: readonly DesiredOwner[];
  /** Privileges on everything in the database and on the database itself. */
  readonly grants: readonly DesiredGrant[] | undefined;
  readonly defaultPrivileges: readonly DesiredDefaultPrivilege[] | undefined;
  readonly rowSecurity: readonly DesiredRowSecurity[] | undefined;
}

export interface DesiredAccess {
  readonly instance: InstanceReference;
  readonly mode: Mode;
  readonly retire: Retirement;
  /** Who gets what a dropped role owned. */
  readonly heir: string | null;
  /** Whether databases are dropped when the resource is deleted. */
  readonly dropsDatabases: boolean;
  /** Roles that are not looked at, neither as grantee nor as member. */
  readonly ignoredRoles: readonly string[];
  /** Whether PUBLIC keeps its built-in privileges where nobody declared them. */
  readonly keepsPublicDefaults: boolean;
  /** Whether what is declared on a missing object is passed over. */
  readonly skipsMissing: boolean;
  readonly roles: readonly DesiredRole[] | undefined;
  readonly memberships: readonly DesiredMembership[] | undefined;
  /** Privileges on tablespaces and parameters. */
  readonly grants: readonly DesiredGrant[] | undefined;
  readonly databases: readonly DesiredDatabase[];
}

export interface ObservedDatabase {
  readonly name: string;
  readonly attributes: DatabaseAttributes;
  readonly schemas: readonly Schema[];
  readonly extensions: readonly Extension[];
  readonly objects?: readonly ObservedObject[];
  readonly defaultPrivileges?: readonly DefaultPrivilege[];
  readonly rowSecurity?: readonly ObservedRowSecurity[];
  readonly spellings?: readonly Spelling[];
}

/** In place of the bootstrap superuser's name: the host has no data directory of that instance. */
export const NO_INSTANCE = "";

export interface ObservedAccess {
  readonly instance: InstanceReference;
  /** The role made by initdb, in whose name superusers grant memberships; `NO_INSTANCE` where there is none. */
  readonly bootstrap: string;
  readonly roleNames: readonly string[];
  readonly roles?: readonly ObservedRole[];
  /** Only where roles are to be dropped. */
  readonly holdings?: readonly Holding[];
  readonly memberships?: readonly Membership[];
  /** Tablespaces, and parameters that have privileges. */
  readonly objects?: readonly ObservedObject[];
  /** Those declared that exist. */
  readonly databases: readonly ObservedDatabase[];
}

/** What every change says: where it is declared, and in which database it is made (`null`: for the whole instance). */
interface At {
  readonly path: string;
  readonly database: string | null;
}

/** Privileges of one grantee on one object. */
export interface PrivilegeItem extends At, Omit<Grant, "column" | "grantable"> {
  readonly object: ObjectName;
  readonly columns: readonly string[];
  readonly withGrantOption: boolean;
}

export type AccessChange = At & (
  | { readonly kind: "createRole"; readonly role: string }
  | { readonly kind: "alterRole"; readonly role: string; readonly isNew: boolean; readonly before: Partial<RoleAttributes>; readonly after: Partial<RoleAttributes> }
  | { readonly kind: "setPassword"; readonly role: string; readonly before: "none" | "md5" | "scram-sha-256"; readonly password: DesiredPassword }
  | { readonly kind: "endSessions"; readonly role: string }
  | { readonly kind: "setRoleSetting"; readonly role: string; readonly in: string | null; readonly setting: Setting; readonly before: Setting["value"] | null }
  | { readonly kind: "resetRoleSetting"; readonly role: string; readonly in: string | null; readonly parameter: string; readonly before: Setting["value"] }
  | { readonly kind: "commentRole"; readonly role: string; readonly before: string | null; readonly comment: string | null }
  | { readonly kind: "clearHoldings"; readonly role: string; readonly heir: string | null }
  | { readonly kind: "dropRole"; readonly role: string }
  | { readonly kind: "grantMembership"; readonly membership: Membership; readonly before: Membership | null }
  | { readonly kind: "revokeMembership"; readonly membership: Membership; readonly onlyAdmin: boolean }
  | { readonly kind: "createDatabase"; readonly name: string; readonly attributes: DesiredDatabase["attributes"]; readonly initialScript: SqlScript | null }
  | { readonly kind: "alterDatabase"; readonly name: string; readonly before: Partial<DatabaseAttributes>; readonly after: Partial<DatabaseAttributes> }
  | { readonly kind: "setDatabaseSetting"; readonly name: string; readonly setting: Setting; readonly before: Setting["value"] | null }
  | { readonly kind: "resetDatabaseSetting"; readonly name: string; readonly parameter: string; readonly before: Setting["value"] }
  | { readonly kind: "dropDatabase"; readonly name: string }
  | { readonly kind: "createSchema"; readonly schema: string; readonly owner: string | undefined }
  | { readonly kind: "commentSchema"; readonly schema: string; readonly before: string | null; readonly comment: string | null }
  | { readonly kind: "createExtension"; readonly extension: string; readonly schema: string | undefined; readonly version: string | undefined }
  | { readonly kind: "moveExtension"; readonly extension: string; readonly before: string; readonly schema: string }
  | { readonly kind: "updateExtension"; readonly extension: string; readonly before: string; readonly version: string }
  | { readonly kind: "alterOwner"; readonly object: ObjectName; readonly before: string; readonly owner: string }
  /** `meant`: whose right it is that must go, where that is not the one it is revoked from. */
  | ({ readonly kind: "revoke"; readonly onlyGrantOption: boolean; readonly meant: Pick<Grant, "grantee" | "grantor"> } & PrivilegeItem)
  /** `isRepeat`: it was there before and went along with something revoked. */
  | ({ readonly kind: "grant"; readonly isRepeat: boolean } & PrivilegeItem)
  | ({ readonly kind: "revokeDefault" } & DefaultItem)
  | ({ readonly kind: "grantDefault" } & DefaultItem)
  | { readonly kind: "switchRowSecurity"; readonly table: TableName; readonly before: RowSecurityFlags; readonly after: RowSecurityFlags }
  | { readonly kind: "createPolicy"; readonly table: TableName; readonly policy: DesiredPolicy; readonly replaced: ObservedPolicy | null }
  | { readonly kind: "dropPolicy"; readonly table: TableName; readonly policy: ObservedPolicy; readonly isReplaced: boolean }
);

export interface RowSecurityFlags {
  readonly enabled: boolean;
  readonly forced: boolean;
}

export interface DefaultItem {
  readonly creator: string;
  readonly schema: string | null;
  readonly objects: DefaultPrivilegeKind;
  readonly grantee: string;
  readonly privileges: readonly string[];
  /** When granting: may be passed on. When revoking: only that goes. */
  readonly withGrantOption: boolean;
}

export type ChangeOf<K extends AccessChange["kind"]> = Extract<AccessChange, { readonly kind: K }>;

/** What is declared on something that is not there; nothing is changed while one is left. */
export interface Missing {
  readonly path: string;
  readonly what: string;
}

export interface AccessDifference {
  readonly changes: readonly AccessChange[];
  readonly missing: readonly Missing[];
}

