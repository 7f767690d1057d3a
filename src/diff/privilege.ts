/**
 * From the observed privileges to the desired ones, right by right: a grantee's single privilege on an object or column, from
 * one grantor. What nobody declared is revoked. PostgreSQL accepts a revoke that does nothing, so each goes to where the
 * right comes from: by the owner, or at the grant option it was passed on by, taking along what depends on it; what is
 * still desired of that is granted again.
 */
import type { ChangeOf, Missing, PrivilegeItem } from "../model/access";
import { isSystemSchema, PUBLIC } from "../model/name";
import { formatObject, objectKey, publicPrivilegesOf, type DesiredDefaultPrivilege, type DesiredGrant, type ObservedObject } from "../model/privilege";
import { observedPath } from "./collection";
import { select, type ObjectIndex } from "./selection";

interface Right {
  readonly privilege: string;
  readonly column: string | null;
  readonly grantee: string;
  readonly grantor: string | null;
  readonly grantable: boolean;
  readonly path: string;
}

export interface PrivilegeScope {
  /** `null`: objects of the instance. */
  readonly database: string | null;
  readonly index: ObjectIndex;
  readonly objects: readonly ObservedObject[];
  readonly keepsPublicDefaults: boolean;
  /** Declared for what is made from now on: what they gave to an object since is declared with them. */
  readonly defaults: readonly DesiredDefaultPrivilege[];
  /** Whether the role can be granted to. */
  readonly isRole: (name: string) => boolean;
}

export type PrivilegeChange = ChangeOf<"grant"> | ChangeOf<"revoke">;

const rightKey = ({ privilege, column, grantee, grantor }: Right): string => `${privilege}\0${column ?? ""}\0${grantee}\0${grantor ?? ""}`;

/** Desired rights by object. Missing objects and roles are reported once per declaration. */
export function desiredRights(grants: readonly DesiredGrant[], scope: PrivilegeScope): { readonly rights: ReadonlyMap<string, Desire>; readonly missing: readonly Missing[] } {
  const rights = new Map<string, Desire>();
  const missing = new Map<string, Missing>();
  for (const grant of grants) {
    const selected = select(scope.index, grant.on, `${grant.path}.on`);
    const strangers = [grant.grantee, grant.grantor].filter((name): name is string => name !== null && name !== PUBLIC && !scope.isRole(name))
      .map((name) => ({ path: grant.path, what: `the role ${JSON.stringify(name)} does not exist` }));
    [...selected.missing, ...strangers].forEach((fault) => missing.set(`${fault.path}\0${fault.what}`, fault));
    for (const object of strangers.length > 0 ? [] : selected.objects) {
      const desire = rights.get(objectKey(object)) ?? { object, rights: new Map<string, Right>() };
      rights.set(objectKey(object), desire);
      const columns = grant.columns.length === 0 ? [null] : grant.columns;
      columns.forEach((column) => grant.privileges.forEach((privilege) => wish(desire.rights, {
        privilege, column, grantee: grant.grantee, grantor: grant.grantor === object.owner ? null : grant.grantor, grantable: grant.withGrantOption, path: grant.path,
      }, object)));
    }
  }
  return { rights, missing: [...missing.values()] };
}

interface Desire {
  readonly object: ObservedObject;
  readonly rights: Map<string, Right>;
}

/** The owner needs no grant; of two declarations of one right, the one with the grant option counts. */
function wish(rights: Map<string, Right>, right: Right, object: ObservedObject): void {
  if (right.grantee === object.owner) {
    return;
  }
  const earlier = rights.get(rightKey(right));
  if (earlier === undefined || (right.grantable && !earlier.grantable)) {
    rights.set(rightKey(right), right);
  }
}

