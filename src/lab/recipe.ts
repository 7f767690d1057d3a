/**
 * What the base image of a suite consists of: pure data, and the digest under which the image is cached.
 * PostgreSQL and its companions are never installed in the image; their packages lie in it as a local repository,
 * because a host has no way out. Changing anything here changes the digest, hence builds a new image.
 */
import { createHash } from "node:crypto";

export const labSuites = ["bookworm", "trixie", "forky", "sid"] as const;
export type LabSuite = (typeof labSuites)[number];

/** The folder of the local package repository on every host. */
export const packageRepository = "/var/cache/pgrampart-packages";

export interface ImageRecipe {
  readonly suite: LabSuite;
  /** Packages installed in the image: what a small Debian server has before PostgreSQL comes. */
  readonly installed: readonly string[];
  /** Packages that hosts can install, with all they depend on. */
  readonly offered: readonly string[];
  /** Files of the image, path to content. */
  readonly files: Readonly<Record<string, string>>;
  /** Units switched off, because they only cost boot time here or reach for the network. */
  readonly masked: readonly string[];
}

const majors: Readonly<Record<LabSuite, number>> = { bookworm: 15, trixie: 17, forky: 18, sid: 18 };

/** What a suite of Debian does not have. */
const absent: Readonly<Record<LabSuite, readonly string[]>> = { bookworm: ["pgagroal"], trixie: [], forky: [], sid: [] };

/** PostgreSQL's major version in a suite. */
export function postgresMajor(suite: LabSuite): number {
  return majors[suite];
}

/** The image of a suite. */
export function imageRecipe(suite: LabSuite): ImageRecipe {
  const major = postgresMajor(suite);
  return {
    suite,
    installed: ["systemd", "systemd-sysv", "dbus", "openssh-server", "nftables", "iproute2", "procps", "sudo", "ca-certificates"],
    offered: [
      `postgresql-${major}`,
      `postgresql-${major}-pgaudit`,
      `postgresql-${major}-auto-failover`,
      "pg-auto-failover-cli",
      "pgagroal",
      "pgpool2",
      "haproxy",
      // For tools that need it on a host, so that they can be measured beside us.
      "python3",
    ].filter((name) => !absent[suite].includes(name)),
    files: {
      "etc/apt/sources.list": `deb [trusted=yes] file:${packageRepository} ./\n`,
      // A lab's disk is thrown away: waiting for it after every unpacked file only doubles the time of an install.
      "etc/dpkg/dpkg.cfg.d/lab": "force-unsafe-io\n",
      // Debian's installer always sets a locale; without one initdb would choose SQL_ASCII.
      "etc/default/locale": "LANG=C.UTF-8\n",
      "etc/ssh/sshd_config.d/50-lab.conf":
        "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\nHostKey /etc/ssh/ssh_host_ed25519_key\n",
      "etc/sudoers.d/admin": "admin ALL=(ALL:ALL) NOPASSWD: ALL\n",
      // Every host gets its own machine-id; until then systemd must take the image as one that never booted.
      "etc/machine-id": "uninitialized\n",
    },
    masked: ["apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "ldconfig.service", "systemd-journal-catalog-update.service"],
  };
}

/** Name of an image in the cache: the suite and a digest of everything it is made of. */
export function imageName(recipe: ImageRecipe): string {
  return `${recipe.suite}-${createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12)}`;
}

/** A package file of the local repository: what apt wants to know of it. */
export interface PackageFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** The control fields as `dpkg-deb --field` prints them. */
  readonly control: string;
}

/** The index (`Packages`) of a flat repository, sorted by file name. */
export function renderPackageIndex(files: readonly PackageFile[]): string {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map((file) => `${file.control.trimEnd()}\nFilename: ./${file.name}\nSize: ${file.size}\nSHA256: ${file.sha256}\n\n`).join("");
}
