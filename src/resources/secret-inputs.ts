/**
 * Which arguments hold secrets, so that they are marked before they leave the program: the engine prints what it is sent
 * when it is asked to log much. A test holds these lists equal to the provider's.
 */
import * as pulumi from "@pulumi/pulumi";

const CONNECTION = ["connection.privateKey", "connection.privateKeyPassword", "connection.proxy.privateKey", "connection.proxy.privateKeyPassword"] as const;

export const SECRET_INPUTS = {
  CertificateRevocationList: ["authorityPrivateKey"],
  Host: CONNECTION,
  Firewall: CONNECTION,
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The same arguments with each secret marked; where an output hides the way to one, the whole output is. */
export function markSecrets(args: object, patterns: readonly string[]): pulumi.Inputs {
  return patterns.map((pattern) => pattern.split(/[.[]/).map((part) => part.replace("]", ""))).reduce<unknown>(mark, args) as pulumi.Inputs;
}

function mark(value: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (value === undefined || value === null) {
    return value;
  }
  if (part === undefined || pulumi.Output.isInstance(value) || value instanceof Promise) {
    return pulumi.secret(value);
  }
  if (Array.isArray(value)) {
    return part === "*" ? value.map((element) => mark(element, rest)) : value;
  }
  if (typeof value !== "object" || (part !== "*" && !(part in value))) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, part === "*" || part === key ? mark(inner, rest) : (inner as unknown)]));
}
