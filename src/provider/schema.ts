/**
 * What `pulumi package get-schema pgrampart` prints. Names, descriptions and what is secret come from the kinds; argument
 * types are TypeScript's (`Inputs<…Args>`), since unions such as an hba record's have no equal in Pulumi's schema: here
 * they are `Any`, and check judges the values.
 */
import { VERSION } from "../model/version";
import type { DeclaredKind } from "./kind";

const ANY = { $ref: "pulumi.json#/Any" };

type AnyKind = Pick<DeclaredKind<never, never, never>, "type" | "description" | "secretInputs"> & { readonly outputs?: Readonly<Record<string, unknown>> };

export function schema(kinds: readonly AnyKind[]): object {
  return {
    name: "pgrampart",
    version: VERSION,
    description: "Declare, preview and prove the security of PostgreSQL on ordinary Linux hosts.",
    license: "Apache-2.0",
    config: { variables: CONFIGURATION },
    provider: { description: "Needs no configuration; names for hosts serve `pulumi import`.", inputProperties: CONFIGURATION },
    resources: Object.fromEntries(kinds.map((kind) => [`pgrampart:index:${kind.type}`, resource(kind)])),
  };
}

const CONFIGURATION = {
  connections: { type: "object", additionalProperties: ANY, secret: true, description: "Names for hosts, each with connection arguments, so that `pulumi import` can reach them." },
  updateLockTimeout: { type: "number", description: "Seconds to wait for another update on the same host to end. Default: 60." },
};

function resource(kind: AnyKind): object {
  const secretRoots = [...new Set(kind.secretInputs.map((pattern) => pattern.split(/[.[]/)[0] as string))].sort();
  const outputs = Object.fromEntries([...Object.keys(kind.outputs ?? {}), "observed"].map((name) => [name, ANY]));
  return {
    description: kind.description,
    inputProperties: Object.fromEntries(secretRoots.map((name) => [name, { ...ANY, description: `Holds secrets: ${kind.secretInputs.filter((pattern) => pattern.startsWith(name)).join(", ")}.` }])),
    properties: outputs,
    required: ["observed"],
  };
}
