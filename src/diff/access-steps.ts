/**
 * Changes to the steps of a plan. Before anything else: what is missing, as a step that fails. Then bare roles and closed
 * databases; the transactions, each proven first where there are several; ending sessions; clearing and dropping.
 */
import type { AccessChange, ChangeOf, Missing } from "../model/access";
import type { InstanceReference } from "../model/instance";
import { compareText } from "../model/name";
import type { Plan, Step } from "../model/plan";
import type { SqlScript } from "../model/policy";
import { NEW_DATABASE } from "../resolve/database";
import { renderAlterDatabase, renderCommentSchema, renderCreateDatabase, renderCreateSchema, renderDatabaseSetting, renderDropDatabase, renderExtension, renderInitialScript, renderNameDatabase, UNFINISHED_DATABASE } from "../render/database";
import { renderAlterOwner, renderCreatePolicy, renderDefaultPrivilege, renderDropPolicy, renderPrivileges, renderRowSecurity } from "../render/privilege";
import { MAINTENANCE_DATABASE, psql, transaction } from "../render/psql";
import {
  renderAlterRole, renderClearHoldings, renderCommentRole, renderCreateRole, renderDropRole, renderEndSessions, renderMembership, renderPasswords, renderRoleSetting,
} from "../render/role";
import { sh } from "../render/shell";
import type { Sql } from "../render/sql";
import { stageOf, type Stage } from "./order";

/** Seconds; ten thousand grants take a few. */
const TIMEOUT = 600;

/** A step that always fails, with one line for each thing that is missing. */
export function refuseMissing(missing: readonly Missing[]): readonly Step[] {
  const text = missing.map(({ path, what }) => `${path}: ${what}`);
  return missing.length === 0 ? [] : [{ title: "looking for everything that is declared on", script: sh`printf '%s\\n' ${text} >&2; exit 1` }];
}

/** @param changes in order */
export function planSteps(changes: readonly AccessChange[], instance: InstanceReference, salt: (role: string) => Uint8Array): Pick<Plan, "prepare" | "validate" | "finish"> {
  const at = (stage: Stage): readonly AccessChange[] => changes.filter((change) => stageOf(change) === stage);
  const render = (some: readonly AccessChange[]): readonly Sql[] => renderChanges(some, instance, salt);
  const databases = [...new Set(at("inside").map((change) => change.database as string))].sort(compareText);
  const transactions = [
    { title: "roles and memberships", database: MAINTENANCE_DATABASE, statements: render(at("instance")) },
    ...databases.map((database) => ({ title: `privileges in ${JSON.stringify(database)}`, database, statements: render(at("inside").filter((change) => change.database === database)) })),
  ].filter(({ statements }) => statements.length > 0);
  const step = (title: string, database: string, statements: readonly Sql[]): readonly Step[] =>
    (statements.length === 0 ? [] : [{ title, script: psql(instance, database, statements), timeout: TIMEOUT }]);
  const clearing = at("clear").map((change) => change.database as string);
  return {
    prepare: [
      ...step("making roles and databases", MAINTENANCE_DATABASE, render(at("prepare").filter((change) => !isScripted(change)))),
      ...at("prepare").filter(isScripted).flatMap((change) => makeScripted(change, instance)),
    ],
    validate: transactions.length < 2 ? [] : transactions.map(({ title, database, statements }) => ({ title: `trying ${title}`, script: transaction(instance, database, statements, "rollback"), timeout: TIMEOUT })),
    finish: [
      ...transactions.map(({ title, database, statements }) => ({ title: `setting ${title}`, script: transaction(instance, database, statements, "commit"), timeout: TIMEOUT })),
      ...step("ending sessions of roles without login", MAINTENANCE_DATABASE, render(at("end"))),
      ...[...new Set(clearing)].sort(compareText).map((database) => ({
        title: `clearing what retired roles hold in ${JSON.stringify(database)}`, script: transaction(instance, database, render(at("clear").filter((change) => change.database === database)), "commit"), timeout: TIMEOUT,
      })),
      ...step("dropping", MAINTENANCE_DATABASE, render(at("drop"))),
    ],
  };
}

