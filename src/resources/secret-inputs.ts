/**
 * Which arguments hold secrets, so that they are marked before they leave the program. The provider's kinds say the same
 * (a test holds the two equal); their modules are too slow to load into every program.
 */
import * as pulumi from "@pulumi/pulumi";
import { Secret } from "../model/secret";

const CONNECTION = ["connection", "connection.proxy"].flatMap((hop) => ["privateKey", "privateKeyPassword", "password"].map((name) => `${hop}.${name}`));

export const SECRET_INPUTS = {
  Access: [...CONNECTION, "roles[*].password"],
  CertificateRevocationList: ["authorityPrivateKey"],
  Firewall: CONNECTION,
  Host: [...CONNECTION, "files[*].content"],
  HostBasedAccess: [...CONNECTION, "records[*].options.ldapbindpasswd", "records[*].options.radiussecrets"],
  Instance: [...CONNECTION, "tls.privateKey", "tls.passphrase"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The same arguments with each secret marked; where an output hides the way to one, the whole output is. */
export function markSecrets(args: object, patterns: readonly string[]): pulumi.Inputs {
  return patterns.map((pattern) => pattern.replaceAll("[*]", ".*").split(".")).reduce<unknown>(mark, args) as pulumi.Inputs;
}

function mark(value: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (value === undefined || value === null) {
    return value;
  }
  if (value instanceof Secret) {
    return pulumi.secret(value.reveal());
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
