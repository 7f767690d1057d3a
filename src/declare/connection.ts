/**
 * How a host is reached: the arguments of `@pulumi/command`'s remote connections plus pinned host keys. Refuses passwords
 * (sshd of a hardened host takes none), a connection without a pinned key, and what an ssh_config could misread.
 */
import { z } from "zod";
import { parseAddress } from "../model/address";
import { HOST_KEY_TYPES, parseHostKey } from "../model/host-key";
import { Secret } from "../model/secret";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { rule, type IssueCollector, type Path } from "./issue";

/** Inputs of every resource on a host that hold secrets; `password` is refused, but must not be printed either. */
export const CONNECTION_SECRETS = ["connection", "connection.proxy"]
  .flatMap((hop) => ["privateKey", "privateKeyPassword", "password"].map((name) => `${hop}.${name}`));

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?)*\.?$/;
const ACCOUNT = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;

const secretText = z.custom<Secret<string>>((value) => value instanceof Secret && typeof value.reveal() === "string", rule("a text", "Pass the text itself, as a secret."));

const privateKey = secretText.refine((key) => key.reveal().includes("PRIVATE KEY-----"),
  rule("a private key in OpenSSH's or PEM's form", "Pass the file's content, not its path."));

const hostKey = z.string().refine((line) => parseHostKey(line) !== null, rule(
  `a line of an OpenSSH .pub file (${HOST_KEY_TYPES.slice(0, 2).join(", ")}, …)`,
  "Take it from the host's console: cat /etc/ssh/ssh_host_ed25519_key.pub",
));

const hop = z.strictObject({
  host: z.string().refine((host) => HOST_NAME.test(host) || parseAddress(host) !== null, rule("an IP address or a host name", "Write the address without user and port; those have arguments of their own.")),
  port: z.int().min(1).max(65535).exactOptional(),
  user: z.string().regex(ACCOUNT).exactOptional(),
  privateKey: privateKey.exactOptional(),
  privateKeyPassword: secretText.exactOptional(),
  agentSocketPath: z.string().regex(/^\/[^\0\r\n"$\\]{0,106}$/).exactOptional(),
  dialErrorLimit: z.int().min(-1).max(1000).exactOptional(),
  perDialTimeout: z.number().min(0).max(600).exactOptional(),
  hostKeys: z.array(hostKey).min(1).max(64),
});

const connection = hop.extend({ proxy: hop.exactOptional() });

/**
 * @param value the argument `connection`, its keys wrapped in Secret
 * @returns `undefined` when it has faults or when a part of it is not known yet
 */
export function declareConnection(value: unknown, issues: IssueCollector, path: Path = ["connection"]): Connection | undefined {
  const parsed = issues.parse(connection, value, path);
  return parsed === undefined || containsUnknown(value) ? undefined : parsed;
}
