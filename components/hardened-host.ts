/** A host as it should be before PostgreSQL comes: packages, accounts, kernel parameters, file modes, and a sandbox for its instances. */
import * as pulumi from "@pulumi/pulumi";
import type { HostArgs } from "../src/declare/host";
import type { Major } from "../src/model/instance";
import { Host, type Inputs } from "../src/resources";
import type { Connection } from "../src/model/connection";
import { childName, componentType } from "./naming";

export interface HardenedHostArgs extends Omit<HostArgs, "connection"> {
  connection: pulumi.Input<Inputs<Connection>>;
  /** PostgreSQL to install. @default - none: add its packages yourself */
  readonly postgresqlMajor?: Major;
  /** Whether pgAudit is installed with it. @default true */
  readonly pgaudit?: boolean;
}

export class HardenedHost extends pulumi.ComponentResource {
  readonly host: Host;

  constructor(name: string, args: HardenedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("HardenedHost"), name, {}, opts);
    const { postgresqlMajor, pgaudit = true, packages = [], ...rest } = args;
    const server = postgresqlMajor === undefined ? [] : [`postgresql-${postgresqlMajor}`, ...(pgaudit ? [`postgresql-${postgresqlMajor}-pgaudit`] : [])];
    this.host = new Host(childName(name, "host"), { ...rest, packages: [...server, ...packages] }, { parent: this });
    this.registerOutputs({});
  }
}