type Scripted = ChangeOf<"createDatabase"> & { readonly initialScript: SqlScript };

const isScripted = (change: AccessChange): change is Scripted => change.kind === "createDatabase" && change.initialScript !== null;

/** Under another name until the script has run, so that an interrupted update starts it over. */
function makeScripted({ name, attributes, initialScript }: Scripted, instance: InstanceReference): readonly Step[] {
  const made = [...renderDropDatabase({ name: UNFINISHED_DATABASE }), ...renderCreateDatabase({ name: UNFINISHED_DATABASE, attributes }, NEW_DATABASE)];
  return [
    { title: `making database ${JSON.stringify(name)}`, script: psql(instance, MAINTENANCE_DATABASE, made), timeout: TIMEOUT },
    { title: `running the initial script of ${JSON.stringify(name)}`, script: transaction(instance, UNFINISHED_DATABASE, renderInitialScript(initialScript, attributes.owner), "commit"), timeout: TIMEOUT },
    { title: `naming database ${JSON.stringify(name)}`, script: psql(instance, MAINTENANCE_DATABASE, renderNameDatabase(name)), timeout: TIMEOUT },
  ];
}

type Kind = AccessChange["kind"];

/** Kinds that share statements or settings are rendered together, at the place of the first. */
const TOGETHER: Partial<Record<Kind, true>> = { setPassword: true, grant: true, revoke: true, endSessions: true };

export function renderChanges(changes: readonly AccessChange[], instance: InstanceReference, salt: (role: string) => Uint8Array): readonly Sql[] {
  const seen = new Set<Kind>();
  return changes.flatMap((change) => {
    if (TOGETHER[change.kind] !== true) {
      return renderChange(change, [change], instance, salt);
    }
    if (seen.has(change.kind)) {
      return [];
    }
    seen.add(change.kind);
    return renderChange(change, changes, instance, salt);
  });
}

function renderChange(change: AccessChange, all: readonly AccessChange[], instance: InstanceReference, salt: (role: string) => Uint8Array): readonly Sql[] {
  const every = <K extends Kind>(kind: K): readonly ChangeOf<K>[] => all.filter((other): other is ChangeOf<K> => other.kind === kind);
  switch (change.kind) {
    case "createRole": return renderCreateRole(change);
    case "alterRole": return renderAlterRole(change);
    case "setPassword": return renderPasswords(every("setPassword"), salt);
    case "endSessions": return renderEndSessions(every("endSessions").map(({ role }) => role));
    case "setRoleSetting":
    case "resetRoleSetting": return renderRoleSetting(change);
    case "commentRole": return renderCommentRole(change);
    case "clearHoldings": return renderClearHoldings(change);
    case "dropRole": return renderDropRole(change);
    case "grantMembership":
    case "revokeMembership": return renderMembership(change, instance.major);
    case "createDatabase": return renderCreateDatabase(change, NEW_DATABASE);
    case "alterDatabase": return renderAlterDatabase(change);
    case "setDatabaseSetting":
    case "resetDatabaseSetting": return renderDatabaseSetting(change);
    case "dropDatabase": return renderDropDatabase(change);
    case "createSchema": return renderCreateSchema(change);
    case "commentSchema": return renderCommentSchema(change);
    case "createExtension":
    case "moveExtension":
    case "updateExtension": return renderExtension(change);
    case "alterOwner": return renderAlterOwner(change);
    case "grant": return renderPrivileges(every("grant"));
    case "revoke": return renderPrivileges(every("revoke"));
    case "grantDefault":
    case "revokeDefault": return renderDefaultPrivilege(change);
    case "switchRowSecurity": return renderRowSecurity(change);
    case "createPolicy": return renderCreatePolicy(change);
    case "dropPolicy": return renderDropPolicy(change);
  }
}
