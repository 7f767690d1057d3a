/** The unit of work as pgrampart's resources declare it. */
import { readFileSync } from "node:fs";
import type { HostArgs } from "../../src/declare/host";
import type { FirewallArgs } from "../../src/declare/ruleset";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { labClients } from "../../src/lab/plan";
import { Secret } from "../../src/model/secret";
import type { Connection } from "../../src/model/connection";
import { portOfRound, unitOfRound, unitService, unitServiceWithRuleset, unitTable } from "../unit";

/** Who loads the ruleset: `file`, by the same steps as the other tools; `firewall`, by our own resource with all its safety. */
export type Ruling = "file" | "firewall";

export interface Declared {
  readonly type: "Host" | "Firewall";
  readonly name: string;
  readonly args: HostArgs | FirewallArgs;
}

/** The baselines are left out: no other tool does their work here. */
export function declarationOf(inventory: LabInventory, host: LabHost, round: number, ruling: Ruling): readonly Declared[] {
  const connection = connectionOf(inventory, host);
  const { files, ruleset } = unitOfRound(round);
  const base = { connection, hardenKernel: false, hardenFileModes: false, postgresql: { sandbox: false } };
  if (ruling === "file") {
    return [{ type: "Host", name: host.name, args: { ...base, files: [...files, ruleset].map((file) => ({ ...file, reloads: unitServiceWithRuleset })) } }];
  }
  const management = labClients.filter(({ name }) => name === "control").flatMap(({ network }) => [network.ipv4, network.ipv6]);
  const services = [{ name: "closed", ports: [portOfRound(round)], action: "drop" as const }];
  return [
    { type: "Host", name: host.name, args: { ...base, files: files.map((file) => ({ ...file, reloads: unitService })) } },
    { type: "Firewall", name: host.name, args: { connection, managementNetworks: management, services, table: unitTable } },
  ];
}

export function connectionOf(inventory: LabInventory, host: LabHost): Connection {
  return { host: host.ipv4, port: host.port, user: inventory.user, privateKey: new Secret(readFileSync(inventory.privateKey, "utf8")), hostKeys: host.hostKeys };
}
