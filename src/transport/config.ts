/**
 * The text of the ssh_config and known_hosts that one hop is reached with. Ours comes first, and in ssh_config the
 * first value wins, so no user's file can weaken it. A connection with a `privateKey` is described whole by its
 * arguments and reads no other file: it works alike on every machine. Without one, the user's and the system's
 * ssh_config follow and bring agents, hardware keys, certificates and their own jump hosts; the pins apply to this
 * hop only, never to a jump host that the user's file names.
 */
import { hostKeyAlgorithms, parseHostKey, type HostKey } from "../model/host-key";
import { shellWord } from "../render/shell";
import type { Connection } from "../model/connection";

export type Hop = Omit<Connection, "proxy">;

/** Files of one hop, all in a private directory. */
export interface HopFiles {
  readonly config: string;
  readonly knownHosts: string;
  /** OpenSSH's own messages, apart from what the host says. */
  readonly log: string;
  /** Socket of the agent that holds the hop's `privateKey`. */
  readonly agent: string;
}

export const DEFAULT_USER = "root";
export const DEFAULT_PORT = 22;
export const DEFAULT_DIAL_TIMEOUT = 15;
export const DEFAULT_DIAL_LIMIT = 10;

/** The name under which the pinned keys stand in known_hosts: the same whatever way leads to the host. */
const KEY_ALIAS = "pgrampart-pinned";

export function hopName(hop: Hop): string {
  const host = hop.host.includes(":") ? `[${hop.host}]` : hop.host;
  return `${hop.user ?? DEFAULT_USER}@${host}:${hop.port ?? DEFAULT_PORT}`;
}

/** Lines that are no keys were refused in the declaration. */
export function pinnedKeys(hop: Hop): readonly HostKey[] {
  return hop.hostKeys.flatMap((line) => parseHostKey(line) ?? []);
}

export function renderKnownHosts(hop: Hop): string {
  return pinnedKeys(hop).map((key) => `${KEY_ALIAS} ${key.type} ${key.base64}\n`).join("");
}

/** Host key that is not pinned: refused. Questions: never asked. Nothing of this side is forwarded. */
const FIXED: readonly (readonly [string, string])[] = [
  ["HostKeyAlias", KEY_ALIAS],
  ["GlobalKnownHostsFile", "/dev/null"],
  ["KnownHostsCommand", "none"],
  ["StrictHostKeyChecking", "yes"],
  ["VerifyHostKeyDNS", "no"],
  ["NoHostAuthenticationForLocalhost", "no"],
  ["UpdateHostKeys", "no"],
  ["CheckHostIP", "no"],
  ["BatchMode", "yes"],
  ["ForwardAgent", "no"],
  ["ForwardX11", "no"],
  ["ClearAllForwardings", "yes"],
  ["PermitLocalCommand", "no"],
  ["Tunnel", "no"],
  ["RequestTTY", "no"],
  ["RemoteCommand", "none"],
  ["SessionType", "default"],
  ["StdinNull", "no"],
  ["ForkAfterAuthentication", "no"],
  ["ControlMaster", "no"],
  ["ControlPath", "none"],
  ["EscapeChar", "none"],
  ["ServerAliveInterval", "10"],
  ["ServerAliveCountMax", "3"],
  ["LogLevel", "DEBUG1"],
];

/** @param jump files of the hop before this one, if there is one */
export function renderConfig(hop: Hop, files: HopFiles, jump?: { readonly hop: Hop; readonly files: HopFiles }): string {
  const settings: (readonly [string, string])[] = [
    ["Port", String(hop.port ?? DEFAULT_PORT)],
    ["User", hop.user ?? DEFAULT_USER],
    ["UserKnownHostsFile", literalPath(files.knownHosts)],
    ["HostKeyAlgorithms", hostKeyAlgorithms(pinnedKeys(hop)).join(",")],
    ["ConnectTimeout", String(Math.ceil(hop.perDialTimeout ?? DEFAULT_DIAL_TIMEOUT))],
    ...FIXED,
    ...identity(hop, files),
  ];
  if (jump !== undefined) {
    const command = ["ssh", "-F", jump.files.config, "-E", jump.files.log, "-W", "[%h]:%p", "--", jump.hop.host];
    settings.push(["ProxyCommand", command.map((word) => (word === "[%h]:%p" ? word : shellWord(word).replaceAll("%", "%%"))).join(" ")]);
  }
  const block = settings.map(([name, value]) => `  ${name} ${value}\n`).join("");
  const others = hop.privateKey === undefined ? "Match all\nInclude ~/.ssh/config\nInclude /etc/ssh/ssh_config\n" : "";
  return `Host ${hop.host}\n${block}${others}`;
}

/** With a key of its own the hop is never logged in to by any other means. */
function identity(hop: Hop, files: HopFiles): readonly (readonly [string, string])[] {
  if (hop.privateKey !== undefined) {
    return [["IdentityAgent", literalPath(files.agent)], ["IdentityFile", "none"], ["PreferredAuthentications", "publickey"]];
  }
  return hop.agentSocketPath === undefined ? [] : [["IdentityAgent", literalPath(hop.agentSocketPath)]];
}

/** OpenSSH expands `%` and splits at blanks. */
function literalPath(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
