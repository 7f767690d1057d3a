/**
 * The unit of work that every contestant does: 30 files of 1 KB with owner and mode, one nftables ruleset loaded, one
 * service reloaded. A round changes every file and the ruleset; doing the same round again is the no-op.
 */
import { createHash } from "node:crypto";

export interface UnitFile {
  readonly path: string;
  readonly content: string;
  readonly mode: string;
}

export interface Unit {
  readonly files: readonly UnitFile[];
  /** A whole nft file: one table of our own, replaced in one transaction. */
  readonly ruleset: UnitFile;
}

export const unitFolder = "/etc/pgrampart-bench";
/** Its reload is part of the unit. */
export const unitService = "pgrampart-bench.service";
/** The same, but its reload loads the ruleset's file first: for a contestant that reloads units and runs no commands. */
export const unitServiceWithRuleset = "pgrampart-bench-with-ruleset.service";
export const unitTable = "pgrampart_bench";
/** One line for every reload of the service. */
export const reloadLog = "/run/pgrampart-bench.reloads";
const fileCount = 30;
const fileSize = 1024;

/** The port that a round's ruleset closes: what tells one round's ruleset from another's. */
export function portOfRound(round: number): number {
  return 20000 + round;
}

/** The same round gives the same bytes, for every contestant. */
export function unitOfRound(round: number): Unit {
  const files = Array.from({ length: fileCount }, (_, index) => ({
    path: `${unitFolder}/file-${String(index).padStart(2, "0")}.conf`,
    content: filler(`${round}/${index}`),
    mode: index % 2 === 0 ? "0640" : "0600",
  }));
  const content = `table inet ${unitTable}
delete table inet ${unitTable}
table inet ${unitTable} {
	chain input {
		type filter hook input priority 5; policy accept;
		tcp dport ${portOfRound(round)} drop
	}
}
`;
  return { files, ruleset: { path: `${unitFolder}/ruleset.nft`, content, mode: "0600" } };
}

function filler(seed: string): string {
  const line = createHash("sha256").update(seed).digest("hex");
  return `${line}\n`.repeat(Math.ceil(fileSize / (line.length + 1))).slice(0, fileSize - 1) + "\n";
}

/**
 * Shell for root that fails unless the host shows the round: run after every measurement, so that nobody wins by not
 * doing the work. Prints how often the service has been reloaded since `prepareHost`.
 */
export function checkOfRound(round: number): string {
  const { files } = unitOfRound(round);
  return `set -e
sha256sum --check --quiet <<'SUMS'
${digestLines(files)}
SUMS
stat -c '%a %U %G %n' ${unitFolder}/file-*.conf | diff - /dev/fd/3 3<<'MODES'
${files.map((file) => `${file.mode.replace(/^0/, "")} root root ${file.path}`).join("\n")}
MODES
nft list table inet ${unitTable} | grep -q 'dport ${portOfRound(round)} drop'
wc -l < ${reloadLog}
`;
}

/** As sha256sum prints them. */
export function digestLines(files: readonly UnitFile[]): string {
  return files.map((file) => `${createHash("sha256").update(file.content).digest("hex")}  ${file.path}`).join("\n");
}

/** Puts what the unit needs on a host; outside every measurement. The other tools need python3 there, pgrampart does not. */
export const prepareHost = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get install -q -y --no-install-recommends python3 >/dev/null
install -d -m 0755 ${unitFolder}
unit() { name=$1; shift; { printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n'; printf 'ExecReload=%s\\n' "$@"; } > "/etc/systemd/system/$name"; }
note="/bin/sh -c 'echo reloaded >> ${reloadLog}'"
unit ${unitService} "$note"
unit ${unitServiceWithRuleset} '/usr/sbin/nft -f ${unitFolder}/ruleset.nft' "$note"
: > ${reloadLog}
systemctl daemon-reload
systemctl start ${unitService} ${unitServiceWithRuleset}
`;
