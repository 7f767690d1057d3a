/**
 * Everything a Host manages, whether declared now or given earlier (the manifest on the host says what), and what
 * nobody declared. One round trip. Stable: no process ids, no clock, no measurements.
 */
import { HOST_PATHS, kernelParameterName, kernelParameterPath, type KernelParameter, type Manifest, type ObservedHost, type ObservedKernelParameter } from "../model/host";
import type { Script } from "../model/plan";
import { GUARD_PROBE } from "../render/host";
import { sh } from "../render/shell";
import { probeAccounts, probeUndeclared } from "./account";
import { probeFiles, probeIdentities } from "./file";
import { combine, type Probe } from "./probe";
import { probeUnits } from "./service";

/** Names of all that is declared. */
export interface HostScope {
  readonly packages: readonly string[];
  readonly groups: readonly string[];
  readonly accounts: readonly string[];
  readonly kernelParameters: readonly Pick<KernelParameter, "name">[];
  readonly files: readonly string[];
  readonly modes: readonly string[];
  readonly services: readonly string[];
}

export function probeHost(scope: HostScope): Probe<ObservedHost> {
  const parts = combine("reading the host", {
    release: line(sh`( . /etc/os-release; echo "$ID \${VERSION_ID:-\${VERSION_CODENAME:-}}" )`),
    packages: probePackages(scope.packages),
    groups: probeGroups(scope.groups),
    accounts: probeAccounts(scope.accounts, given("account")),
    kernelParameters: probeKernel(scope.kernelParameters.map(({ name }) => name)),
    files: probeFiles("reading files", scope.files, given("file")),
    modes: probeIdentities("reading modes", scope.modes, given("mode")),
    services: probeUnits(scope.services),
    manifest: list(sh`cat ${HOST_PATHS.manifest} 2>/dev/null; :`),
    unsandboxed: list(UNSANDBOXED),
    guard: list(GUARD_PROBE),
    undeclared: probeUndeclared(scope.accounts),
  });
  return {
    ...parts,
    parse: (stdout) => {
      const { guard, ...rest } = parts.parse(stdout);
      return { ...rest, isInstallationGuardLeft: guard.length > 0 };
    },
  };
}

/** Shell words: the second word of every line of that kind in the manifest. */
function given(kind: string): Script {
  return sh`$(sed -n ${`s/^${kind} \\([^ ]*\\).*/\\1/p`} ${HOST_PATHS.manifest} 2>/dev/null)`;
}

function probePackages(names: readonly string[]): Probe<ObservedHost["packages"]> {
  return {
    title: "reading installed packages",
    script: names.length === 0 ? sh`:` : sh`dpkg-query -W -f='\${db:Status-Abbrev} \${Package} \${Version}\\n' -- ${names} 2>/dev/null; :`,
    parse: (stdout) => linesOf(stdout).flatMap((text) => {
      const [, name, version] = /^.i\s+(\S+) (\S+)$/.exec(text) ?? [];
      return name === undefined || version === undefined ? [] : [{ name, version }];
    }).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function probeGroups(names: readonly string[]): Probe<ObservedHost["groups"]> {
  return {
    title: "reading groups",
    script: names.length === 0 ? sh`:` : sh`getent group ${names}; :`,
    parse: (stdout) => linesOf(stdout).map((text) => text.split(":")).map(([name = "", , gid]) => ({ name, gid: Number(gid) })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/**
 * Two processes for any number of names. (The shell's own `read` fetches single bytes, and the kernel gives a parameter
 * in one piece or not at all.)
 */
function probeKernel(names: readonly string[]): Probe<readonly ObservedKernelParameter[]> {
  const paths = sh`${names.map(kernelParameterPath)} ${given("kernel")}`;
  return {
    title: "reading kernel parameters",
    script: sh`for path in ${paths}; do
if [ ! -r "$path" ]; then mark=absent; elif [ -w "$path" ]; then mark=writable; else mark=fixed; fi
echo "$mark $path"
done
grep -Hs '' /dev/null ${paths}; :`,
    parse: (stdout) => {
      const lines = linesOf(stdout);
      const values = new Map(lines.filter((text) => text.startsWith("/")).map((text) => [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1).trim().replace(/\s+/g, " ")]));
      const marks = new Map(lines.filter((text) => !text.startsWith("/")).map((text) => [text.slice(text.indexOf(" ") + 1), text.slice(0, text.indexOf(" "))]));
      return [...marks].map(([path, mark]) => ({ name: kernelParameterName(path), value: mark === "absent" ? null : values.get(path) ?? "", isWritable: mark === "writable" }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

/** An instance that started before its drop-in was written runs without it. */
const UNSANDBOXED = sh`if [ -f ${HOST_PATHS.sandbox} ]; then
written=$(stat -c %Y ${HOST_PATHS.sandbox})
for unit in $(systemctl list-units --plain --no-legend --state=active 'postgresql@*.service' | cut -d' ' -f1); do
started=$(systemctl show --property=ActiveEnterTimestamp --value --timestamp=unix "$unit")
if [ "\${started#@}" -lt "$written" ]; then echo "$unit"; fi
done
fi`;

function line(script: Script): Probe<string> {
  return { title: "reading the release", script, parse: (stdout) => stdout.trim() };
}

function list(script: Script): Probe<Manifest> {
  return { title: "reading what was given", script, parse: (stdout) => [...linesOf(stdout)].sort() };
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((part) => part !== "");
