/** Packages, accounts, kernel parameters, files and services of one host. */
import type * as pulumi from "@pulumi/pulumi";
import type { HostArgs } from "../declare/host";
import type { Inputs, Outputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class Host extends NativeResource {
  /** How the host is reached. */
  declare readonly connection: pulumi.Output<Outputs<HostArgs["connection"]>>;
  /** What is there, in full. */
  declare readonly observed: pulumi.Output<unknown>;

  constructor(name: string, args: Inputs<HostArgs>, opts?: pulumi.CustomResourceOptions) {
    super("Host", name, args, ["observed"], opts);
  }
}
