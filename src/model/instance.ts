/**
 * An instance is one postmaster and its data directory, laid out as Debian's postgresql-common does it. A reference
 * is all that other resources need to reach it; where its files lie follows from major version and name alone.
 */

/** Major versions this project knows the parameters of. */
export const MAJORS = [15, 16, 17, 18] as const;

export type Major = (typeof MAJORS)[number];

export interface InstanceReference {
  readonly major: Major;
  /** Name of Debian's cluster, the last part of its directories. @default - "main" */
  readonly name: string;
  /** TCP port and suffix of the socket's name. @default - 5432 */
  readonly port: number;
  /** Directory whose socket local administration uses. @default - "/run/postgresql" */
  readonly socketDirectory: string;
}

export const DEFAULT_INSTANCE = { name: "main", port: 5432, socketDirectory: "/run/postgresql" } as const;

/** Where an instance's parts lie. Source: postgresql-common, pg_createcluster(1). */
export interface InstancePaths {
  readonly configDirectory: string;
  readonly configFile: string;
  readonly hbaFile: string;
  readonly identFile: string;
  /** Variables of the postmaster's environment, read by pg_ctlcluster. */
  readonly environmentFile: string;
  /** Options for pg_ctl, read by pg_ctlcluster. */
  readonly pgCtlFile: string;
  /** `auto`, `manual` or `disabled`: whether the instance starts at boot. */
  readonly startFile: string;
  readonly tlsDirectory: string;
  readonly dataDirectory: string;
  /** Where ALTER SYSTEM writes. */
  readonly autoFile: string;
  readonly pidFile: string;
  readonly binaryDirectory: string;
  /** systemd's unit. */
  readonly unit: string;
}

export function instancePaths({ major, name }: Pick<InstanceReference, "major" | "name">): InstancePaths {
  const configDirectory = `/etc/postgresql/${major}/${name}`;
  const dataDirectory = `/var/lib/postgresql/${major}/${name}`;
  return {
    configDirectory,
    configFile: `${configDirectory}/postgresql.conf`,
    hbaFile: `${configDirectory}/pg_hba.conf`,
    identFile: `${configDirectory}/pg_ident.conf`,
    environmentFile: `${configDirectory}/environment`,
    pgCtlFile: `${configDirectory}/pg_ctl.conf`,
    startFile: `${configDirectory}/start.conf`,
    tlsDirectory: `${configDirectory}/tls`,
    dataDirectory,
    autoFile: `${dataDirectory}/postgresql.auto.conf`,
    pidFile: `/var/run/postgresql/${major}-${name}.pid`,
    binaryDirectory: `/usr/lib/postgresql/${major}/bin`,
    unit: `postgresql@${major}-${name}.service`,
  };
}
