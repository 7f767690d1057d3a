/**
 * What a declaration means among the objects that are there: names and patterns to objects, changes of owner and new
 * schemas applied first, so that privileges are compared with what they will be compared with on the server.
 */
import type { DesiredDatabase, Missing, ObservedDatabase } from "../model/access";
import { formatObject, objectKey, type Grant, type ObjectName, type ObjectSelector, type ObservedObject, type TypeName } from "../model/privilege";

export type ObjectIndex = (selector: ObjectSelector) => readonly ObservedObject[];

/** Kinds whose objects exist without being listed: every name is valid until the server says otherwise. */
const UNLISTED = ["parameter"];

export function indexObjects(objects: readonly ObservedObject[], bootstrap: string): ObjectIndex {
  const bySchema = new Map<string, ObservedObject[]>();
  const byName = new Map<string, ObservedObject[]>();
  const put = (map: Map<string, ObservedObject[]>, key: string, object: ObservedObject): void => {
    const list = map.get(key);
    if (list === undefined) {
      map.set(key, [object]);
    } else {
      list.push(object);
    }
  };
  const nameKey = ({ kind, schema, name }: ObjectName): string => JSON.stringify([kind, schema, name]);
  for (const object of objects) {
    put(bySchema, JSON.stringify([object.kind, object.schema]), object);
    put(byName, nameKey(object), object);
  }
  return (selector) => {
    if ("all" in selector) {
      return bySchema.get(JSON.stringify([selector.kind, selector.schema])) ?? [];
    }
    const found = (byName.get(nameKey(selector)) ?? []).filter((object) => hasArguments(object, selector.arguments));
    return found.length === 0 && UNLISTED.includes(selector.kind) ? [{ ...selector, owner: bootstrap, extension: null, grants: [] }] : found;
  };
}

function hasArguments(object: ObservedObject, wanted: readonly TypeName[] | null): boolean {
  return wanted === null || (object.arguments?.length === wanted.length && object.arguments.every((type, index) => {
    const other = wanted[index] as TypeName;
    return type.name === other.name && type.isArray === other.isArray && (other.schema === null || other.schema === type.schema);
  }));
}

/** The objects meant, or why there are none; an extension made by the same update may still bring them. */
export function select(index: ObjectIndex, selector: ObjectSelector, path: string): { readonly objects: readonly ObservedObject[]; readonly missing: readonly Missing[] } {
  const objects = index(selector);
  if ("all" in selector) {
    return { objects: objects.filter((object) => object.extension === null), missing: [] };
  }
  if (objects.length === 1) {
    return { objects, missing: [] };
  }
  const what = objects.length === 0
    ? `${formatObject(selector)} does not exist`
    : `${formatObject(selector)} is not one routine: give its \`arguments\`; there are ${objects.map(formatObject).join(", ")}`;
  return { objects: [], missing: [{ path, what }] };
}

/** The objects of a database as they will be once its schemas and owners are as declared. */
export function ownedObjects(observed: ObservedDatabase, desired: DesiredDatabase, bootstrap: string): { readonly objects: readonly ObservedObject[]; readonly owners: readonly OwnerChange[]; readonly missing: readonly Missing[] } {
  const before = observed.objects ?? [];
  const index = indexObjects(before, bootstrap);
  const owners = new Map<string, OwnerChange>();
  const missing: Missing[] = [];
  for (const { on, owner, path } of desired.owners) {
    const selected = select(index, on, path);
    missing.push(...selected.missing);
    for (const object of selected.objects) {
      owners.set(objectKey(object), { object, owner, path });
    }
  }
  const wanted = new Map([...owners].map(([key, change]) => [key, change.owner] as const));
  desired.schemas.forEach(({ name, owner }) => owner !== undefined && wanted.set(objectKey({ kind: "schema", schema: null, name, arguments: null }), owner));
  if (desired.attributes.owner !== undefined) {
    wanted.set(objectKey({ kind: "database", schema: null, name: desired.name, arguments: null }), desired.attributes.owner);
  }
  const made = observed.objects === undefined ? [] : desired.schemas.filter(({ name }) => !observed.schemas.some((schema) => schema.name === name));
  return {
    objects: [
      ...before.map((object) => transfer(object, wanted.get(objectKey(object)) ?? object.owner)),
      ...made.map(({ name, owner }) => newSchema(name, owner ?? bootstrap, observed)),
    ],
    owners: [...owners.values()].filter(({ object, owner }) => object.owner !== owner),
    missing,
  };
}

export interface OwnerChange {
  readonly object: ObservedObject;
  readonly owner: string;
  readonly path: string;
}

/** ALTER … OWNER TO puts the new owner in the old one's place wherever the ACL names it. Source: aclnewowner in acl.c. */
function transfer(object: ObservedObject, owner: string): ObservedObject {
  if (owner === object.owner) {
    return object;
  }
  const grants = object.grants.filter((grant) => grant.grantee !== owner).map((grant): Grant => (grant.grantor === owner ? { ...grant, grantor: null } : grant));
  return { ...object, owner, grants };
}

/** A schema starts with its owner's default privileges. */
function newSchema(name: string, owner: string, observed: ObservedDatabase): ObservedObject {
  const defaults = observed.defaultPrivileges?.find((entry) => entry.creator === owner && entry.schema === null && entry.kind === "schema");
  const grants = (defaults?.grants ?? []).map((grant): Grant => ({ ...grant, grantor: null, column: null }));
  return { kind: "schema", schema: null, name, arguments: null, owner, extension: null, grants };
}
