/**
 * The port to a host: the only door out. Apply, verify and the provider know this interface; ssh.ts is the only file
 * that knows OpenSSH. Scripts run as root (through `sudo -n` when the login is not root) in a POSIX shell.
 */
import type { Script } from "../model/plan";
import type { Probe } from "../inspect/probe";

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
