/** How a host is reached, as a program says it. */
import type { MaybeSecret } from "./secret";

/**
 * How a host is reached: the shape of `@pulumi/command`'s remote `ConnectionArgs`, plus `hostKeys`.
 * An unknown or changed host key is always refused.
 */
export interface Connection {
  readonly host: string;
  /** @default - 22 */
  readonly port?: number;
  /** @default - "root" */
  readonly user?: string;
  /** The content of a key file. @default - the keys of an SSH agent */
  readonly privateKey?: MaybeSecret<string>;
  /** Opens an encrypted `privateKey`. @default - the key is not encrypted */
  readonly privateKeyPassword?: MaybeSecret<string>;
  /** Path of an SSH agent's socket. @default - $SSH_AUTH_SOCK when no privateKey is given */
  readonly agentSocketPath?: string;
  /** Attempts to dial before giving up. @default - 10 */
  readonly dialErrorLimit?: number;
  /** Seconds for one attempt. @default - 15 */
  readonly perDialTimeout?: number;
  /** Public keys the host may show, each as in an OpenSSH `.pub` file (`ssh-ed25519 AAAA…`). At least one. */
  readonly hostKeys: readonly string[];
  /** A host to go through, with keys of its own. @default - none: directly */
  readonly proxy?: Omit<Connection, "proxy">;
}
