/**
 * From the observed roles to the desired ones. A role nobody declared is retired: disabled first (no login, no password, no
 * attribute, sessions ended), then, by choice, cleared of what it holds in every database and dropped.
 */
import type { AccessChange, AccessDifference, DesiredAccess, Missing, ObservedAccess } from "../model/access";
import { compareText } from "../model/name";
import {
  ATTRIBUTES, type DesiredMembership, type DesiredPassword, type DesiredRole, type Holding, type Membership, type ObservedRole, type RoleAttributes, type RoleSetting,
} from "../model/role";
import { isMadeOf } from "../model/verifier";
import { MAINTENANCE_DATABASE } from "../render/psql";
import { diffCollection, observedPath } from "./collection";

/** What CREATE ROLE makes without options. */
const BARE: RoleAttributes = {
  login: false, superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true, connectionLimit: -1, validUntil: null,
};

export function diffRoles(observed: ObservedAccess, desired: DesiredAccess): AccessDifference {
  if (desired.roles === undefined) {
    return { changes: [], missing: [] };
  }
  const { added, removed, kept } = diffCollection(observed.roles ?? [], desired.roles, (role) => role.name, (role) => role.name);
  const retired = desired.retire === "keep" ? [] : removed.map((role) => retireRole(role, observed.holdings ?? [], desired));
  return {
    changes: [
      ...added.flatMap((role): readonly AccessChange[] => [
        { kind: "createRole", path: role.path, database: null, role: role.name },
        ...alterRole({ ...BARE, name: role.name, comment: null, settings: [], verifier: null }, role, true),
      ]),
      ...kept.flatMap(([before, after]) => alterRole(before, after, false)),
      ...retired.flatMap((retirement) => retirement.changes),
    ],
    missing: retired.flatMap((retirement) => retirement.missing),
  };
}

function alterRole(before: ObservedRole, after: DesiredRole, isNew: boolean): readonly AccessChange[] {
  const at = { path: after.path, database: null, role: after.name };
  const differing = ATTRIBUTES.filter((attribute) => before[attribute] !== after[attribute]);
  const pick = (role: RoleAttributes): Partial<RoleAttributes> => Object.fromEntries(differing.map((attribute) => [attribute, role[attribute]]));
  const changes: AccessChange[] = [];
  if (differing.length > 0) {
    changes.push({ ...at, kind: "alterRole", isNew, before: pick(before), after: pick(after) });
  }
  if (!isPasswordSet(before, after.password)) {
    changes.push({ ...at, kind: "setPassword", before: passwordKind(before), password: after.password.kind === "kept" ? { kind: "none" } : after.password });
  }
  if (before.login && !after.login) {
    changes.push({ ...at, kind: "endSessions" });
  }
  if (before.comment !== after.comment) {
    changes.push({ ...at, kind: "commentRole", before: before.comment, comment: after.comment });
  }
  return [...changes, ...diffSettings(before.settings, after)];
}

function passwordKind({ verifier }: ObservedRole): "none" | "md5" | "scram-sha-256" {
  return verifier === null ? "none" : verifier.reveal().startsWith("md5") ? "md5" : "scram-sha-256";
}

function isPasswordSet(observed: ObservedRole, password: DesiredPassword): boolean {
  switch (password.kind) {
    case "none":
      return observed.verifier === null;
    case "kept":
      return passwordKind(observed) !== "md5";
    case "text":
      return observed.verifier !== null && isMadeOf(observed.verifier, password.text);
    case "verifier":
      return observed.verifier?.reveal() === password.verifier.reveal();
  }
}

const settingKey = ({ database, parameter }: RoleSetting): string => JSON.stringify([database, parameter]);

function diffSettings(before: readonly RoleSetting[], { path, name, settings }: DesiredRole): readonly AccessChange[] {
  const { added, removed, kept } = diffCollection(before, settings, settingKey, settingKey);
  const at = (setting: RoleSetting): { readonly path: string; readonly database: null; readonly role: string; readonly in: string | null } => ({
    path: setting.database === null ? `${path}.settings[${JSON.stringify(setting.parameter)}]` : `${path}.databaseSettings[${JSON.stringify(setting.database)}][${JSON.stringify(setting.parameter)}]`,
    database: null, role: name, in: setting.database,
  });
  return [
    ...removed.map((setting): AccessChange => ({ ...at(setting), kind: "resetRoleSetting", parameter: setting.parameter, before: setting.value })),
    ...added.map((setting): AccessChange => ({ ...at(setting), kind: "setRoleSetting", setting, before: null })),
    ...kept.filter(([old, wanted]) => !isSameSetting(old.value, wanted.value))
      .map(([old, wanted]): AccessChange => ({ ...at(wanted), kind: "setRoleSetting", setting: wanted, before: old.value })),
  ];
}

