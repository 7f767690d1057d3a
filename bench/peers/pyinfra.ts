/** pyinfra: the same work as a deploy file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../src/lab/command";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { timed, type Contestant } from "../contestant";
import { unitOfRound, unitService, type Unit } from "../unit";
import { peerProgram } from "./tools";

export function pyinfra(inventory: LabInventory): Contestant {
  const folder = mkdtempSync(join(tmpdir(), "pgrampart-bench-"));
  const deploy = async (hosts: readonly LabHost[], round: number): Promise<number> => {
    writeFileSync(join(folder, "hosts.py"), `hosts = ${JSON.stringify(hosts.map((host) => [host.ipv4, connection(inventory)]))}\nhosts = [tuple(host) for host in hosts]\n`);
    writeFileSync(join(folder, "unit.py"), deployFile(unitOfRound(round)));
    return timed(() => runCommand(["env", "-C", folder, ...peerProgram("pyinfra"), "-y", "hosts.py", "unit.py"], { title: "pyinfra", timeout: 600 }));
  };
  return { name: "pyinfra", apply: deploy, repeat: deploy, close: async () => rmSync(folder, { recursive: true, force: true }) };
}

function connection({ user, privateKey, directory }: LabInventory): Record<string, string> {
  return { ssh_user: user, ssh_key: privateKey, ssh_known_hosts_file: join(directory, "known_hosts"), ssh_strict_host_key_checking: "yes" };
}

function deployFile(unit: Unit): string {
  return `from io import StringIO
from pyinfra.operations import files, server, systemd
import json

unit = json.loads(${JSON.stringify(JSON.stringify(unit))})

def put(file):
    return files.put(name=file["path"], src=StringIO(file["content"]), dest=file["path"], user="root", group="root", mode=file["mode"][1:], _sudo=True)

changes = [put(file) for file in unit["files"]]
ruleset = put(unit["ruleset"])
server.shell(name="load", commands=["nft -f " + unit["ruleset"]["path"]], _sudo=True, _if=ruleset.did_change)
systemd.service(name="reload", service="${unitService}", reloaded=True, _sudo=True, _if=lambda: any(change.did_change() for change in [*changes, ruleset]))
`;
}
