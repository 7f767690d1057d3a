/**
 * A stack as `pulumi stack export --show-secrets` prints it, as plain resources: secrets are wrapped again the moment
 * they are read. Refuses a form of the export that it does not know, and one whose secrets are still encrypted.
 */
import { z } from "zod";
import { VerifyError } from "../errors";
import { Secret } from "../model/secret";
import type { PropertyMap } from "./kind";
import { isRecord, MARK } from "./property";

export interface DeployedResource {
  readonly urn: string;
  /** Logical name: the last part of the URN. */
  readonly name: string;
  /** Type token, such as `pgrampart:index:Firewall`. */
  readonly type: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  delete: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

const exportSchema = z.looseObject({ version: z.number(), deployment: z.looseObject({ resources: z.array(resourceSchema).optional() }) });

/** In the order of the export; what is only waiting to be deleted is left out. */
export function readDeployment(text: string): readonly DeployedResource[] {
  const { version, deployment } = exportSchema.parse(JSON.parse(text));
  if (version !== 3 && version !== 4) {
    throw new VerifyError(`the stack's export has form ${version}, which this version does not know`, { remedy: "Upgrade pgrampart, or export with an older Pulumi." });
  }
  return (deployment.resources ?? []).filter((resource) => resource.delete !== true).map(({ urn, type, inputs, outputs }) => ({
    urn, type, name: urn.split("::").slice(3).join("::"), inputs: readValue(inputs) as PropertyMap, outputs: readValue(outputs) as PropertyMap,
  }));
}

/** Inside a secret everything is secret anyway, so nothing is marked there. */
function readValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readValue);
  }
  if (!isRecord(value)) {
    return value;
  }
  if (value[MARK.signature] !== MARK.secret) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readValue(item)]));
  }
  if (typeof value["plaintext"] !== "string") {
    throw new VerifyError("the stack's secrets are still encrypted", { remedy: "Export it with --show-secrets." });
  }
  return new Secret(JSON.parse(value["plaintext"]) as unknown);
}
