/** ansible-core, as its documentation says it is fastest (pipelining, ControlPersist), and the same with mitogen. */
import { unitFolder, unitService, type Unit } from "../unit";

export interface AnsibleOptions {
  /** Folder of mitogen's strategy plugins. @default - ansible's own linear strategy */
  readonly strategyPlugins?: string;
}

export function ansibleConfiguration(options: AnsibleOptions): string {
  const strategy = options.strategyPlugins === undefined ? "" : `strategy_plugins = ${options.strategyPlugins}\nstrategy = mitogen_linear\n`;
  return `[defaults]
host_key_checking = True
gathering = explicit
forks = 10
${strategy}
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s
`;
}

/** JSON is YAML: the playbook needs no writer of its own. */
export function ansiblePlaybook(unit: Unit): string {
  const files = unit.files.map((file) => ({ path: file.path, content: file.content, mode: file.mode }));
  return JSON.stringify(
    [
      {
        hosts: "all",
        become: true,
        gather_facts: false,
        tasks: [
          {
            name: "files",
            "ansible.builtin.copy": { dest: "{{ item.path }}", content: "{{ item.content }}", owner: "root", group: "root", mode: "{{ item.mode }}" },
            loop: files,
            loop_control: { label: "{{ item.path }}" },
            notify: "reload",
          },
          {
            name: "ruleset",
            "ansible.builtin.copy": { dest: `${unitFolder}/ruleset.nft`, content: unit.ruleset, owner: "root", group: "root", mode: "0600" },
            notify: ["load", "reload"],
          },
        ],
        handlers: [
          { name: "load", "ansible.builtin.command": `nft -f ${unitFolder}/ruleset.nft` },
          { name: "reload", "ansible.builtin.systemd": { name: unitService, state: "reloaded" } },
        ],
      },
    ],
    null,
    1,
  );
}
