/**
 * What changes do, told a second time and more simply than the server does it: an observed state and a list of changes
 * give the next observed state. Revokes take along what the server would take along.
 */
import type { AccessChange, ChangeOf, DesiredAccess, ObservedAccess, ObservedDatabase } from "../../src/model/access";
import { objectKey, type Grant, type ObservedObject } from "../../src/model/privilege";
import type { Membership, ObservedRole } from "../../src/model/role";
import { Secret } from "../../src/model/secret";
import { makeVerifier } from "../../src/model/verifier";
import { newDatabase } from "../../src/diff/database";
import { fixedSalt } from "./postgres-host";

type Write<T> = { -readonly [K in keyof T]: T[K] };

export function interpret(observed: ObservedAccess, changes: readonly AccessChange[], desired: DesiredAccess): ObservedAccess {
  return changes.reduce((state, change) => step(state, change, desired), observed);
}

function step(state: ObservedAccess, change: AccessChange, desired: DesiredAccess): ObservedAccess {
  const role = (name: string, edit: (role: Write<ObservedRole>) => void): ObservedAccess => ({ ...state, roles: (state.roles ?? []).map((one) => {
    const copy = { ...one };
    if (one.name === name) {
      edit(copy);
    }
    return copy;
  }) });
  const inside = (edit: (database: ObservedDatabase) => ObservedDatabase): ObservedAccess => ({ ...state, databases: state.databases.map((one) => (one.name === change.database ? edit(one) : one)) });
  switch (change.kind) {
    case "createRole":
      return { ...state, roleNames: [...state.roleNames, change.role], roles: [...(state.roles ?? []), {
        name: change.role, login: false, superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true, connectionLimit: -1,
        validUntil: null, comment: null, settings: [], verifier: null,
      }] };
    case "alterRole":
      return role(change.role, (one) => Object.assign(one, change.after));
    case "setPassword":
      return role(change.role, (one) => (one.verifier = change.password.kind === "text" ? makeVerifier(change.password.text, fixedSalt(change.role)) : change.password.kind === "verifier" ? change.password.verifier : null));
    case "commentRole":
      return role(change.role, (one) => (one.comment = change.comment));
    case "setRoleSetting":
      return role(change.role, (one) => (one.settings = [...one.settings.filter((other) => other.parameter !== change.setting.parameter || other.database !== change.in), { ...change.setting, database: change.in }]));
    case "resetRoleSetting":
      return role(change.role, (one) => (one.settings = one.settings.filter((other) => other.parameter !== change.parameter || other.database !== change.in)));
    case "dropRole":
      return { ...state, roleNames: state.roleNames.filter((name) => name !== change.role), roles: (state.roles ?? []).filter((one) => one.name !== change.role), memberships: (state.memberships ?? []).filter((edge) => edge.role !== change.role && edge.member !== change.role) };
    case "grantMembership":
      return { ...state, memberships: [...(state.memberships ?? []).filter((edge) => !isSameEdge(edge, change.membership)), strip(change.membership)] };
    case "revokeMembership":
      return { ...state, memberships: revokeEdge(state.memberships ?? [], change) };
    case "createDatabase": {
      const database = desired.databases.find((one) => one.name === change.name);
      return database === undefined ? state : { ...state, databases: [...state.databases, newDatabase(database, state.bootstrap)] };
    }
    case "alterDatabase":
      return { ...state, databases: state.databases.map((one) => (one.name === change.name ? { ...one, attributes: { ...one.attributes, ...change.after } } : one)) };
    case "grant":
      return inside((database) => object(database, change, (one) => ({ ...one, grants: give(one.grants, change) })));
    case "revoke":
      return inside((database) => object(database, change, (one) => ({ ...one, grants: take(one.grants, change) })));
    case "grantDefault":
    case "revokeDefault":
      return inside((database) => ({ ...database, defaultPrivileges: changeDefault(database, change) }));
    case "switchRowSecurity":
      return inside((database) => ({ ...database, rowSecurity: (database.rowSecurity ?? []).map((one) => (one.name === change.table.name ? { ...one, ...change.after } : one)) }));
    case "createPolicy":
      return inside((database) => ({ ...database, rowSecurity: (database.rowSecurity ?? []).map((one) => (one.name !== change.table.name ? one : { ...one, policies: [...one.policies, bare(change.policy)] })) }));
    case "dropPolicy":
      return inside((database) => ({ ...database, rowSecurity: (database.rowSecurity ?? []).map((one) => (one.name !== change.table.name ? one : { ...one, policies: one.policies.filter((policy) => policy.name !== change.policy.name) })) }));
    default:
      return state;
  }
}

