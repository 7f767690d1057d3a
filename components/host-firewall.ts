/** A host's firewall by intent: who may reach which server program; everything else is dropped, SSH stays with management. */
import * as pulumi from "@pulumi/pulumi";
import type { FirewallArgs, FirewallServiceArgs, Network } from "../src/declare/ruleset";
import { Firewall, type Inputs } from "../src/resources";
import type { Connection } from "../src/model/connection";
import { childName, componentType } from "./naming";

/** Ports of the programs a database host runs. */
const WELL_KNOWN_PORTS = { postgresql: 5432, pgagroal: 2345, pgpool: 9999, https: 443 } as const;

export interface HostFirewallArgs extends Omit<FirewallArgs, "connection"> {
  connection: pulumi.Input<Inputs<Connection>>;
  /** Networks that reach a well-known program. @default - nobody */
  readonly reach?: Partial<Record<keyof typeof WELL_KNOWN_PORTS, readonly Network[]>>;
}

export class HostFirewall extends pulumi.ComponentResource {
  readonly firewall: Firewall;

  constructor(name: string, args: HostFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("HostFirewall"), name, {}, opts);
    const { reach = {}, services = [], ...rest } = args;
    const known = (Object.entries(reach) as [keyof typeof WELL_KNOWN_PORTS, readonly Network[]][])
      .map(([program, sources]): FirewallServiceArgs => ({ name: program, ports: [WELL_KNOWN_PORTS[program]], sources }));
    this.firewall = new Firewall(childName(name, "firewall"), { ...rest, services: [...known, ...services] }, { parent: this });
    this.registerOutputs({});
  }
}
