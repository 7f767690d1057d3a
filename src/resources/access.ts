/** What the roles of an instance may do: roles, memberships, databases, privileges and row security. */
import type * as pulumi from "@pulumi/pulumi";
import type { AccessArgs } from "../declare/access";
import type { Inputs, Outputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class Access extends NativeResource {
  /** How the host is reached. */
  declare readonly connection: pulumi.Output<Outputs<AccessArgs["connection"]>>;
  /** What an authoritative declaration would change: for `mode: "adopt"` and `"additive"`. */
  declare readonly differences: pulumi.Output<readonly string[]>;
  /** What is there, in full. */
  declare readonly observed: pulumi.Output<unknown>;

  constructor(name: string, args: Inputs<AccessArgs>, opts?: pulumi.CustomResourceOptions) {
    super("Access", name, args, ["differences", "observed"], opts);
  }
}
