/**
 * A key and a certificate signed by one of our authorities: what server and client certificates have in common.
 * The key belongs to one holder; it is never shared between hosts or people.
 */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { joinPem, type CertificateAuthority } from "./certificate-authority";
import { childName } from "./naming";

const HOURS_PER_DAY = 24;

export interface LeafCertificateArgs {
  readonly authority: CertificateAuthority;
  /** Days. */
  readonly validityDays: number;
  /** Days before its end at which an update renews it. */
  readonly renewalDays: number;
  readonly commonName: pulumi.Input<string>;
  readonly names: readonly pulumi.Input<string>[];
  readonly addresses: readonly pulumi.Input<string>[];
  readonly use: "server_auth" | "client_auth";
}

/** PEM; the certificate is followed by the intermediates that its holder presents. */
export interface LeafCertificate {
  readonly certificate: pulumi.Output<string>;
  readonly privateKey: pulumi.Output<string>;
}

/** Makes key, request and certificate as children of `parent`. */
export function issueLeafCertificate(name: string, args: LeafCertificateArgs, parent: pulumi.Resource): LeafCertificate {
  const key = new tls.PrivateKey(childName(name, "key"), { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent });
  const request = new tls.CertRequest(
    childName(name, "request"),
    { privateKeyPem: key.privateKeyPem, subject: { commonName: args.commonName }, dnsNames: [...args.names], ipAddresses: [...args.addresses] },
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    childName(name, "certificate"),
    {
      certRequestPem: request.certRequestPem,
      caCertPem: args.authority.certificate,
      caPrivateKeyPem: args.authority.signingKey(),
      validityPeriodHours: args.validityDays * HOURS_PER_DAY,
      earlyRenewalHours: args.renewalDays * HOURS_PER_DAY,
      setSubjectKeyId: true,
      allowedUses: ["digital_signature", args.use],
    },
    { parent },
  );
  return {
    certificate: pulumi.all([certificate.certPem, args.authority.intermediates]).apply(joinPem),
    privateKey: pulumi.secret(key.privateKeyPem),
  };
}