export function diffPrivileges(desired: ReadonlyMap<string, Desire>, scope: PrivilegeScope): readonly PrivilegeChange[] {
  const keys = new Set(scope.objects.map(objectKey));
  const declaredOnly = [...desired].filter(([key]) => !keys.has(key)).map(([, desire]) => desire.object);
  return [...scope.objects, ...declaredOnly].flatMap((object) => diffObject(object, observedRights(object, scope.database), desired.get(objectKey(object))?.rights ?? new Map(), scope));
}

/** Takes back those of the declared rights that are there. */
export function withdrawPrivileges(declared: ReadonlyMap<string, Desire>, scope: PrivilegeScope): readonly PrivilegeChange[] {
  return scope.objects.flatMap((object) => {
    const given = declared.get(objectKey(object))?.rights ?? new Map<string, Right>();
    const observed = observedRights(object, scope.database);
    const rest = new Map([...observed].filter(([key]) => !given.has(key)));
    const named = new Map([...observed].map(([key, right]) => [key, { ...right, path: given.get(key)?.path ?? right.path }] as const));
    return given.size === 0 ? [] : diffObject({ ...object, extension: null }, named, rest, { ...scope, keepsPublicDefaults: false, defaults: [] });
  });
}

function observedRights(object: ObservedObject, database: string | null): ReadonlyMap<string, Right> {
  const rights = new Map<string, Right>();
  for (const { grantee, grantor, column, privileges, grantable } of object.grants) {
    const path = database === null ? observedPath("objects", formatObject(object), grantee) : observedPath("databases", database, formatObject(object), grantee);
    for (const privilege of privileges) {
      const right: Right = { privilege, column, grantee, grantor, grantable: grantable.includes(privilege), path };
      rights.set(rightKey(right), right);
    }
  }
  return rights;
}

function diffObject(object: ObservedObject, observed: ReadonlyMap<string, Right>, desired: ReadonlyMap<string, Right>, scope: PrivilegeScope): readonly PrivilegeChange[] {
  const unwanted = [...observed].filter(([key, right]) => !desired.has(key) && !isLeftAlone(object, right, scope)).map(([, right]) => right);
  const downgraded = [...observed].filter(([key, right]) => right.grantable && desired.get(key)?.grantable === false && !isLeftAlone(object, right, scope)).map(([, right]) => right);
  const revokes = [
    ...unwanted.flatMap((right) => revocations(right, [...observed.values()])),
    ...downgraded.flatMap((right) => (right.grantor === null ? [{ right, onlyGrantOption: true, meant: right }] : revocations(right, [...observed.values()]))),
  ];
  const affected = affectedBy(revokes, [...observed.values()]);
  const wanting = [...desired].filter(([key, right]) => {
    const now = observed.get(key);
    return now === undefined || (right.grantable && !now.grantable) || affected.has(key);
  });
  const at = { database: scope.database, object };
  return [
    ...bundle(revokes.map(({ right, onlyGrantOption, meant: { grantee, grantor } }) => ({ right, mark: { onlyGrantOption, meant: { grantee, grantor } } })), at)
      .map(({ item, mark }): PrivilegeChange => ({ kind: "revoke", ...item, ...mark })),
    ...bundle(wanting.map(([key, right]) => ({ right, mark: { isRepeat: observed.has(key) && !(right.grantable && observed.get(key)?.grantable === false) } })), at)
      .map(({ item, mark }): PrivilegeChange => ({ kind: "grant", ...item, ...mark })),
  ];
}

/** The rules that leave a right alone though nobody declared it. */
function isLeftAlone(object: ObservedObject, right: Right, scope: PrivilegeScope): boolean {
  const isSystem = isSystemSchema(object.schema ?? (object.kind === "schema" ? object.name : ""));
  const isBuiltIn = right.grantee === PUBLIC && right.grantor === null && publicPrivilegesOf(object.kind).includes(right.privilege);
  return isSystem || object.extension !== null || right.grantee === object.owner || (scope.keepsPublicDefaults && isBuiltIn) || isByDefault(object, right, scope);
}

