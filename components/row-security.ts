/**
 * Row security of the tables of a database, switched on, forced, and with all its policies. No provider of others knows
 * policies, so this is always over SSH and the local socket.
 */
import * as pulumi from "@pulumi/pulumi";
import type { AccessArgs } from "../src/declare/access";
import type { RowSecurityArgs } from "../src/declare/policy";
import { Access } from "../src/resources";
import { childName, componentType } from "./naming";
import type { OverSsh } from "./on-instance";

export interface RowSecurityComponentArgs extends OverSsh {
  /** Tables by database. */
  databases: Record<string, RowSecurityArgs[]>;
  /** @default - authoritative: policies nobody declared are dropped */
  policy?: Pick<AccessArgs, "mode" | "whenMissing">;
}

export class RowSecurity extends pulumi.ComponentResource {
  readonly access: Access;

  constructor(name: string, args: RowSecurityComponentArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("RowSecurity"), name, {}, opts);
    const databases = Object.fromEntries(Object.entries(args.databases).map(([database, rowSecurity]) => [database, { rowSecurity }]));
    this.access = new Access(childName(name, "access"), { connection: args.connection, instance: args.instance, ...args.policy, databases }, { parent: this });
    this.registerOutputs({});
  }
}
