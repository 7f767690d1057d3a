/**
 * Scripts and files that a host's packages, accounts and kernel parameters come to: Debian's own tools, never asking,
 * never removing. Every value is a shell word by `sh`; the files are plain lines of checked words.
 */
import { HOST_PATHS, kernelParameterPath, type Account, type Group, type KernelParameter, type PackageReference } from "../model/host";
import type { Script, Step } from "../model/plan";
import { lines, sh, withInput } from "./shell";

const NOTICE = "# Written by pgrampart: a change made here is undone by the next update.";
const GUARD_MARK = "# Written by pgrampart for the time of one installation.";

/** Debian asks this file before a package's service is started; upgrades may still restart what runs (policy-rc.d(8)). */
const INSTALLATION_GUARD = `#!/bin/sh
${GUARD_MARK}
case " $* " in *" start "*) exit 101 ;; esac
exit 0
`;

/** Finding a full mirror takes a while; so does unpacking PostgreSQL on a small host. */
const INSTALLATION_SECONDS = 1800;

/**
 * Installs what is missing: no service starts before it is configured, changed configuration files stay, nothing is
 * removed. Package lists are fetched only when the ones at hand do not suffice. First finishes what a killed run left.
 */
export function renderInstallation(packages: readonly PackageReference[]): Step {
  const words = packages.map(({ name, version }) => (version === null ? name : `${name}=${version}`));
  const names = packages.map(({ name }) => name);
  return {
    title: `installing ${words.join(", ")}`,
    timeout: INSTALLATION_SECONDS,
    script: sh`(
umask 022
export DEBIAN_FRONTEND=noninteractive
if [ ! -e ${HOST_PATHS.installationGuard} ] || grep -qxF ${GUARD_MARK} ${HOST_PATHS.installationGuard}; then
trap ${`rm -f ${HOST_PATHS.installationGuard}`} EXIT
trap 'exit 143' HUP INT TERM
${withInput(sh`cat > ${HOST_PATHS.installationGuard}`, INSTALLATION_GUARD)}
chmod 755 ${HOST_PATHS.installationGuard}
fi
dpkg --force-confold --configure -a >/dev/null || exit
install() { apt-get install -q -y --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 ${words} >/dev/null; }
install || { apt-get update -q >/dev/null && install; } || exit
for name in ${names}; do
case $(dpkg-query -W -f='\${db:Status-Abbrev}' -- "$name" 2>/dev/null) in
ii*) ;;
*) echo "$name is installed under another name: declare the package that provides it" >&2; exit 1 ;;
esac
done
)`,
  };
}

/** Removes the block on starting services that a killed installation left; leaves anybody else's alone. */
export function renderGuardRemoval(): Step {
  return {
    title: "removing what a killed installation left",
    script: sh`if grep -qxF ${GUARD_MARK} ${HOST_PATHS.installationGuard} 2>/dev/null; then rm -f ${HOST_PATHS.installationGuard}; fi`,
  };
}

/** Prints a line when the block is left over. */
export const GUARD_PROBE: Script = sh`grep -xF ${GUARD_MARK} ${HOST_PATHS.installationGuard} 2>/dev/null; :`;

/** What keeps Debian's packages from creating an instance when they are installed; included by their createcluster.conf (pg_createcluster(1)). */
export function renderCreateCluster(createMainCluster: boolean): string {
  return `${NOTICE}\ncreate_main_cluster = ${createMainCluster}\n`;
}

/** Puts the file there before any package could read it, unless one is there. */
export function renderCreateClusterPreseed(createMainCluster: boolean): Step {
  const path = HOST_PATHS.createCluster;
  return {
    title: "telling PostgreSQL's packages not to create an instance",
    script: sh`(
umask 022
[ -e ${path} ] || { mkdir -p ${path.slice(0, path.lastIndexOf("/"))} && ${withInput(sh`cat > ${path}`, renderCreateCluster(createMainCluster))}
}
)`,
  };
}

export function renderUnattendedUpgrades(): string {
  return `${NOTICE.replace("#", "//")}\nAPT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n`;
}

/** sysctl.d(5): a dash before a name means that boot goes on where the kernel refuses it. */
export function renderKernelParameters(parameters: readonly (KernelParameter & { readonly isOptional: boolean })[]): string {
  return `${NOTICE}\n${parameters.map(({ name, value, isOptional }) => `${isOptional ? "-" : ""}${name} = ${value}\n`).join("")}`;
}

/** Sets running values, in the order given. */
export function renderKernelValues(parameters: readonly KernelParameter[]): Script {
  return lines(parameters.map(({ name, value }) => sh`printf '%s\\n' ${value} > ${kernelParameterPath(name)} &&`).concat(sh`:`));
}

export function renderSudoers(account: string): string {
  return `${NOTICE}\n${account} ALL=(ALL:ALL) NOPASSWD: ALL\n`;
}

export function renderAuthorizedKeys(keys: readonly string[]): string {
  return `${NOTICE}\n${keys.map((key) => `${key}\n`).join("")}`;
}

export function renderGroup({ name, gid }: Group): Script {
  return sh`groupadd ${gid === null ? [] : ["--gid", gid]} ${name}`;
}

/** A new account, without a password. Its primary group is made where it is missing. */
export function renderAccount({ name, uid, group, groups, home, shell }: Account): Script {
  return sh`{ getent group ${group} >/dev/null || groupadd ${uid === null || group !== name ? [] : ["--gid", uid]} ${group}; } && useradd --create-home --home-dir ${home} --shell ${shell} --gid ${group} ${uid === null ? [] : ["--uid", uid]} ${groups === null || groups.length === 0 ? [] : ["--groups", groups.join(",")]} ${name}`;
}

/** What of an account that exists is changed; `groups: null` leaves them. */
export interface AccountChange {
  readonly name: string;
  readonly group?: string;
  readonly groups?: readonly string[];
  readonly home?: string;
  readonly shell?: string;
  readonly isLocked?: boolean;
  readonly isExpired?: boolean;
}

export function renderAccountChange({ name, group, groups, home, shell, isLocked, isExpired }: AccountChange): Script {
  const options = [
    ...(group === undefined ? [] : ["--gid", group]),
    ...(groups === undefined ? [] : ["--groups", groups.join(",")]),
    ...(home === undefined ? [] : ["--home", home]),
    ...(shell === undefined ? [] : ["--shell", shell]),
    ...(isLocked === undefined ? [] : [isLocked ? "--lock" : "--unlock"]),
    ...(isExpired === undefined ? [] : ["--expiredate", isExpired ? "1" : ""]),
  ];
  return options.length === 0 ? sh`:` : sh`usermod ${options} ${name}`;
}
