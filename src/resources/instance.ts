/** One PostgreSQL instance: its parameters, TLS files and service. */
import type * as pulumi from "@pulumi/pulumi";
import type { InstanceArgs } from "../declare/instance";
import type { InstanceReference } from "../model/instance";
import type { Inputs, Outputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class Instance extends NativeResource {
  /** How the host is reached. */
  declare readonly connection: pulumi.Output<Outputs<InstanceArgs["connection"]>>;
  /** For other resources of the same instance: known once it runs. */
  declare readonly reference: pulumi.Output<InstanceReference>;
  /** What is there, in full. */
  declare readonly observed: pulumi.Output<unknown>;

  constructor(name: string, args: Inputs<InstanceArgs>, opts?: pulumi.CustomResourceOptions) {
    super("Instance", name, args, ["reference", "observed"], opts);
  }
}
