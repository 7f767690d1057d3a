/**
 * Accounts: missing ones are made, others are changed field by field and can be changed back. What cannot be changed
 * safely on a running host (a numeric id) is left for a person, with the reason. No account is ever removed, and
 * nothing is taken from the one that this very connection uses.
 */
import type { Account, ObservedAccount, ObservedHost } from "../model/host";
import type { Change, Step } from "../model/plan";
import { renderAccount, renderAccountChange, renderGroup, type AccountChange } from "../render/host";
import { sh } from "../render/shell";
import type { DesiredHost } from "../resolve/host";

export interface AccountDifference {
  readonly changes: readonly Change[];
  readonly prepare: readonly Step[];
  /** Refusals: steps that fail, with the reason. */
  readonly validate: readonly Step[];
  readonly activate: readonly Step[];
  readonly restore: readonly Step[];
}

export function diffAccounts(observed: ObservedHost, desired: DesiredHost): AccountDifference {
  const parts = [
    ...desired.groups.map((group): AccountDifference => {
      const found = observed.groups.find(({ name }) => name === group.name);
      return found === undefined
        ? only({ changes: [{ path: group.origin, kind: "add", after: group.name, hazards: [] }], prepare: [{ title: `making the group ${group.name}`, script: renderGroup(group) }] })
        : group.gid === null || group.gid === found.gid ? only({}) : refusal(`${group.origin}.gid`, `group ${group.name}`, found.gid, group.gid);
    }),
    ...desired.accounts.map((account) => {
      const found = observed.accounts.find(({ name }) => name === account.name);
      return found === undefined
        ? only({
            changes: [{ path: account.origin, kind: "add", after: account.name, hazards: account.hasSudo || account.authorizedKeys !== null ? ["access-widened"] : [] }],
            prepare: [{ title: `making the account ${account.name}`, script: renderAccount(account) }],
          })
        : diffAccount(found, account, account.origin);
    }),
    ...forgotten(observed, desired).map((account) => retireAccount(account)),
  ];
  return {
    changes: parts.flatMap(({ changes }) => changes),
    prepare: parts.flatMap(({ prepare }) => prepare),
    validate: parts.flatMap(({ validate }) => validate),
    activate: parts.flatMap(({ activate }) => activate),
    restore: parts.flatMap(({ restore }) => restore),
  };
}

function diffAccount(found: ObservedAccount, account: Account, origin: string): AccountDifference {
  if (account.uid !== null && account.uid !== found.uid) {
    return refusal(`${origin}.uid`, `account ${found.name}`, found.uid, account.uid);
  }
  const { name } = account;
  const fields = [
    field("group", found.group, account.group),
    field("groups", found.groups, account.groups ?? found.groups),
    field("home", found.home, account.home),
    field("shell", found.shell, account.shell),
    ...(found.password === "locked" ? [] : [{ name: "password", before: found.password, after: "locked", forth: { isLocked: true }, back: { isLocked: false } }]),
    ...(found.isExpired ? [{ name: "expired", before: true, after: false, forth: { isExpired: false }, back: { isExpired: true } }] : []),
  ].flat();
  return fields.length === 0 ? only({}) : only({
    changes: fields.map((one) => ({ path: `${origin}.${one.name}`, kind: "update", before: one.before, after: one.after, hazards: ["lockout"] })),
    activate: [{ title: `changing the account ${name}`, script: renderAccountChange(Object.assign({ name }, ...fields.map(({ forth }) => forth)) as AccountChange) }],
    restore: [{ title: `changing the account ${name} back`, script: renderAccountChange(Object.assign({ name }, ...fields.map(({ back }) => back)) as AccountChange) }],
  });
}

interface FieldDifference {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly forth: Partial<AccountChange>;
  readonly back: Partial<AccountChange>;
}

function field(name: "group" | "groups" | "home" | "shell", before: string | readonly string[], after: string | readonly string[]): readonly FieldDifference[] {
  return String(before) === String(after) ? [] : [{ name, before, after, forth: { [name]: after }, back: { [name]: before } }];
}

/** Accounts that we made, that are no longer declared, and that can still log in. */
function forgotten(observed: ObservedHost, desired: DesiredHost): readonly ObservedAccount[] {
  return observed.accounts.filter(({ name, isExpired }) =>
    !isExpired && name !== desired.login && !desired.accounts.some((account) => account.name === name) && observed.manifest.includes(`account ${name} created`));
}

/** Locked and expired, not removed: what it owns keeps its owner, and nobody else gets its number. */
function retireAccount({ name }: ObservedAccount): AccountDifference {
  return only({
    changes: [{ path: `observed.accounts.${name}`, kind: "delete", before: name, hazards: ["access-narrowed", "lockout"] }],
    activate: [{ title: `locking the account ${name}`, script: renderAccountChange({ name, isExpired: true }) }],
    restore: [{ title: `unlocking the account ${name}`, script: renderAccountChange({ name, isExpired: false }) }],
  });
}

function refusal(path: string, what: string, found: number, declared: number): AccountDifference {
  return only({
    changes: [{ path, kind: "update", before: found, after: declared, hazards: [] }],
    validate: [{
      title: `changing the number of ${what}`,
      script: sh`echo ${`${what} has the number ${found}, ${declared} is declared: files would change hands. Change it by hand (usermod, groupmod, chown), or declare ${found}`} >&2; false`,
    }],
  });
}

const only = (part: Partial<AccountDifference>): AccountDifference => ({ changes: [], prepare: [], validate: [], activate: [], restore: [], ...part });
