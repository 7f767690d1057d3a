/**
 * systemd units: what is wanted of them, and what they show. A hardening directive carries its reason and source, so
 * that the drop-in, its check on the host and the documentation come from one row.
 */

export interface ServiceUnit {
  /** With its suffix: `ssh.service`. */
  readonly unit: string;
  /** Starts at boot. `null`: not declared */
  readonly isEnabled: boolean | null;
  /** Runs now. `null`: not declared */
  readonly isRunning: boolean | null;
}

export interface ObservedUnit {
  readonly unit: string;
  readonly isEnabled: boolean;
  readonly isMasked: boolean;
  readonly isRunning: boolean;
}

/** One line of a sandbox drop-in. */
export interface SandboxDirective {
  readonly directive: string;
  /** Several lines of the same directive where systemd merges them. */
  readonly values: readonly string[];
  readonly reason: string;
  readonly source: string;
}
