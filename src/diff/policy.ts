/**
 * From the observed row security to the desired one. Expressions are compared in the server's spelling. Policies nobody
 * declared are dropped on every table; row security is never switched off on a table that the declaration does not name.
 */
import type { AccessChange, AccessDifference, DesiredDatabase, Missing, ObservedDatabase, RowSecurityFlags } from "../model/access";
import { tableKey, type DesiredPolicy, type DesiredRowSecurity, type Expression, type ObservedPolicy, type ObservedRowSecurity } from "../model/policy";
import { diffCollection, observedPath } from "./collection";

export function diffRowSecurity(observed: ObservedDatabase, desired: DesiredDatabase, isRole: (name: string) => boolean): AccessDifference {
  if (desired.rowSecurity === undefined) {
    return { changes: [], missing: [] };
  }
  const spelling = spellings(observed);
  const { added, removed, kept } = diffCollection(observed.rowSecurity ?? [], desired.rowSecurity, tableKey, tableKey);
  const strangers = desired.rowSecurity.flatMap(({ policies }) => policies).flatMap(({ roles, path }) => roles.filter((role) => !isRole(role))
    .map((role): Missing => ({ path: `${path}.roles`, what: `the role ${JSON.stringify(role)} does not exist` })));
  return {
    changes: [
      ...removed.flatMap((table) => table.policies.map((policy) => drop(observed.name, table, policy))),
      ...kept.flatMap(([before, after]) => diffTable(observed.name, before, after, spelling)),
    ],
    missing: [...added.map(({ path, schema, name }): Missing => ({ path, what: `table ${schema}.${name} does not exist` })), ...strangers],
  };
}

/** Drops the declared policies that are there; without any, row security shows nothing to anybody, so it stays on. */
export function withdrawRowSecurity(observed: ObservedDatabase, desired: DesiredDatabase): readonly AccessChange[] {
  const { kept } = diffCollection(observed.rowSecurity ?? [], desired.rowSecurity ?? [], tableKey, tableKey);
  return kept.flatMap(([before, after]) => before.policies.filter((policy) => after.policies.some((own) => own.name === policy.name)).map((policy) => drop(observed.name, before, policy)));
}

type Spell = (table: ObservedRowSecurity, text: Expression | null) => string | null | undefined;

/** The server's spelling of a declared text: `null` for no expression, `undefined` when the server never gave one. */
function spellings(observed: ObservedDatabase): Spell {
  const known = new Map((observed.spellings ?? []).map(({ schema, name, text, spelled }) => [JSON.stringify([schema, name, text]), spelled ?? undefined] as const));
  return ({ schema, name }, text) => (text === null ? null : known.get(JSON.stringify([schema, name, text])));
}

function diffTable(database: string, before: ObservedRowSecurity, after: DesiredRowSecurity, spell: Spell): readonly AccessChange[] {
  const table = { schema: after.schema, name: after.name };
  const flags = ({ enabled, forced }: RowSecurityFlags): RowSecurityFlags => ({ enabled, forced });
  const { added, removed, kept } = diffCollection(before.policies, after.policies, (policy) => policy.name, (policy) => policy.name);
  const create = (policy: DesiredPolicy, replaced: ObservedPolicy | null): AccessChange => ({ kind: "createPolicy", path: policy.path, database, table, policy, replaced });
  return [
    ...(before.enabled === after.enabled && before.forced === after.forced ? [] : [{ kind: "switchRowSecurity", path: after.path, database, table, before: flags(before), after: flags(after) } as const]),
    ...removed.map((policy) => drop(database, before, policy)),
    ...kept.filter(([old, wanted]) => !isSamePolicy(before, old, wanted, spell)).flatMap(([old, wanted]): readonly AccessChange[] => [
      { kind: "dropPolicy", path: wanted.path, database, table, policy: old, isReplaced: true }, create(wanted, old),
    ]),
    ...added.map((policy) => create(policy, null)),
  ];
}

function isSamePolicy(table: ObservedRowSecurity, before: ObservedPolicy, after: DesiredPolicy, spell: Spell): boolean {
  const isSame = (own: string | null, text: Expression | null): boolean => own === text || own === spell(table, text);
  return before.command === after.command && before.permissive === after.permissive && JSON.stringify(before.roles) === JSON.stringify(after.roles)
    && isSame(before.using, after.using) && isSame(before.withCheck, after.withCheck);
}

function drop(database: string, { schema, name }: ObservedRowSecurity, policy: ObservedPolicy): AccessChange {
  return { kind: "dropPolicy", path: observedPath("databases", database, "policies", `${schema}.${name}`, policy.name), database, table: { schema, name }, policy, isReplaced: false };
}
