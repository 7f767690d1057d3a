/**
 * What every role may do by what is declared: grants to it, to PUBLIC and to the roles whose privileges it inherits, and
 * everything on what one of them owns. Worked out from the declaration alone, apart from the code that applies it, to be
 * held against the server's own answer.
 */
import type { DesiredAccess, DesiredDatabase } from "../model/access";
import { PUBLIC } from "../model/name";
import { privilegesOf, publicPrivilegesOf, type DesiredGrant, type ObjectKind, type ObjectSelector, type TypeName } from "../model/privilege";

/** An object, or a column of one, as the server lists it. */
export interface Thing {
  readonly kind: ObjectKind;
  readonly schema: string | null;
  readonly name: string;
  readonly arguments: readonly TypeName[] | null;
  readonly owner: string;
  /** `null`: the object itself. */
  readonly column: string | null;
}

/** A role and all whose privileges it has without SET ROLE. */
export function inheritedRoles(desired: DesiredAccess, role: string): ReadonlySet<string> {
  const reached = new Set([role, PUBLIC]);
  const inherits = (name: string): boolean => desired.instance.major >= 16 || (desired.roles ?? []).find((candidate) => candidate.name === name)?.inherit !== false;
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    (desired.memberships ?? []).filter(({ member, inherit }) => reached.has(member) && inherit && inherits(member)).forEach((membership) => reached.add(membership.role));
  }
  return reached;
}

/** Sorted. On a column: what the role may do there beyond the whole table. */
export function expectedPrivileges(desired: DesiredAccess, database: DesiredDatabase, thing: Thing, roles: ReadonlySet<string>): readonly string[] {
  const { major } = desired.instance;
  if (roles.has(thing.owner)) {
    return thing.column === null ? [...privilegesOf(thing.kind, major)].sort() : [];
  }
  const granted = (column: string | null): readonly string[] => (database.grants ?? [])
    .filter((grant) => roles.has(grant.grantee) && isMeant(grant, thing) && (column === null ? grant.columns.length === 0 : grant.columns.includes(column)))
    .flatMap((grant) => grant.privileges);
  const whole = new Set([...granted(null), ...(desired.keepsPublicDefaults ? publicPrivilegesOf(thing.kind) : [])]);
  return thing.column === null ? [...whole].sort() : [...new Set(granted(thing.column))].filter((privilege) => !whole.has(privilege)).sort();
}

function isMeant({ on }: DesiredGrant, thing: Thing): boolean {
  const isKind = on.kind === thing.kind && (on.schema ?? null) === thing.schema;
  return isKind && ("all" in on || (on.name === thing.name && hasArguments(on, thing)));
}

function hasArguments(on: Exclude<ObjectSelector, { readonly all: true }>, thing: Thing): boolean {
  return on.arguments === null || (on.arguments.length === thing.arguments?.length && on.arguments.every((type, index) => {
    const other = thing.arguments?.[index];
    return type.name === other?.name && type.isArray === other.isArray && (type.schema === null || type.schema === other.schema);
  }));
}
