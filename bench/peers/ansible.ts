/** ansible-core as its documentation says it is fastest (pipelining, ControlPersist), and the same with mitogen. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../src/lab/command";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { NAMES, timed, type Contestant } from "../contestant";
import { unitOfRound, unitService, type Unit } from "../unit";
import { peerFolder, peerProgram } from "./tools";

export function ansible(inventory: LabInventory, options: { readonly mitogen: boolean }): Contestant {
  const folder = mkdtempSync(join(tmpdir(), "pgrampart-bench-"));
  writeFileSync(join(folder, "ansible.cfg"), configuration(inventory, folder, options.mitogen));
  writeFileSync(join(folder, "hosts"), inventory.hosts.map((host) => `${host.name} ansible_python_interpreter=/usr/bin/python3\n`).join(""));
  const play = async (hosts: readonly LabHost[], round: number): Promise<number> => {
    writeFileSync(join(folder, "unit.json"), playbook(unitOfRound(round)));
    const names = hosts.map((host) => host.name).join(",");
    return timed(() => runCommand(["env", "-C", folder, `ANSIBLE_CONFIG=${join(folder, "ansible.cfg")}`, ...peerProgram("ansible"), "playbook", "-i", "hosts", "--limit", names, "unit.json"], { title: "ansible", timeout: 600 }));
  };
  return { name: options.mitogen ? NAMES.mitogen : "ansible, pipelining and ControlPersist", apply: play, repeat: play, close: () => closing(folder) };
}

async function closing(folder: string): Promise<void> {
  for (const socket of readdirSync(folder).filter((name) => name.startsWith("cp-"))) {
    await runCommand(["ssh", "-o", `ControlPath=${join(folder, socket)}`, "-O", "exit", "none"], { mayFail: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

function configuration(inventory: LabInventory, folder: string, withMitogen: boolean): string {
  const strategy = withMitogen ? `strategy_plugins = ${mitogenStrategies()}\nstrategy = mitogen_linear\n` : "";
  return `[defaults]
home = ${folder}
host_key_checking = True
gathering = explicit
forks = 10
${strategy}
[ssh_connection]
pipelining = True
ssh_args = -F ${inventory.sshConfig} -o ControlMaster=auto -o ControlPersist=60s
control_path = ${folder}/cp-%%h
`;
}

function mitogenStrategies(): string {
  const [python = ""] = readdirSync(join(peerFolder(), "lib"));
  return join(peerFolder(), "lib", python, "site-packages/ansible_mitogen/plugins/strategy");
}

/** JSON is YAML: the playbook needs no writer of its own. */
function playbook({ files, ruleset }: Unit): string {
  const root = { owner: "root", group: "root" };
  return JSON.stringify([
    {
      hosts: "all",
      become: true,
      gather_facts: false,
      tasks: [
        {
          name: "files",
          "ansible.builtin.copy": { dest: "{{ item.path }}", content: "{{ item.content }}", mode: "{{ item.mode }}", ...root },
          loop: files,
          loop_control: { label: "{{ item.path }}" },
          notify: "reload",
        },
        { name: "ruleset", "ansible.builtin.copy": { dest: ruleset.path, content: ruleset.content, mode: ruleset.mode, ...root }, notify: ["load", "reload"] },
      ],
      handlers: [
        { name: "load", "ansible.builtin.command": `nft -f ${ruleset.path}` },
        { name: "reload", "ansible.builtin.systemd": { name: unitService, state: "reloaded" } },
      ],
    },
  ]);
}
