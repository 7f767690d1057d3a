/**
 * The plan of a Firewall: check the ruleset and that it keeps this very SSH session's origin, load it in one
 * transaction, prove that it is what the kernel now holds and that a new login gets through. The table as it was is
 * kept beside, in nft's own words, so that a rollback also brings back what no file says.
 */
import type { ObservedFirewall } from "../inspect/firewall";
import type { ManagedFile } from "../model/file";
import { EMPTY_PLAN, type Change, type Plan, type Script, type Step } from "../model/plan";
import type { RulesetPaths } from "../model/ruleset";
import { renderInstallation } from "../render/host";
import { renderFirewallUnit, renderNftablesDropIn } from "../render/service";
import { renderRuleset } from "../render/ruleset";
import { lines, sh } from "../render/shell";
import type { DesiredFirewall } from "../resolve/ruleset";
import { diffFiles, type FileDifference } from "./file";
import { diffRuleset } from "./ruleset";

/** Seconds for a new login from the control side; a dial may take 15, and some are tried again. */
const GUARD_SECONDS = 60;

const NOTHING_OBSERVED: ObservedFirewall = {
  installed: true, loaded: null, foreignTables: [], files: [], unit: { unit: "", isEnabled: false, isMasked: false, isRunning: false },
};

export function firewallFiles({ ruleset, closed, paths }: DesiredFirewall): readonly ManagedFile[] {
  const root = { owner: "root", group: "root" };
  return [
    { path: paths.ruleset, mode: "0640", content: renderRuleset(ruleset), ...root },
    { path: paths.closed, mode: "0640", content: renderRuleset(closed), ...root },
    { path: paths.unitFile, mode: "0644", content: renderFirewallUnit(ruleset.table, paths), ...root },
    { path: paths.dropIn, mode: "0644", content: renderNftablesDropIn(paths), ...root },
  ];
}

export function planFirewall(before: ObservedFirewall | null, desired: DesiredFirewall): Plan {
  const observed = before ?? NOTHING_OBSERVED;
  const { ruleset, paths } = desired;
  const rules = diffRuleset(observed.loaded, ruleset, desired.origins);
  const files = diffFiles(observed.files, firewallFiles(desired));
  const isUnitOff = !observed.unit.isEnabled || !observed.unit.isRunning;
  // A new ruleset means a new file: that goes without saying, a file that differs alone does not.
  const changes = [...rules, ...(rules.length > 0 ? [] : files.map(fileChange)), ...(isUnitOff && before?.loaded ? [unitChange(observed)] : [])];
  if (changes.length === 0 && files.length === 0 && !isUnitOff) {
    return EMPTY_PLAN;
  }
  const at = (path: string): Script => sh`"$(staged ${path})"`;
  return {
    changes,
    prepare: [...(observed.installed ? [] : [renderInstallation([{ name: "nftables", version: null }])]), keepLoaded(ruleset.table, paths)],
    files: files.map(({ desired: file }) => file),
    validate: [
      { title: "checking the ruleset with nft", script: sh`nft -c -f ${at(paths.ruleset)} && nft -c -f ${at(paths.closed)}` },
      { title: "checking that the ruleset keeps this SSH session's origin", script: checkOrigin(desired, at(paths.ruleset)) },
    ],
    activate: [
      { title: "loading the ruleset", script: sh`nft -f ${paths.ruleset}` },
      { title: "loading the ruleset at every boot", script: sh`systemctl daemon-reload && systemctl enable --quiet ${paths.unit} && systemctl start ${paths.unit}` },
    ],
    restore: [restore(observed, ruleset.table, paths)],
    verify: [{ title: "comparing the loaded ruleset with its file", script: compareLoaded(ruleset.table, paths.ruleset) }],
    guard: { seconds: GUARD_SECONDS, proofs: [{ title: "logging in anew through the ruleset", script: sh`:` }] },
    finish: [],
  };
}

export function retireFirewall(observed: ObservedFirewall, { ruleset: { table }, paths }: DesiredFirewall): Plan {
  if (observed.loaded === null && observed.files.length === 0 && !observed.unit.isEnabled) {
    return EMPTY_PLAN;
  }
  return {
    ...EMPTY_PLAN,
    changes: [{ path: "table", kind: "delete", before: table, hazards: ["access-widened"] }],
    prepare: [keepLoaded(table, paths)],
    files: observed.files.map(({ path }) => ({ path, content: null })),
    activate: [{
      title: "removing the table and its unit",
      script: sh`rm -f ${paths.unitLink} && systemctl stop ${paths.unit} && systemctl daemon-reload && { ! nft list table inet ${table} >/dev/null 2>&1 || nft delete table inet ${table}; }`,
    }],
    restore: [restore(observed, table, paths)],
    finish: [{ title: "removing its directories, if they are empty", script: sh`rm -f ${paths.before}; rmdir --ignore-fail-on-non-empty ${paths.directory} ${directoryOf(paths.dropIn)} 2>/dev/null; :` }],
  };
}

