/**
 * From the observed default privileges to the desired ones. A global entry replaces the built-in default, so where there
 * is none yet PUBLIC has EXECUTE and USAGE on what a creator will make: that is taken away for every creator the declaration
 * names. An entry of a schema can only add. Source: PostgreSQL, sql-alterdefaultprivileges.
 */
import type { AccessChange, DefaultItem, DesiredDatabase, ObservedDatabase } from "../model/access";
import { compareText, PUBLIC } from "../model/name";
import { publicPrivilegesOf, type DefaultPrivilege, type DefaultPrivilegeKind, type DesiredDefaultPrivilege } from "../model/privilege";
import { observedPath } from "./collection";

interface DefaultRight {
  readonly creator: string;
  readonly schema: string | null;
  readonly kind: DefaultPrivilegeKind;
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly path: string;
}

const key = ({ creator, schema, kind, grantee, privilege }: DefaultRight): string => JSON.stringify([creator, schema, kind, grantee, privilege]);

export function diffDefaultPrivileges(observed: ObservedDatabase, desired: DesiredDatabase, keepsPublicDefaults: boolean): readonly AccessChange[] {
  if (desired.defaultPrivileges === undefined) {
    return [];
  }
  const before = observedRights(observed, creatorsOf(desired));
  const after = new Map(desired.defaultPrivileges.flatMap(desiredRights).map((right) => [key(right), right] as const));
  return compare(before, after, observed.name, (right) => keepsPublicDefaults && isBuiltIn(right));
}

/** Takes back those of the declared default privileges that are there. */
export function withdrawDefaultPrivileges(observed: ObservedDatabase, desired: DesiredDatabase): readonly AccessChange[] {
  const given = new Map((desired.defaultPrivileges ?? []).flatMap(desiredRights).map((right) => [key(right), right] as const));
  const before = observedRights(observed, []);
  const named = new Map([...before].map(([name, right]) => [name, { ...right, path: given.get(name)?.path ?? right.path }] as const));
  return compare(named, new Map([...before].filter(([name]) => !given.has(name))), observed.name, () => false);
}

/** Roles whose new objects the declaration is about. */
function creatorsOf({ attributes, schemas, owners, defaultPrivileges }: DesiredDatabase): readonly string[] {
  const named = [attributes.owner, ...schemas.map((schema) => schema.owner), ...owners.map((owner) => owner.owner), ...(defaultPrivileges ?? []).map((entry) => entry.creator)];
  return [...new Set(named.filter((name): name is string => name !== undefined && !name.startsWith("pg_")))].sort(compareText);
}

const BUILT_IN: readonly DefaultPrivilegeKind[] = ["routine", "type"];

function isBuiltIn({ schema, kind, grantee, privilege }: DefaultRight): boolean {
  return schema === null && grantee === PUBLIC && publicPrivilegesOf(kind).includes(privilege);
}

function observedRights(observed: ObservedDatabase, creators: readonly string[]): ReadonlyMap<string, DefaultRight> {
  const entries = observed.defaultPrivileges ?? [];
  const implied = creators.flatMap((creator) => BUILT_IN
    .filter((kind) => !entries.some((entry) => entry.creator === creator && entry.kind === kind && entry.schema === null))
    .map((kind): DefaultPrivilege => ({ creator, schema: null, kind, grants: [{ grantee: PUBLIC, privileges: publicPrivilegesOf(kind), grantable: [] }] })));
  const rights = [...entries, ...implied].flatMap(({ creator, schema, kind, grants }) => grants.flatMap(({ grantee, privileges, grantable }) => privileges.map((privilege): DefaultRight => ({
    creator, schema, kind, grantee, privilege, grantable: grantable.includes(privilege), path: observedPath("databases", observed.name, "defaultPrivileges", creator, grantee),
  }))));
  return new Map(rights.map((right) => [key(right), right] as const));
}

function desiredRights({ creator, schema, kind, grantee, privileges, withGrantOption, path }: DesiredDefaultPrivilege): readonly DefaultRight[] {
  return creator === grantee ? [] : privileges.map((privilege) => ({ creator, schema, kind, grantee, privilege, grantable: withGrantOption, path }));
}

function compare(before: ReadonlyMap<string, DefaultRight>, after: ReadonlyMap<string, DefaultRight>, database: string, isLeftAlone: (right: DefaultRight) => boolean): readonly AccessChange[] {
  const gone = [...before].filter(([name, right]) => !after.has(name) && !isLeftAlone(right)).map(([, right]) => ({ ...right, grantable: false }));
  const optionGone = [...before].filter(([name, right]) => right.grantable && after.get(name)?.grantable === false).map(([, right]) => right);
  const added = [...after].filter(([name, right]) => !before.has(name) || (right.grantable && before.get(name)?.grantable === false)).map(([, right]) => right);
  return [
    ...bundle([...gone, ...optionGone], database).map((item): AccessChange => ({ kind: "revokeDefault", ...item })),
    ...bundle(added, database).map((item): AccessChange => ({ kind: "grantDefault", ...item })),
  ];
}

function bundle(rights: readonly DefaultRight[], database: string): readonly (DefaultItem & { readonly path: string; readonly database: string })[] {
  const groups = new Map<string, DefaultRight[]>();
  for (const right of rights) {
    const name = JSON.stringify([right.creator, right.schema, right.kind, right.grantee, right.grantable, right.path]);
    groups.set(name, [...(groups.get(name) ?? []), right]);
  }
  return [...groups.values()].map((group) => {
    const { creator, schema, kind, grantee, grantable, path } = group[0] as DefaultRight;
    return { path, database, creator, schema, objects: kind, grantee, privileges: group.map((right) => right.privilege).sort(), withGrantOption: grantable };
  });
}
