/** What all native resources share: their token, the version of their plugin, and secrets marked before they leave the program. */
import * as pulumi from "@pulumi/pulumi";
import { resourceOptions } from "./plugin";
import { markSecrets, SECRET_INPUTS } from "./secret-inputs";

export abstract class NativeResource extends pulumi.CustomResource {
  /** @param outputs names of outputs that are no arguments */
  protected constructor(type: keyof typeof SECRET_INPUTS, name: string, args: object, outputs: readonly string[], opts: pulumi.CustomResourceOptions | undefined) {
    const undeclared = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(`pgrampart:index:${type}`, name, { ...undeclared, ...markSecrets(args, SECRET_INPUTS[type]) }, resourceOptions(opts));
  }
}
