/** The provider's own configuration, for programs that do not put it into the stack's. */
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../model/connection";
import type { Inputs } from "./inputs";
import { resourceOptions } from "./plugin";

export interface ProviderArgs {
  /**
   * Names for hosts, so that `pulumi import pgrampart:index:Firewall NAME h1` can reach them. Secret.
   * @default - the stack's `pgrampart:connections`
   */
  readonly connections?: pulumi.Input<Readonly<Record<string, Inputs<Connection>>>>;
  /** Seconds to wait for another update on the same host to end. @default - 60 */
  readonly updateLockTimeout?: pulumi.Input<number>;
}

export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const connections = args.connections === undefined ? undefined : pulumi.secret(args.connections).apply((value) => JSON.stringify(value));
    super("pgrampart", name, { connections, updateLockTimeout: args.updateLockTimeout }, resourceOptions(opts));
  }
}
