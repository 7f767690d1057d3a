/** Declared roles and memberships with every value filled in, sorted by name. */
import type { DeclaredMembership, DeclaredRole } from "../declare/role";
import { compareText, sortBy } from "../model/name";
import type { DesiredMembership, DesiredPassword, DesiredRole, RoleSetting } from "../model/role";
import { readVerifier } from "../model/verifier";

export function resolveRoles(roles: readonly DeclaredRole[]): readonly DesiredRole[] {
  return sortBy(roles.map(resolveRole), (role) => role.name);
}

function resolveRole(role: DeclaredRole): DesiredRole {
  const { password, keepPassword, settings, databaseSettings, validUntil, comment, ...attributes } = role;
  const all = [
    ...settings.map((setting): RoleSetting => ({ ...setting, database: null })),
    ...databaseSettings.flatMap(({ database, settings: own }) => own.map((setting): RoleSetting => ({ ...setting, database }))),
  ];
  return {
    ...attributes,
    validUntil: validUntil === undefined ? null : wholeMoment(validUntil),
    comment: comment === undefined || comment === "" ? null : comment,
    settings: sortBy(all, ({ database, parameter }) => `${database ?? ""}\0${parameter}`),
    password: resolvePassword(password, keepPassword),
  };
}

function resolvePassword(password: DeclaredRole["password"], isKept: boolean): DesiredPassword {
  if (password === undefined) {
    return { kind: isKept ? "kept" : "none" };
  }
  return readVerifier(password.reveal()) === null ? { kind: "text", text: password } : { kind: "verifier", verifier: password };
}

/** With exactly six digits of a second where any are given, as the server shows a moment. */
function wholeMoment(text: string): string {
  const [, seconds = "", fraction = ""] = /^([^.Z]+)(?:\.([0-9]+))?Z$/.exec(text) ?? [];
  const whole = seconds.length === "2027-01-31T00:00".length ? `${seconds}:00` : seconds;
  const digits = fraction.slice(0, 6).replace(/0+$/, "");
  return `${whole}${digits === "" ? "" : `.${digits}`}Z`;
}

export function resolveMemberships(memberships: readonly DeclaredMembership[]): readonly DesiredMembership[] {
  return [...memberships]
    .map(({ inherit, set, grantor, ...membership }): DesiredMembership => ({ ...membership, inherit: inherit ?? true, set: set ?? true, grantor: grantor ?? null }))
    .sort((a, b) => compareText(a.role, b.role) || compareText(a.member, b.member));
}
