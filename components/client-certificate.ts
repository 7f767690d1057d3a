/**
 * The certificate a role logs in with: its common name is the role (or what an ident map turns into it).
 */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "./certificate-authority";
import { issueLeafCertificate } from "./leaf-certificate";
import { componentType } from "./naming";

export interface ClientCertificateArgs {
  /** An authority whose purpose is `client`. */
  authority: CertificateAuthority;
  /** The common name: the role it logs in as. */
  role: pulumi.Input<string>;
  /** Days. @default - 90 */
  validityDays?: number;
  /** Days before its end at which an update renews it. @default - a third of validityDays */
  renewalDays?: number;
}

export class ClientCertificate extends pulumi.ComponentResource {
  /** PEM: the certificate and its intermediates; libpq's `sslcert`. */
  readonly certificate: pulumi.Output<string>;
  /** PEM; secret; libpq's `sslkey`. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: ClientCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("ClientCertificate"), name, {}, opts);
    if (args.authority.purpose !== "client") {
      throw new pulumi.InputPropertyError({ propertyPath: "authority", reason: "an authority for servers is not allowed; allowed: one whose purpose is `client`. A certificate of the servers' authority must never be good for a login" });
    }
    const validityDays = args.validityDays ?? 90;
    const leaf = issueLeafCertificate(
      name,
      { authority: args.authority, commonName: args.role, names: [], addresses: [], validityDays, renewalDays: args.renewalDays ?? Math.floor(validityDays / 3), use: "client_auth" },
      this,
    );
    this.certificate = leaf.certificate;
    this.privateKey = leaf.privateKey;
    this.registerOutputs({ certificate: this.certificate, privateKey: this.privateKey });
  }
}
