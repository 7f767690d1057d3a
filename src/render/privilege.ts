/**
 * Changes of privileges, owners and row security to statements, as few as say the same: objects with the same privileges
 * for the same grantee share one, and so do grantees with the same objects. Revokes take dependent privileges along.
 * Source: PostgreSQL, sql-grant, sql-revoke, sql-alterdefaultprivileges, sql-createpolicy.
 */
import type { ChangeOf, PrivilegeItem } from "../model/access";
import { PUBLIC } from "../model/name";
import { DEFAULT_PRIVILEGE_KINDS, OBJECT_KINDS, objectKey, type ObjectName, type TypeName } from "../model/privilege";
import { EMPTY, expression, identifier, join, keyword, literal, parameterName, qualified, sql, type Sql } from "./sql";

/** Objects in one statement: long lists only make errors hard to read. */
const BATCH = 100;

export function renderObject(object: ObjectName): Sql {
  switch (object.kind) {
    case "largeObject":
      return literal(Number(object.name));
    case "parameter":
      return parameterName(object.name);
    case "routine":
      return sql`${qualified(object.schema, object.name)}${object.arguments === null ? EMPTY : sql`(${join(object.arguments.map(renderType))})`}`;
    default:
      return qualified(object.schema, object.name);
  }
}

function renderType({ schema, name, isArray }: TypeName): Sql {
  return sql`${qualified(schema, name)}${isArray ? sql`[]` : EMPTY}`;
}

function grantees(names: readonly string[]): Sql {
  return join(names.map((name) => (name === PUBLIC ? keyword("PUBLIC") : identifier(name))));
}

type Privileged = ChangeOf<"grant"> | ChangeOf<"revoke">;

interface Statement {
  readonly change: Privileged;
  readonly objects: ObjectName[];
  readonly grantees: string[];
}

/** Grants by the owner first, then those by roles that have just got the option to. */
export function renderPrivileges(changes: readonly Privileged[]): readonly Sql[] {
  const byGrantee = group(changes.map((change): Statement => ({ change, objects: [change.object], grantees: [change.grantee] })),
    ({ change }) => `${shape(change)}\0${change.grantee}`, (into, { objects }) => into.objects.push(...objects));
  const byObjects = group(byGrantee, ({ change, objects }) => `${shape(change)}\0${objects.map(objectKey).sort().join("\0")}`, (into, { grantees: more }) => into.grantees.push(...more));
  return inGrantOrder(byObjects).flatMap(renderStatement);
}

/** What two changes must have in common to share a statement, beside objects or grantees. */
function shape(change: Privileged): string {
  const { kind, object, privileges, columns, grantor, withGrantOption } = change;
  const option = change.kind === "revoke" ? change.onlyGrantOption : withGrantOption;
  return JSON.stringify([kind, object.kind, privileges, columns, change.kind === "revoke" ? null : grantor, option, change.kind === "grant" && grantor !== null ? depthKey(change) : ""]);
}

const depthKey = ({ object }: PrivilegeItem): string => objectKey(object);

function group(statements: readonly Statement[], key: (statement: Statement) => string, merge: (into: Statement, other: Statement) => void): readonly Statement[] {
  const groups = new Map<string, Statement>();
  for (const statement of statements) {
    const into = groups.get(key(statement));
    if (into === undefined) {
      groups.set(key(statement), { ...statement, objects: [...statement.objects], grantees: [...statement.grantees] });
    } else {
      merge(into, statement);
    }
  }
  return [...groups.values()];
}

function inGrantOrder(statements: readonly Statement[]): readonly Statement[] {
  const depth = (statement: Statement, seen: readonly Statement[]): number => {
    const { change, objects } = statement;
    if (change.kind === "revoke" || change.grantor === null || seen.includes(statement)) {
      return 0;
    }
    const keys = objects.map(objectKey);
    const before = statements.filter((other) => other.grantees.includes(change.grantor as string) && other.objects.some((object) => keys.includes(objectKey(object))));
    return 1 + Math.max(0, ...before.map((other) => depth(other, [...seen, statement])));
  };
  return statements.map((statement) => [depth(statement, []), statement] as const).sort(([a], [b]) => a - b).map(([, statement]) => statement);
}

