/**
 * Databases and every privilege in them: schemas, grants, default privileges. Over SSH and the local socket, or through
 * a `postgresql.Provider` of your own.
 */
import * as pulumi from "@pulumi/pulumi";
import type { AccessArgs } from "../src/declare/access";
import type { DatabaseArgs } from "../src/declare/database";
import { Access } from "../src/resources";
import { childName, componentType } from "./naming";
import type { OnInstance } from "./on-instance";
import { databasesThrough } from "./through-provider";

export type GrantsArgs = OnInstance & {
  /** By database. Row security is `RowSecurity`'s. */
  databases: Record<string, Omit<DatabaseArgs, "rowSecurity">>;
  /** Over SSH only. @default - authoritative: what nobody declared is revoked, PUBLIC's defaults too */
  policy?: Pick<AccessArgs, "mode" | "ignoredRoles" | "publicDefaults" | "whenMissing" | "onDelete">;
};

export class Grants extends pulumi.ComponentResource {
  /** The native resource; absent when the grants are a provider's. */
  readonly access: Access | undefined;

  constructor(name: string, args: GrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Grants"), name, {}, opts);
    if (args.provider !== undefined) {
      databasesThrough(name, args.databases, { parent: this, provider: args.provider });
      this.access = undefined;
    } else {
      this.access = new Access(childName(name, "access"), { connection: args.connection, instance: args.instance, ...args.policy, databases: args.databases }, { parent: this });
    }
    this.registerOutputs({});
  }
}