export function isSameSetting(a: string | readonly string[], b: string | readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function retireRole(role: ObservedRole, holdings: readonly Holding[], desired: DesiredAccess): AccessDifference {
  const path = observedPath("roles", role.name);
  const disabled: DesiredRole = { ...role, ...BARE, inherit: role.inherit, connectionLimit: role.connectionLimit, validUntil: role.validUntil, password: { kind: "none" }, path };
  const changes = alterRole(role, disabled, false);
  if (desired.retire !== "drop") {
    return { changes, missing: [] };
  }
  const own = holdings.filter((holding) => holding.role === role.name);
  const owning = own.filter((holding) => holding.owns).map((holding) => holding.database ?? "the instance itself");
  const missing: readonly Missing[] = owning.length === 0 || desired.heir !== null ? [] : [{
    path, what: `the role ${JSON.stringify(role.name)} cannot be dropped: it owns objects in ${owning.join(", ")}; name an heir, or choose retire: "disable"`,
  }];
  const databases = [...new Set([MAINTENANCE_DATABASE, ...own.flatMap((holding) => holding.database ?? [])])].sort(compareText);
  return {
    changes: [
      ...changes,
      ...(own.length === 0 ? [] : databases).map((database): AccessChange => ({ kind: "clearHoldings", path, database, role: role.name, heir: desired.heir })),
      { kind: "dropRole", path, database: null, role: role.name },
    ],
    missing,
  };
}

const membershipKey = ({ role, member, grantor }: Membership): string => JSON.stringify([role, member, grantor]);

/**
 * Edges are kept apart by grantor. A revoke takes along what the member granted on; those of it that are still desired are
 * granted again.
 */
export function diffMemberships(observed: ObservedAccess, desired: DesiredAccess): readonly AccessChange[] {
  if (desired.memberships === undefined) {
    return [];
  }
  const { added, removed, kept } = diffCollection(observed.memberships ?? [], desired.memberships, membershipKey, membershipKey);
  const changed = kept.filter(([before, after]) => before.admin !== after.admin || before.inherit !== after.inherit || before.set !== after.set);
  const dropped = new Set((observed.roles ?? []).filter((role) => desired.roles !== undefined && !desired.roles.some((own) => own.name === role.name)).map((role) => role.name));
  const isKept = ({ role, member }: Membership): boolean => desired.retire === "keep" && (dropped.has(role) || dropped.has(member));
  const revoked = [...removed.filter((edge) => !isKept(edge)), ...changed.filter(([before, after]) => before.admin && !after.admin).map(([before]) => before)];
  const lost = dependents(revoked, observed.memberships ?? []);
  const again = kept.filter(([before]) => lost.has(membershipKey(before)) && !changed.some(([other]) => other === before)).map(([, after]) => after);
  const grant = (membership: DesiredMembership, before: Membership | null): AccessChange => ({ kind: "grantMembership", path: membership.path, database: null, membership, before });
  const isOption = new Set(changed.map(([before]) => before));
  return [
    ...byDepth(revoked, observed.memberships ?? []).reverse().map((membership): AccessChange => ({
      kind: "revokeMembership", database: null, membership, onlyAdmin: isOption.has(membership),
      path: changed.find(([before]) => before === membership)?.[1].path ?? observedPath("memberships", membership.role, membership.member),
    })),
    ...byDepth([...added, ...changed.map(([, after]) => after), ...again], desired.memberships)
      .map((membership) => grant(membership, kept.find(([, after]) => after === membership)?.[0] ?? null)),
  ];
}

/** Keys of the edges that go when the member of a revoked edge can no longer grant the role. */
function dependents(revoked: readonly Membership[], all: readonly Membership[]): ReadonlySet<string> {
  const lost = new Set<string>();
  let frontier = revoked;
  while (frontier.length > 0) {
    const next = all.filter((edge) => !lost.has(membershipKey(edge)) && frontier.some(({ role, member }) => edge.role === role && edge.grantor === member));
    next.forEach((edge) => lost.add(membershipKey(edge)));
    frontier = next;
  }
  return lost;
}

/** Those the bootstrap superuser granted first, then what their members granted, and so on. */
function byDepth<T extends Membership>(edges: readonly T[], all: readonly Membership[]): T[] {
  const granted = new Map<string, Membership[]>();
  all.filter((edge) => edge.admin).forEach((edge) => granted.set(`${edge.role}\0${edge.member}`, [...(granted.get(`${edge.role}\0${edge.member}`) ?? []), edge]));
  const depth = ({ role, grantor }: Membership, seen: readonly string[]): number =>
    grantor === null || seen.includes(grantor) ? 0 : 1 + Math.max(0, ...(granted.get(`${role}\0${grantor}`) ?? []).map((edge) => depth(edge, [...seen, grantor])));
  return edges.map((edge) => [depth(edge, []), edge] as const).sort(([a], [b]) => a - b).map(([, edge]) => edge);
}
