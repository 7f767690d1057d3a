/**
 * Every role of an instance and the memberships between them. Over SSH and the local socket, or through a
 * `postgresql.Provider` of your own.
 */
import * as pulumi from "@pulumi/pulumi";
import type { AccessArgs } from "../src/declare/access";
import type { MembershipArgs, RoleArgs } from "../src/declare/role";
import { Access, type Inputs } from "../src/resources";
import { childName, componentType } from "./naming";
import type { OnInstance } from "./on-instance";
import { rolesThrough } from "./through-provider";

export type RolesArgs = OnInstance & {
  roles: Inputs<RoleArgs>[];
  /** @default - none */
  memberships?: MembershipArgs[];
  /** What becomes of roles nobody declares, and how. Over SSH only. @default - authoritative; login and memberships are taken away */
  policy?: Pick<AccessArgs, "mode" | "retire" | "heir" | "ignoredRoles">;
};

export class Roles extends pulumi.ComponentResource {
  /** The native resource; absent when the roles are a provider's. */
  readonly access: Access | undefined;

  constructor(name: string, args: RolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Roles"), name, {}, opts);
    const memberships = args.memberships ?? [];
    if (args.provider !== undefined) {
      rolesThrough(name, args.roles, memberships, { parent: this, provider: args.provider });
      this.access = undefined;
    } else {
      this.access = new Access(childName(name, "access"), { connection: args.connection, instance: args.instance, ...args.policy, roles: args.roles, memberships }, { parent: this });
    }
    this.registerOutputs({});
  }
}
