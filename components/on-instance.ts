/** What Roles, Grants and RowSecurity share: where the instance is, or through whose provider it is reached. */
import type * as postgresql from "@pulumi/postgresql";
import type * as pulumi from "@pulumi/pulumi";
import type { InstanceReferenceArgs } from "../src/declare/instance-reference";
import type { Inputs } from "../src/resources";
import type { Connection } from "../src/model/connection";

export interface OverSsh {
  connection: pulumi.Input<Inputs<Connection>>;
  instance: InstanceReferenceArgs;
  provider?: undefined;
}

export interface ThroughProvider {
  /** The declarations become resources of this provider instead: over the network, with the role it logs in as. */
  provider: postgresql.Provider;
}

export type OnInstance = OverSsh | ThroughProvider;