function fileChange({ desired: { path }, observed, fields }: FileDifference): Change {
  return { path: `observed.files[${JSON.stringify(path)}]`, kind: observed === null ? "add" : "update", after: fields.join(", "), hazards: [] };
}

function unitChange({ unit }: ObservedFirewall): Change {
  return { path: "observed.unit", kind: "update", before: { isEnabled: unit.isEnabled, isRunning: unit.isRunning }, after: { isEnabled: true, isRunning: true }, hazards: [] };
}

/** What to load so that the table is as it is now: its own listing, or its absence. */
function keepLoaded(table: string, paths: RulesetPaths): Step {
  return {
    title: "keeping the loaded ruleset for a rollback",
    script: sh`(
mkdir -p -m 700 ${directoryOf(paths.before)} && ( umask 022 && mkdir -p ${paths.directory} ${directoryOf(paths.dropIn)} ) && umask 077 && {
printf 'table inet %s\ndelete table inet %s\n' ${table} ${table}
! nft list table inet ${table} >/dev/null 2>&1 || nft -s list table inet ${table}
} > ${paths.before}
)`,
  };
}

/** After a boot there is no kept listing and no loaded table: then the old file alone decides. */
function restore(observed: ObservedFirewall, table: string, paths: RulesetPaths): Step {
  const unit = lines([
    sh`systemctl daemon-reload`,
    observed.unit.isEnabled ? sh`ln -sf ${paths.unitFile} ${paths.unitLink}` : sh`rm -f ${paths.unitLink}`,
    observed.unit.isRunning ? sh`systemctl start ${paths.unit}` : sh`systemctl stop ${paths.unit} 2>/dev/null`,
  ]);
  return {
    title: "loading the ruleset as it was",
    script: sh`(
if [ -f ${paths.before} ]; then nft -f ${paths.before}
elif [ -f ${paths.ruleset} ]; then nft -f ${paths.ruleset}
elif nft list table inet ${table} >/dev/null 2>&1; then nft delete table inet ${table}
fi || exit
${unit}
:
)`,
  };
}

/**
 * Finds the address this session comes from in the environment of a process above us (sudo drops the variable, the
 * processes before sudo still have it) and asks nft itself, in a network namespace of its own, whether the set of
 * management networks holds it. Where the host forbids such a namespace, the proof by a new login still stands.
 */
function checkOrigin({ ruleset: { table, sets }, sshPorts }: DesiredFirewall, file: Script): Script {
  const isLimited = sets.some(({ name }) => name.startsWith("management_"));
  const lookup = sh`if unshare --net true 2>/dev/null && ! unshare --net sh -c 'nft -f "$1" && nft get element inet "$2" "management_$3" "{ $4 }"' sh ${file} ${table} "$family" "$address" >/dev/null 2>&1; then
echo "this SSH session comes from $address, which is in none of managementNetworks: the ruleset would lock it out" >&2; exit 1
fi`;
  return sh`(
pid=$$ session= known=
while [ -z "$session" ] && [ "$pid" -gt 1 ]; do
session=$(tr '\\0' '\\n' < "/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
done
[ -n "$session" ] || { echo "cannot tell which address this session comes from: no process above it has SSH_CONNECTION" >&2; exit 1; }
set -- $session
for port in ${sshPorts}; do [ "$port" != "$4" ] || known=1; done
[ -n "$known" ] || { echo "this SSH session uses port $4 of the host, which is not among sshPorts:" ${sshPorts} >&2; exit 1; }
address=\${1%%%*}
case $address in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
${isLimited ? lookup : sh`:`}
)`;
}

/** Loads the file in a network namespace of its own and compares the two listings, both in the kernel's words. */
function compareLoaded(table: string, path: string): Script {
  return sh`(
loaded=$(nft -s list table inet ${table}) || exit
if unshare --net true 2>/dev/null; then
meant=$(unshare --net sh -c 'nft -f "$1" && nft -s list table inet "$2"' sh ${path} ${table}) || exit
[ "$loaded" = "$meant" ] || { echo "the loaded table is not what its file says" >&2; exit 1; }
fi
)`;
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));
