/**
 * A file that pgrampart owns whole: its bytes, owner, group and mode. The same shape describes what is observed,
 * where `content` is a digest because secret content never leaves the host.
 */
import type { MaybeSecret } from "./secret";

export interface FileIdentity {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  /** Four octal digits, such as `0640`. */
  readonly mode: string;
}

export interface ManagedFile extends FileIdentity {
  readonly content: MaybeSecret<string>;
}

/** What the host shows. A missing file is absent from the list it would be in. */
export interface ObservedFile extends FileIdentity {
  /** SHA-256 of the bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ManagedDirectory extends FileIdentity {
  readonly kind: "directory";
}