const isSameEdge = (a: Membership, b: Membership): boolean => a.role === b.role && a.member === b.member && a.grantor === b.grantor;
const strip = ({ role, member, grantor, admin, inherit, set }: Membership): Membership => ({ role, member, grantor, admin, inherit, set });
const bare = ({ name, permissive, command, roles, using, withCheck }: ChangeOf<"createPolicy">["policy"]) => ({ name, permissive, command, roles, using, withCheck });

function revokeEdge(edges: readonly Membership[], { membership, onlyAdmin }: ChangeOf<"revokeMembership">): readonly Membership[] {
  const rest = edges.flatMap((edge) => (!isSameEdge(edge, membership) ? [edge] : onlyAdmin ? [{ ...edge, admin: false }] : []));
  const orphans = rest.filter((edge) => edge.grantor !== null && !rest.some((other) => other.role === edge.role && other.member === edge.grantor && other.admin));
  return orphans.reduce<readonly Membership[]>((left, orphan) => revokeEdge(left, { membership: orphan, onlyAdmin: false } as ChangeOf<"revokeMembership">), rest);
}

function object(database: ObservedDatabase, { object: { kind, schema, name, arguments: types } }: ChangeOf<"grant"> | ChangeOf<"revoke">, edit: (one: ObservedObject) => ObservedObject): ObservedDatabase {
  const key = objectKey({ kind, schema, name, arguments: types });
  return { ...database, objects: (database.objects ?? []).map((one) => (objectKey(one) === key ? edit(one) : one)) };
}

interface Atom { readonly grantee: string; readonly grantor: string | null; readonly column: string | null; readonly privilege: string; readonly grantable: boolean }

const atoms = (grants: readonly Grant[]): readonly Atom[] => grants.flatMap(({ privileges, grantable, ...rest }) => privileges.map((privilege) => ({ ...rest, privilege, grantable: grantable.includes(privilege) })));
const grants = (all: readonly Atom[]): readonly Grant[] => all.map(({ privilege, grantable, ...rest }) => ({ ...rest, privileges: [privilege], grantable: grantable ? [privilege] : [] }));
const columnsOf = (columns: readonly string[]): readonly (string | null)[] => (columns.length === 0 ? [null] : columns);

function give(before: readonly Grant[], { grantee, grantor, privileges, columns, withGrantOption }: ChangeOf<"grant">): readonly Grant[] {
  return grants(columnsOf(columns).flatMap((column) => privileges.map((privilege) => ({ grantee, grantor, column, privilege, grantable: withGrantOption })))
    .reduce<readonly Atom[]>((all, atom) => {
      const same = all.find((other) => other.grantee === atom.grantee && other.grantor === atom.grantor && other.column === atom.column && other.privilege === atom.privilege);
      return [...all.filter((other) => other !== same), { ...atom, grantable: atom.grantable || same?.grantable === true }];
    }, atoms(before)));
}

/** By the owner: also from the columns when it is the table's; then whatever has lost its source. */
function take(before: readonly Grant[], { grantee, privileges, columns, onlyGrantOption }: ChangeOf<"revoke">): readonly Grant[] {
  const hit = (atom: Atom): boolean => atom.grantee === grantee && atom.grantor === null && privileges.includes(atom.privilege) && (columns.length === 0 || (atom.column !== null && columns.includes(atom.column)));
  let left = atoms(before).flatMap((atom): readonly Atom[] => (!hit(atom) ? [atom] : onlyGrantOption ? [{ ...atom, grantable: false }] : []));
  for (let size = -1; size !== left.length;) {
    size = left.length;
    const all = left;
    left = all.filter((atom) => atom.grantor === null || all.some((source) => source.grantee === atom.grantor && source.privilege === atom.privilege && source.grantable && (source.column === null || source.column === atom.column)));
  }
  return grants(left);
}

