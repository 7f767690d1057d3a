/** Who may connect to an instance, from where and how: pg_hba.conf and pg_ident.conf, owned whole. */
import type * as pulumi from "@pulumi/pulumi";
import type { HostBasedAccessArgs } from "../declare/hba";
import type { Inputs, Outputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class HostBasedAccess extends NativeResource {
  /** How the host is reached. */
  declare readonly connection: pulumi.Output<Outputs<HostBasedAccessArgs["connection"]>>;
  /** What is there, in full. */
  declare readonly observed: pulumi.Output<unknown>;

  constructor(name: string, args: Inputs<HostBasedAccessArgs>, opts?: pulumi.CustomResourceOptions) {
    super("HostBasedAccess", name, args, ["observed"], opts);
  }
}
