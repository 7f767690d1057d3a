/** Host-based access of one instance, as it shall be and as the host shows it. */
import type { ObservedFile } from "./file";
import type { HbaEntry, HbaLine, IdentEntry, IdentLine } from "./hba";
import type { InstanceReference } from "./instance";

/** An entry and the property that declares it; built-in entries belong to the list as a whole. */
export interface Placed<Entry> {
  readonly path: string;
  readonly entry: Entry;
}

export interface HbaProof {
  readonly title: string;
  /** Shell, run on the host as root. */
  readonly command: string;
}

export interface DesiredHba {
  readonly instance: InstanceReference;
  readonly records: readonly Placed<HbaEntry>[];
  readonly identMappings: readonly Placed<IdentEntry>[];
  readonly proofs: readonly HbaProof[];
  readonly guardSeconds: number;
}

/** A line of the file: its entry in the file's spelling, or what is wrong with it. */
export type ObservedLine<Line> = { readonly line: number } & (Line | { readonly fault: string });

/** What the server refuses or cannot use. */
export interface HbaFault {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface ObservedHba {
  readonly instance: InstanceReference;
  /** Both files, as far as they exist. The digest passes over lines that hold a shared secret. */
  readonly files: readonly ObservedFile[];
  readonly records: readonly ObservedLine<HbaLine>[];
  readonly identMappings: readonly ObservedLine<IdentLine>[];
  /** `null`: not running, or it does not let the local administrator in. */
  readonly server: ObservedHbaServer | null;
}

export interface ObservedHbaServer {
  /** Paths of the files it reads. */
  readonly hbaFile: string;
  readonly identFile: string;
  /** Whether what it has loaded is what is on the disk. */
  readonly isLoaded: boolean;
  readonly faults: readonly HbaFault[];
}
