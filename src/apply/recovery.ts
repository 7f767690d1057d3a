/**
 * What makes the host recover by itself when it was switched off in the middle of a transaction: two oneshot units,
 * installed by the first transaction. The early one runs before anything that reads configuration and puts files back;
 * the late one runs when services are up and does what the plan's `restore` asks, since a unit that waits for a service
 * before that service may start would block the boot. A transaction that was not committed is rolled back, guarded or not:
 * after a power failure nobody can tell whether it was verified.
 */
import { createHash } from "node:crypto";
import type { Script } from "../model/plan";
import { lines, sh } from "../render/shell";
import { JOURNAL_DIRECTORY, LIBRARY_DIRECTORY } from "./journal";

const PROGRAM = `${LIBRARY_DIRECTORY}/recover`;

const PROGRAM_TEXT = `#!/bin/sh
# Written by pgrampart: undoes every transaction that was not committed. Run at boot.
for rollback in ${JOURNAL_DIRECTORY}/*/rollback; do
  [ ! -e "$rollback" ] || sh "$rollback" "$1"
done
`;

const EARLY = `[Unit]
Description=pgrampart: put back the files of an interrupted update
DefaultDependencies=no
ConditionDirectoryNotEmpty=${JOURNAL_DIRECTORY}
RequiresMountsFor=${LIBRARY_DIRECTORY}
After=local-fs.target
Before=sysinit.target systemd-sysctl.service systemd-networkd.service nftables.service network-pre.target ssh.service postgresql.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh ${PROGRAM} files
`;

const LATE = `[Unit]
Description=pgrampart: make the files of an interrupted update effective again
ConditionDirectoryNotEmpty=${JOURNAL_DIRECTORY}
After=pgrampart-recover.service network.target nftables.service ssh.service postgresql.service

[Service]
Type=oneshot
ExecStart=/bin/sh ${PROGRAM} effects
`;

const UNITS = "/etc/systemd/system";
const INSTALLED: readonly { readonly path: string; readonly content: string }[] = [
  { path: PROGRAM, content: PROGRAM_TEXT },
  { path: `${UNITS}/pgrampart-recover.service`, content: EARLY },
  { path: `${UNITS}/pgrampart-recover-effects.service`, content: LATE },
];
const ENABLED: readonly { readonly path: string; readonly unit: string }[] = [
  { path: `${UNITS}/sysinit.target.wants/pgrampart-recover.service`, unit: "pgrampart-recover.service" },
  { path: `${UNITS}/multi-user.target.wants/pgrampart-recover-effects.service`, unit: "pgrampart-recover-effects.service" },
];
const DIGEST = createHash("sha256").update(JSON.stringify([INSTALLED, ENABLED])).digest("hex").slice(0, 16);
const MARK = `${LIBRARY_DIRECTORY}/recovery-${DIGEST}`;

/** A shell function `recovery`; costs no process when all is there. systemd need not be told: the units matter at boot. */
export function renderRecovery(): Script {
  const present = [MARK, ...INSTALLED.map((file) => file.path), ...ENABLED.map((link) => link.path)];
  const put = INSTALLED.map(({ path, content }) => sh`  printf %s ${content} >${`${path}.new`} && sync ${`${path}.new`} && mv -fT ${`${path}.new`} ${path} || return`);
  const enable = ENABLED.map(({ path, unit }) => sh`  mkdir -p ${path.slice(0, path.lastIndexOf("/"))} && ln -sfn ${`../${unit}`} ${path} || return`);
  return sh`recovery() {
  ${lines(present.map((path) => sh`[ -e ${path} ] &&`))} return 0
  umask 022
${lines([...put, ...enable])}
  rm -f ${LIBRARY_DIRECTORY}/recovery-*
  echo >${MARK} && sync ${UNITS} ${LIBRARY_DIRECTORY} || return
  umask 077
}`;
}
