/** The packet filter of one host: one nftables table, owned whole. */
import type * as pulumi from "@pulumi/pulumi";
import type { FirewallArgs } from "../declare/ruleset";
import type { Inputs, Outputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class Firewall extends NativeResource {
  /** How the host is reached. */
  declare readonly connection: pulumi.Output<Outputs<FirewallArgs["connection"]>>;
  /** What is there, in full. */
  declare readonly observed: pulumi.Output<unknown>;

  constructor(name: string, args: Inputs<FirewallArgs>, opts?: pulumi.CustomResourceOptions) {
    super("Firewall", name, args, ["observed"], opts);
  }
}
