/**
 * An instance as it is wanted and as it is found. Both sides name the same files, directories and parameters, so that
 * the difference is a function of two equals; secret content is a digest on the found side.
 */
import type { CertificateFacts } from "./certificate";
import type { FileIdentity, ManagedDirectory, ObservedFile } from "./file";
import type { InstancePaths, InstanceReference, Major } from "./instance";
import type { Parameter } from "./parameter";
import type { Secret } from "./secret";

/** PEM texts of the server's TLS; each ends in a newline. */
export interface InstanceTls {
  /** The server's certificate and its intermediates. */
  readonly certificate: string;
  readonly privateKey: Secret<string>;
  readonly clientAuthority: string | null;
  readonly revocationList: string | null;
  readonly passphrase: Secret<string> | null;
  readonly dhParameters: string | null;
}

export interface InitdbOptions {
  readonly encoding: string;
  readonly locale: string;
  readonly dataChecksums: boolean;
  /** Megabytes. */
  readonly walSegmentSize: number;
}

export interface DesiredInstance {
  readonly instance: InstanceReference;
  readonly paths: InstancePaths;
  /** By name. */
  readonly parameters: readonly Parameter[];
  readonly listenAddresses: readonly string[];
  /** Those of the instance alone; /run/postgresql belongs to Debian's package. */
  readonly socketDirectories: readonly ManagedDirectory[];
  readonly tls: InstanceTls | null;
  readonly initdb: InitdbOptions;
  readonly applyRestarts: "now" | "defer";
  readonly onDelete: "keep" | "stop";
}

/** What the server itself answers. */
export interface ServerSettings {
  /** Whether the local superuser could log in; without that the rest is empty. */
  readonly isReachable: boolean;
  /** `17.11`. */
  readonly version: string | null;
  readonly dataChecksums: boolean | null;
  readonly encoding: string | null;
  readonly locale: string | null;
  /** Every parameter whose value is not the compiled-in default, and those that are wanted; in the form of pg_settings. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Where a value comes from, unless it is the owned file: `alter system`, another file's path, or pg_settings.source. */
  readonly sources: Readonly<Record<string, string>>;
  /** What the files say where the server has not loaded it: somebody wrote without a reload. */
  readonly unloaded: Readonly<Record<string, string>>;
  /** Parameters whose new value waits for a restart. */
  readonly pendingRestart: readonly string[];
  /** What the server says is wrong in its configuration files. */
  readonly fileErrors: readonly string[];
}

export const EMPTY_SETTINGS: ServerSettings = {
  isReachable: false, version: null, dataChecksums: null, encoding: null, locale: null, parameters: {}, sources: {}, unloaded: {}, pendingRestart: [], fileErrors: [],
};

export interface ObservedInstance extends ServerSettings {
  readonly major: Major;
  readonly name: string;
  /** Whether both the data directory and its configuration directory are there. */
  readonly exists: boolean;
  readonly isRunning: boolean;
  /** Owned files that exist. The passphrase's digest is `passphrase`, since a short secret can be guessed from it. */
  readonly files: readonly ObservedFile[];
  readonly passphrase: Secret<string> | null;
  readonly directories: readonly FileIdentity[];
  /** What ALTER SYSTEM left behind; values that may hold a password are left out. */
  readonly alterSystem: Readonly<Record<string, string>>;
  /** Open listeners: `10.0.0.5:5432`, `/run/postgresql/.s.PGSQL.5432`. */
  readonly listeners: readonly string[];
  readonly certificate: CertificateFacts | null;
  readonly clientAuthorities: readonly CertificateFacts[];
}

export const ABSENT_INSTANCE: Omit<ObservedInstance, "major" | "name"> = {
  ...EMPTY_SETTINGS, exists: false, isRunning: false, files: [], passphrase: null, directories: [], alterSystem: {}, listeners: [], certificate: null, clientAuthorities: [],
};

/** Names of the TLS files below `paths.tlsDirectory`. */
export const TLS_FILES = {
  certificate: "server.crt",
  privateKey: "server.key",
  clientAuthority: "client-ca.crt",
  revocationList: "client.crl",
  passphrase: "passphrase",
  dhParameters: "dh.pem",
} as const satisfies Record<keyof InstanceTls, string>;

export function tlsPath(paths: InstancePaths, part: keyof InstanceTls): string {
  return `${paths.tlsDirectory}/${TLS_FILES[part]}`;
}
