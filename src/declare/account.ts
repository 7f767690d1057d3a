/**
 * Unix accounts of a host. They have no password, ever: people log in with keys, services not at all. Refuses the
 * account names and homes that would break the host, and whatever would shut out the login of the update itself.
 */
import { z } from "zod";
import { LOGIN_REFUSING_SHELLS, type Account, type Group } from "../model/host";
import { rule, type IssueCollector, type Path } from "./issue";

export interface GroupArgs {
  readonly name: string;
  /** @default - the host chooses */
  readonly gid?: number;
}

export interface AccountArgs {
  readonly name: string;
  /** @default - the host chooses */
  readonly uid?: number;
  /** Primary group. @default - a group of the account's own name */
  readonly group?: string;
  /** Supplementary groups: these and no others. @default - left as they are */
  readonly groups?: readonly string[];
  /** @default - /home/NAME */
  readonly home?: string;
  /** @default - /bin/bash with authorizedKeys, else /usr/sbin/nologin */
  readonly shell?: string;
  /** Lines of authorized_keys; the file holds these and no others. @default - the file is left as it is */
  readonly authorizedKeys?: readonly string[];
  /** `all`: everything, without a password, since the account has none. @default "none" */
  readonly sudo?: "none" | "all";
}

export interface DeclaredAccount extends Account {
  readonly authorizedKeys: readonly string[] | null;
  readonly hasSudo: boolean;
}

/** useradd(8): what every tool on Debian can take. */
const unixName = z.string().refine((name) => /^[a-z_][a-z0-9_-]{0,30}$/.test(name), rule(
  "1 to 31 lower-case letters, digits, _ and -, beginning with a letter or _",
  "Choose such a name.",
));

const identity = z.int().min(100).max(59999);

export const directoryPath = z.string().refine(isPlainPath, rule(
  "an absolute path of letters, digits and . _ - @ + /, without .. and without a slash at its end",
  "Write the path in full.",
));

/** Paths that mean the same to every tool: no dots that climb, nothing to quote. */
export function isPlainPath(path: string): boolean {
  return /^(\/[A-Za-z0-9._@+-]+)+$/.test(path) && !path.split("/").some((part) => part === "." || part === "..") && path.length <= 255;
}

const KEY_TYPES = "(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com)";
const AUTHORIZED_KEY = new RegExp(`^(?:[^\\s"]+(?:"[^"\\n]*"[^\\s"]*)* )?${KEY_TYPES} AAAA[A-Za-z0-9+/]{20,}={0,3}(?: [^\\n]*)?$`);

const accountSchema = z.strictObject({
  name: unixName.refine((name) => name !== "root", rule("an account other than root", "Log in as another account and use sudo.")),
  uid: identity.exactOptional(),
  group: unixName.exactOptional(),
  groups: z.array(unixName).exactOptional(),
  home: directoryPath.exactOptional(),
  shell: directoryPath.exactOptional(),
  authorizedKeys: z.array(z.string().refine((key) => AUTHORIZED_KEY.test(key) && !/[\0\r]/.test(key), rule(
    "a line of authorized_keys such as \"ssh-ed25519 AAAA… name\"",
    "Pass the public key as one line, without a line break at its end.",
  ))).exactOptional(),
  sudo: z.enum(["none", "all"]).default("none"),
});

const groupSchema = z.strictObject({ name: unixName, gid: identity.exactOptional() });

export function declareGroup(value: unknown, path: Path, issues: IssueCollector): Group | undefined {
  const group = issues.parse(groupSchema, value, path);
  return group === undefined ? undefined : { name: group.name, gid: group.gid ?? null };
}

/** @param login account that the connection uses: it must be able to log in afterwards */
export function declareAccount(value: unknown, login: string | undefined, path: Path, issues: IssueCollector): DeclaredAccount | undefined {
  const account = issues.parse(accountSchema, value, path);
  if (account === undefined) {
    return undefined;
  }
  const { name, uid, group, groups, home = `/home/${name}`, authorizedKeys, sudo } = account;
  const shell = account.shell ?? (authorizedKeys === undefined ? "/usr/sbin/nologin" : "/bin/bash");
  const isLogin = name === login;
  if (isLogin && LOGIN_REFUSING_SHELLS.includes(shell)) {
    issues.add([...path, "shell"], account.shell, "a shell that lets the account log in", "The connection uses this account: give it /bin/bash, or connect as another.");
  }
  if (isLogin && authorizedKeys?.length === 0) {
    issues.add([...path, "authorizedKeys"], authorizedKeys, "at least one key", "The connection uses this account: name its key, or leave the property out.");
  }
  if (authorizedKeys !== undefined && authorizedKeys.length > 0 && LOGIN_REFUSING_SHELLS.includes(shell)) {
    issues.add([...path, "shell"], shell, "a shell, since the account has authorizedKeys", "Give it /bin/bash, or remove the keys.");
  }
  return {
    name,
    uid: uid ?? null,
    group: group ?? name,
    groups: groups === undefined ? null : [...new Set(groups)].sort(),
    home,
    shell,
    authorizedKeys: authorizedKeys ?? null,
    hasSudo: sudo === "all",
  };
}
