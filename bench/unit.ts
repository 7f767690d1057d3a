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
  readonly ruleset: string;
}

export const unitFolder = "/etc/pgrampart-bench";
export const unitService = "pgrampart-bench.service";
const fileCount = 30;
const fileSize = 1024;

/** The same round gives the same bytes, for every contestant. */
export function unitOfRound(round: number): Unit {
  const files = Array.from({ length: fileCount }, (_, index) => ({
    path: `${unitFolder}/file-${String(index).padStart(2, "0")}.conf`,
    content: filler(`${round}/${index}`),
    mode: index % 2 === 0 ? "0640" : "0600",
  }));
  const port = 20000 + round;
  const ruleset = `table inet pgrampart_bench
delete table inet pgrampart_bench
table inet pgrampart_bench {
	chain input {
		type filter hook input priority 5; policy accept;
		tcp dport ${port} drop
	}
}
`;
  return { files, ruleset };
}

/** What a host must show after the round: checked after every run, so that nobody wins by not doing the work. */
export function checkOfRound(round: number): string {
  const { files } = unitOfRound(round);
  const sums = files.map((file) => `${createHash("sha256").update(file.content).digest("hex")}  ${file.path}`).join("\n");
  const modes = files.map((file) => `${file.mode.replace(/^0/, "")} root ${file.path}`).join("\n");
  return `set -e
sha256sum --check --quiet <<'SUMS'
${sums}
SUMS
stat -c '%a %U %n' ${unitFolder}/file-*.conf | diff - /dev/fd/3 3<<'MODES'
${modes}
MODES
nft list table inet pgrampart_bench | grep -q 'dport ${20000 + round} drop'
`;
}

function filler(seed: string): string {
  const line = createHash("sha256").update(seed).digest("hex");
  return `${line}\n`.repeat(Math.ceil(fileSize / (line.length + 1))).slice(0, fileSize - 1) + "\n";
}

/** Puts the service, whose reload is part of the unit, on a host; outside every measurement. */
export const prepareHost = `set -e
install -d -m 0755 ${unitFolder}
cat > /etc/systemd/system/${unitService} <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecReload=/bin/sh -c 'echo reloaded >> /run/pgrampart-bench.reloads'
UNIT
systemctl daemon-reload
systemctl start ${unitService}
`;
