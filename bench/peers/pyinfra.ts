/** pyinfra: the same work as a deploy file. */
import { unitFolder, unitService, type Unit } from "../unit";

export function pyinfraDeploy(unit: Unit): string {
  return `from io import StringIO
from pyinfra.operations import files, server, systemd
import json

UNIT = json.loads(${JSON.stringify(JSON.stringify(unit))})
changes = []
for file in UNIT["files"]:
    changes.append(files.put(name=file["path"], src=StringIO(file["content"]), dest=file["path"], user="root", group="root", mode=file["mode"], _sudo=True))
ruleset = files.put(name="ruleset", src=StringIO(UNIT["ruleset"]), dest="${unitFolder}/ruleset.nft", user="root", group="root", mode="0600", _sudo=True)
server.shell(name="load", commands=["nft -f ${unitFolder}/ruleset.nft"], _sudo=True, _if=ruleset.did_change)
systemd.service(name="reload", service="${unitService}", reloaded=True, _sudo=True, _if=lambda: any(change.did_change() for change in [*changes, ruleset]))
`;
}