function isByDefault(object: ObservedObject, right: Right, { defaults }: PrivilegeScope): boolean {
  return right.grantor === null && right.column === null && defaults.some((entry) =>
    entry.kind === object.kind && entry.creator === object.owner && (entry.schema === null || entry.schema === object.schema) && entry.grantee === right.grantee
    && entry.privileges.includes(right.privilege) && (entry.withGrantOption || !right.grantable));
}

interface Revocation {
  readonly right: Right;
  readonly onlyGrantOption: boolean;
  readonly meant: Right;
}

/** Where to take a right away so that it is gone: from its holder, if the owner gave it; else at the options it came by. */
function revocations(right: Right, all: readonly Right[]): readonly Revocation[] {
  if (right.grantor === null) {
    return [{ right, onlyGrantOption: false, meant: right }];
  }
  const roots = sources(right, all, new Set());
  return roots.length === 0
    ? [{ right, onlyGrantOption: false, meant: right }]
    : roots.map((root) => ({ right: { ...root, path: right.path }, onlyGrantOption: true, meant: right }));
}

/** Grant options given by the owner, by which the grantor of the right has its own. */
function sources({ privilege, column, grantor }: Right, all: readonly Right[], seen: Set<string>): readonly Right[] {
  if (grantor === null || seen.has(grantor)) {
    return [];
  }
  seen.add(grantor);
  const options = all.filter((other) => other.grantee === grantor && other.privilege === privilege && other.grantable && (other.column === null || other.column === column));
  return options.flatMap((option) => (option.grantor === null ? [option] : sources(option, all, seen)));
}

/** Keys of the rights that may go along with the revocations, other than those meant. */
function affectedBy(revocations: readonly Revocation[], all: readonly Right[]): ReadonlySet<string> {
  const lost = new Set<string>();
  let frontier: readonly Right[] = revocations.map(({ right }) => right);
  for (const { right } of revocations) {
    all.filter((other) => other.privilege === right.privilege && other.grantee === right.grantee && (other.column !== null || other.grantor === right.grantor)).forEach((other) => lost.add(rightKey(other)));
  }
  while (frontier.length > 0) {
    const next = all.filter((other) => !lost.has(rightKey(other)) && frontier.some((gone) => gone.privilege === other.privilege && other.grantor === gone.grantee));
    next.forEach((right) => lost.add(rightKey(right)));
    frontier = next;
  }
  return lost;
}

interface Bundle<Mark> {
  readonly item: PrivilegeItem;
  readonly mark: Mark;
}

/** Rights that one statement can name: same grantee, grantor, option and columns. */
function bundle<Mark>(rights: readonly { readonly right: Right; readonly mark: Mark }[], at: Pick<PrivilegeItem, "database" | "object">): readonly Bundle<Mark>[] {
  const byColumn = new Map<string, { right: Right; mark: Mark; privileges: string[] }>();
  for (const { right, mark } of rights) {
    const key = JSON.stringify([right.path, right.grantee, right.grantor, right.grantable, mark, right.column]);
    const group = byColumn.get(key) ?? { right, mark, privileges: [] };
    byColumn.set(key, group);
    if (!group.privileges.includes(right.privilege)) {
      group.privileges.push(right.privilege);
    }
  }
  const bundles = new Map<string, { item: PrivilegeItem; mark: Mark; columns: string[] }>();
  for (const { right, mark, privileges } of byColumn.values()) {
    const { path, grantee, grantor, grantable, column } = right;
    const key = JSON.stringify([path, grantee, grantor, grantable, mark, column === null, privileges.sort()]);
    const group = bundles.get(key) ?? { item: { ...at, path, grantee, grantor, privileges, withGrantOption: grantable, columns: [] }, mark, columns: [] };
    bundles.set(key, group);
    if (column !== null) {
      group.columns.push(column);
    }
  }
  return [...bundles.values()].map(({ item, mark, columns }) => ({ item: { ...item, columns: columns.sort() }, mark }));
}
