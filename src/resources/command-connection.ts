/**
 * A host's connection for a user's own `remote.Command` of `@pulumi/command`: the same arguments, with the first pinned
 * key in its `hostKey` (that provider knows one key, and accepts any without it).
 */
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../model/connection";
import type { Inputs } from "./inputs";

/** What `@pulumi/command`'s `remote.ConnectionArgs` takes; a test compiles it against the real one. */
export interface CommandConnection {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly dialErrorLimit?: number;
  readonly perDialTimeout?: number;
  readonly hostKey: string;
  readonly proxy?: Omit<CommandConnection, "proxy">;
}

/** @example new remote.Command("uptime", { connection: commandConnection(host.connection), create: "uptime" }) */
export function commandConnection(connection: pulumi.Input<Inputs<Connection> | pulumi.Unwrap<Inputs<Connection>>>): pulumi.Output<CommandConnection> {
  return pulumi.output(connection).apply(({ proxy, ...hop }) => ({ ...pinned(hop), ...(proxy === undefined ? {} : { proxy: pinned(proxy) }) })) as pulumi.Output<CommandConnection>;
}

function pinned<Hop extends { readonly hostKeys: readonly string[] }>({ hostKeys, ...hop }: Hop): Omit<Hop, "hostKeys"> & { readonly hostKey: string | undefined } {
  return { ...hop, hostKey: hostKeys[0] };
}
