/**
 * The port to a host: the only door out. Apply, verify and the provider know this interface; ssh.ts is the only file
 * that knows OpenSSH. Scripts run as root (through `sudo -n` when the login is not root) in a POSIX shell.
 */
import type { MaybeSecret } from "../model/secret";
import type { Script } from "../model/plan";
import type { Probe } from "../inspect/probe";

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

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** One host, one connection, for the length of one update. */
export interface Transport {
  /** Printable name of the host: `user@host:port`. */
  readonly name: string;
  /** Runs a script in strict order with all others of this transport; rejects with RunError on a status other than 0. */
  run(title: string, script: Script, options?: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<string>;
  /**
   * Reads; probes that arrive together travel together, without waiting for one another's answers. On the host they
   * run in their order: four usual ones side by side took as long (50 to 125 ms, against 50 to 75) and would need files.
   */
  observe<T>(probe: Probe<T>): Promise<T>;
  /** The same login over a NEW connection, never a multiplexed one; proves that a person could get in now. */
  runFresh(title: string, script: Script, options?: { readonly timeout?: number }): Promise<string>;
  /** Takes the host's update lock (once; held until close). Waits up to `seconds`, then rejects naming who holds it. */
  lock(seconds: number): Promise<void>;
  close(): Promise<void>;
}