function changeDefault(database: ObservedDatabase, { kind, creator, schema, objects, grantee, privileges, withGrantOption }: ChangeOf<"grantDefault"> | ChangeOf<"revokeDefault">): NonNullable<ObservedDatabase["defaultPrivileges"]> {
  const entries = database.defaultPrivileges ?? [];
  const isIt = (entry: (typeof entries)[number]): boolean => entry.creator === creator && entry.schema === schema && entry.kind === objects;
  const builtIn = schema === null && objects === "routine" ? [{ grantee: "PUBLIC", privileges: ["EXECUTE"], grantable: [] }] : schema === null && objects === "type" ? [{ grantee: "PUBLIC", privileges: ["USAGE"], grantable: [] }] : [];
  const now = entries.find(isIt)?.grants ?? builtIn;
  const before = atoms(now.map((grant) => ({ ...grant, grantor: null, column: null })));
  const rest = before.filter((atom) => atom.grantee !== grantee || !privileges.includes(atom.privilege));
  const after = kind === "grantDefault"
    ? [...rest, ...privileges.map((privilege) => ({ grantee, grantor: null, column: null, privilege, grantable: withGrantOption || before.some((atom) => atom.grantee === grantee && atom.privilege === privilege && atom.grantable) }))]
    : withGrantOption ? before.map((atom) => (rest.includes(atom) ? atom : { ...atom, grantable: false })) : rest;
  return [...entries.filter((entry) => !isIt(entry)), { creator, schema, kind: objects, grants: grants(after) }];
}

/** An instance with the world of access-model.ts in it, as the server would show it. */
export function worldOf(desired: DesiredAccess): ObservedAccess {
  const owner = "owner of all";
  const shop = desired.databases[0];
  if (shop === undefined) {
    throw new Error("the declaration has no database");
  }
  const fresh = newDatabase(shop, "postgres");
  const own = { schema: "s p", arguments: null, owner, extension: null, grants: [] };
  const toPublic = (privilege: string): readonly Grant[] => [{ grantee: "PUBLIC", grantor: null, column: null, privileges: [privilege], grantable: [] }];
  const int = { schema: "pg_catalog", name: "int4", isArray: false };
  return {
    instance: desired.instance, bootstrap: "postgres", roleNames: ["postgres", owner], memberships: [],
    roles: [{ name: owner, login: false, superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true, connectionLimit: -1, validUntil: null, comment: null, settings: [], verifier: new Secret("md5x") }],
    databases: [{
      ...fresh,
      schemas: [...fresh.schemas, { name: "s p", owner, comment: null }],
      objects: [
        ...(fresh.objects ?? []),
        { ...own, kind: "schema", schema: null, name: "s p" }, { ...own, kind: "table", name: 't"1' }, { ...own, kind: "table", name: "t2" }, { ...own, kind: "sequence", name: "q" },
        { ...own, kind: "type", name: "mood", grants: toPublic("USAGE") },
        { ...own, kind: "routine", name: "f", arguments: [int, { schema: "s p", name: "mood", isArray: true }], grants: toPublic("EXECUTE") },
      ],
      rowSecurity: [{ schema: "s p", name: 't"1', enabled: false, forced: false, policies: [] }],
    }],
  };
}

/**
 * Equal for states in which everybody may do the same: order and grouping fall away, verifiers show their text. That nobody
 * has anything by default is not told from nothing being said: creators that are no longer declared stay as strict as they were.
 */
export function essence(state: ObservedAccess, withExpressions: boolean): readonly string[] {
  const fact = (...parts: readonly unknown[]): string => JSON.stringify(parts);
  return [
    ...(state.roles ?? []).flatMap(({ verifier, settings, name, ...attributes }) => [
      fact("role", name, Object.entries(attributes).sort(), verifier?.reveal() ?? null), ...settings.map(({ database, parameter, value }) => fact("setting", name, database, parameter, value)),
    ]),
    ...(state.memberships ?? []).map(({ role, member, grantor, admin, inherit, set }) => fact("member", role, member, grantor, admin, inherit, set)),
    ...state.databases.flatMap(({ name, attributes, objects, defaultPrivileges, rowSecurity }) => [
      fact("database", name, attributes.owner, attributes.connectionLimit),
      ...(objects ?? []).flatMap((one) => [
        fact("object", objectKey(one), one.owner), ...atoms(one.grants).map(({ grantee, grantor, column, privilege, grantable }) => fact("grant", objectKey(one), grantee, grantor, column, privilege, grantable)),
      ]),
      ...(defaultPrivileges ?? []).flatMap(({ creator, schema, kind, grants: given }) =>
        given.flatMap(({ grantee, privileges, grantable }) => privileges.map((privilege) => fact("default", creator, schema, kind, grantee, privilege, grantable.includes(privilege))))),
      ...(rowSecurity ?? []).flatMap((table) => [
        fact("table", table.schema, table.name, table.enabled, table.forced),
        ...table.policies.map(({ name: policy, permissive, command, roles, using, withCheck }) => fact("policy", policy, permissive, command, roles, ...(withExpressions ? [using, withCheck] : [using === null, withCheck === null]))),
      ]),
    ]),
  ].sort();
}
