/**
 * The bare limit: one OpenSSH connection that sends one script, by the fewest processes we know of. It compares digests and
 * modes in one pass, and writes, loads and reloads only when something differs. Unlike everybody else it stages nothing,
 * checks nothing and cannot go back.
 */
import { runCommand } from "../../src/lab/command";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { shellWord } from "../../src/render/shell";
import { NAMES, timed, type Contestant } from "../contestant";
import { digestLines, unitFolder, unitOfRound, unitService, type Unit } from "../unit";

export function raw(inventory: LabInventory): Contestant {
  const bring = (hosts: readonly LabHost[], round: number): Promise<number> => {
    const input = rawScript(unitOfRound(round));
    return timed(() => Promise.all(hosts.map((host) => runAsRoot(inventory, host, input))));
  };
  return { name: NAMES.raw, apply: bring, repeat: bring, close: () => Promise.resolve() };
}

/** @returns what the script printed */
export async function runAsRoot(inventory: LabInventory, host: LabHost, script: string): Promise<string> {
  const { stdout } = await runCommand(["ssh", "-F", inventory.sshConfig, host.name, "sudo -n sh -s"], { input: script, title: `a script on ${host.name}`, timeout: 120 });
  return stdout;
}

function rawScript({ files, ruleset }: Unit): string {
  const all = [...files, ruleset];
  const modes = [...new Set(all.map((file) => file.mode))];
  const identities = all.map((file) => `${file.mode.replace(/^0/, "")} root root ${file.path}`).join("\n");
  const staged = (path: string): string => `.new${path.slice(unitFolder.length)}`;
  return `set -e
cd ${unitFolder}
if ! sha256sum --check --status 2>/dev/null <<'SUMS' || [ "$(stat -c '%a %U %G %n' ${all.map((file) => file.path).join(" ")})" != '${identities}' ]
${digestLines(all)}
SUMS
then
rm -rf .new && mkdir -m 0700 .new
${all.map((file) => `printf %s ${shellWord(file.content)} > ${staged(file.path)}`).join("\n")}
${modes.map((mode) => `chmod ${mode} ${all.filter((file) => file.mode === mode).map((file) => staged(file.path)).join(" ")}`).join("\n")}
mv .new/* . && rmdir .new
nft -f ruleset.nft
systemctl reload ${unitService}
fi
`;
}
