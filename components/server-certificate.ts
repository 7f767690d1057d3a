/**
 * The certificate an instance shows its clients. Every name and address a client may use is a subject alternative name,
 * because clients verify in full (`sslmode=verify-full`). One key per host.
 */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "./certificate-authority";
import { issueLeafCertificate } from "./leaf-certificate";
import { componentType } from "./naming";

export interface ServerCertificateArgs {
  /** An authority whose purpose is `server`. */
  authority: CertificateAuthority;
  /** DNS names that clients use; the first is also the common name. */
  names: pulumi.Input<string>[];
  /** IP addresses that clients use. @default - none */
  addresses?: pulumi.Input<string>[];
  /** Days. At most 398, the longest that current clients' policies take. @default - 90 */
  validityDays?: number;
  /** Days before its end at which an update renews it. @default - a third of validityDays */
  renewalDays?: number;
}

export class ServerCertificate extends pulumi.ComponentResource {
  /** PEM: the certificate and its intermediates. */
  readonly certificate: pulumi.Output<string>;
  /** PEM; secret. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("ServerCertificate"), name, {}, opts);
    const commonName = args.names[0] ?? args.addresses?.[0];
    if (commonName === undefined) {
      throw new pulumi.InputPropertyError({ propertyPath: "names", reason: "[] is not allowed; allowed: at least one name or address. Give the names that clients connect to" });
    }
    if (args.authority.purpose !== "server") {
      throw new pulumi.InputPropertyError({ propertyPath: "authority", reason: "an authority for clients is not allowed; allowed: one whose purpose is `server`. Make a second authority for servers" });
    }
    const validityDays = args.validityDays ?? 90;
    if (validityDays < 1 || validityDays > 398) {
      throw new pulumi.InputPropertyError({ propertyPath: "validityDays", reason: `${validityDays} is not allowed; allowed: 1 to 398. Choose a shorter life and let updates renew it` });
    }
    const leaf = issueLeafCertificate(
      name,
      { authority: args.authority, commonName, names: args.names, addresses: args.addresses ?? [], validityDays, renewalDays: args.renewalDays ?? Math.floor(validityDays / 3), use: "server_auth" },
      this,
    );
    this.certificate = leaf.certificate;
    this.privateKey = leaf.privateKey;
    this.registerOutputs({ certificate: this.certificate, privateKey: this.privateKey });
  }
}