function renderStatement({ change, objects, grantees: names }: Statement): readonly Sql[] {
  const columns = change.columns.length === 0 ? EMPTY : sql` (${join(change.columns.map(identifier))})`;
  const privileges = join(change.privileges.map((privilege) => sql`${keyword(privilege)}${columns}`));
  const batches = Array.from({ length: Math.ceil(objects.length / BATCH) }, (_, index) => objects.slice(index * BATCH, (index + 1) * BATCH));
  return batches.flatMap((batch) => {
    const on = sql`${privileges} ON ${keyword(OBJECT_KINDS[change.object.kind].keyword)} ${join(batch.map(renderObject))}`;
    if (change.kind === "revoke") {
      return [sql`REVOKE ${change.onlyGrantOption ? sql`GRANT OPTION FOR ` : EMPTY}${on} FROM ${grantees(names)} CASCADE`];
    }
    const grant = sql`GRANT ${on} TO ${grantees(names)}${change.withGrantOption ? sql` WITH GRANT OPTION` : EMPTY}`;
    return change.grantor === null ? [grant] : [sql`SET LOCAL ROLE ${identifier(change.grantor)}`, grant, sql`RESET ROLE`];
  });
}

export function renderDefaultPrivilege(change: ChangeOf<"grantDefault"> | ChangeOf<"revokeDefault">): readonly Sql[] {
  const { creator, schema, objects, privileges, grantee, withGrantOption } = change;
  const where = sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(creator)}${schema === null ? EMPTY : sql` IN SCHEMA ${identifier(schema)}`}`;
  const on = sql`${join(privileges.map(keyword))} ON ${keyword(DEFAULT_PRIVILEGE_KINDS[objects])}`;
  return [change.kind === "grantDefault"
    ? sql`${where} GRANT ${on} TO ${grantees([grantee])}${withGrantOption ? sql` WITH GRANT OPTION` : EMPTY}`
    : sql`${where} REVOKE ${withGrantOption ? sql`GRANT OPTION FOR ` : EMPTY}${on} FROM ${grantees([grantee])} CASCADE`];
}

export function renderAlterOwner({ object, owner }: ChangeOf<"alterOwner">): readonly Sql[] {
  return [sql`ALTER ${keyword(OBJECT_KINDS[object.kind].keyword)} ${renderObject(object)} OWNER TO ${identifier(owner)}`];
}

export function renderRowSecurity({ table, before, after }: ChangeOf<"switchRowSecurity">): readonly Sql[] {
  const alter = sql`ALTER TABLE ${qualified(table.schema, table.name)}`;
  return [
    ...(before.enabled === after.enabled ? [] : [sql`${alter} ${keyword(after.enabled ? "ENABLE" : "DISABLE")} ROW LEVEL SECURITY`]),
    ...(before.forced === after.forced ? [] : [sql`${alter} ${after.forced ? EMPTY : sql`NO `}FORCE ROW LEVEL SECURITY`]),
  ];
}

export function renderCreatePolicy({ table, policy }: ChangeOf<"createPolicy">): readonly Sql[] {
  const { name, permissive, command, roles, using, withCheck } = policy;
  return [sql`CREATE POLICY ${identifier(name)} ON ${qualified(table.schema, table.name)} AS ${keyword(permissive ? "PERMISSIVE" : "RESTRICTIVE")} FOR ${keyword(command)} TO ${grantees(roles)}${
    using === null ? EMPTY : sql` USING ${expression(using)}`}${withCheck === null ? EMPTY : sql` WITH CHECK ${expression(withCheck)}`}`];
}

export function renderDropPolicy({ table, policy }: ChangeOf<"dropPolicy">): readonly Sql[] {
  return [sql`DROP POLICY IF EXISTS ${identifier(policy.name)} ON ${qualified(table.schema, table.name)}`];
}
