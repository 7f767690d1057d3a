/**
 * A certification authority whose key stays on the control side: generated here, or brought along. Server and client
 * certificates come from different authorities (a server certificate must never be good for a login), so each authority
 * says what it signs. Its revocation list is signed with it, empty while nothing is revoked.
 */
import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { CertificateRevocationList } from "../src/resources";
import { childName, componentType } from "./naming";

const HOURS_PER_DAY = 24;
const KEY_ALGORITHM = { algorithm: "ECDSA", ecdsaCurve: "P384" } as const;

export interface CertificateAuthorityArgs {
  /** What this authority signs: `server` certificates or `client` certificates, never both. */
  purpose: "server" | "client";
  /** @default - "<name> <purpose> authority" */
  commonName?: pulumi.Input<string>;
  /** Days. @default - 3650 */
  validityDays?: number;
  /** Days before its end at which an update makes a new authority certificate. @default - 365 */
  renewalDays?: number;
  /** An authority that signs this one, which then becomes an intermediate. @default - none: a root */
  issuer?: CertificateAuthority;
  /** Bring your own: certificate in PEM. Give `privateKey` with it to let it sign here. @default - one is generated */
  certificate?: pulumi.Input<string>;
  /** The key of `certificate`, in PEM. Never leaves the control side. @default - generated; with `certificate` alone nothing can be signed here */
  privateKey?: pulumi.Input<string>;
  /** Certificates above `certificate`, root last, in PEM. @default - none */
  chain?: pulumi.Input<string>;
  /** Certificates, in PEM, that this authority declares revoked. @default - none */
  revoked?: pulumi.Input<pulumi.Input<string>[]>;
  /** Bring your own revocation list in PEM. @default - signed here when the key is at hand */
  revocationList?: pulumi.Input<string>;
}

export class CertificateAuthority extends pulumi.ComponentResource {
  readonly purpose: "server" | "client";
  /** The authority's own certificate, in PEM. */
  readonly certificate: pulumi.Output<string>;
  /** What a peer must trust: this certificate and those above it, in PEM. */
  readonly trust: pulumi.Output<string>;
  /** What a holder presents behind its own certificate: the intermediates, without the root; may be empty. */
  readonly intermediates: pulumi.Output<string>;
  /** Secret; absent for an authority that was brought without its key. */
  readonly privateKey: pulumi.Output<string> | undefined;
  /** Revocation list in PEM; absent when it can neither be signed here nor was brought. */
  readonly revocationList: pulumi.Output<string> | undefined;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("CertificateAuthority"), name, {}, opts);
    this.purpose = args.purpose;
    if (args.certificate !== undefined && args.issuer !== undefined) {
      throw new pulumi.InputPropertyError({ propertyPath: "issuer", reason: "an authority is either brought (certificate) or signed by an issuer; remove one of the two" });
    }
    if (args.certificate === undefined && args.privateKey !== undefined) {
      throw new pulumi.InputPropertyError({ propertyPath: "privateKey", reason: "a key comes with its certificate; pass `certificate` too, or neither" });
    }
    const own = args.certificate === undefined ? this.#generate(name, args) : { certificate: pulumi.output(args.certificate), privateKey: args.privateKey };
    this.certificate = own.certificate;
    this.privateKey = own.privateKey === undefined ? undefined : pulumi.secret(own.privateKey);
    const above = args.issuer === undefined ? pulumi.output(args.chain ?? "") : args.issuer.trust;
    this.trust = pulumi.all([own.certificate, above]).apply(joinPem);
    this.intermediates = args.issuer === undefined
      ? pulumi.all([own.certificate, above]).apply((chain) => joinPem(splitPem(joinPem(chain)).filter((pem) => !isSelfSigned(pem))))
      : pulumi.all([own.certificate, args.issuer.intermediates]).apply(joinPem);
    this.revocationList = args.revocationList !== undefined ? pulumi.output(args.revocationList) : this.#signRevocationList(name, args);
    this.registerOutputs({ certificate: this.certificate, trust: this.trust, revocationList: this.revocationList });
  }

  #generate(name: string, args: CertificateAuthorityArgs): { certificate: pulumi.Output<string>; privateKey: pulumi.Output<string> } {
    const key = new tls.PrivateKey(childName(name, "key"), KEY_ALGORITHM, { parent: this });
    const subject = { commonName: args.commonName ?? `${name} ${args.purpose} authority` };
    const validity = {
      validityPeriodHours: (args.validityDays ?? 3650) * HOURS_PER_DAY,
      earlyRenewalHours: (args.renewalDays ?? 365) * HOURS_PER_DAY,
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: ["cert_signing", "crl_signing"],
    };
    if (args.issuer === undefined) {
      const certificate = new tls.SelfSignedCert(childName(name, "certificate"), { ...validity, subject, privateKeyPem: key.privateKeyPem, setAuthorityKeyId: true }, { parent: this });
      return { certificate: certificate.certPem, privateKey: key.privateKeyPem };
    }
    const request = new tls.CertRequest(childName(name, "request"), { subject, privateKeyPem: key.privateKeyPem }, { parent: this });
    const certificate = new tls.LocallySignedCert(
      childName(name, "certificate"),
      { ...validity, certRequestPem: request.certRequestPem, caCertPem: args.issuer.certificate, caPrivateKeyPem: args.issuer.signingKey() },
      { parent: this },
    );
    return { certificate: certificate.certPem, privateKey: key.privateKeyPem };
  }

  /** The key, for those who sign with this authority; refused for one that was brought without it. */
  signingKey(): pulumi.Output<string> {
    if (this.privateKey === undefined) {
      throw new pulumi.RunError("this authority was brought without its private key, so it cannot sign here: pass `privateKey`, or bring the certificates it signed elsewhere");
    }
    return this.privateKey;
  }

  #signRevocationList(name: string, args: CertificateAuthorityArgs): pulumi.Output<string> | undefined {
    if (this.privateKey === undefined) {
      return undefined;
    }
    const list = new CertificateRevocationList(
      childName(name, "revocation-list"),
      {
        authorityCertificate: this.certificate,
        authorityPrivateKey: this.privateKey,
        revoked: pulumi.output(args.revoked ?? []).apply((revoked) => revoked.map((pem) => ({ serialNumber: new X509Certificate(pem).serialNumber.toLowerCase() }))),
      },
      { parent: this },
    );
    const above = args.issuer?.revocationList;
    return above === undefined ? list.revocationList : pulumi.all([list.revocationList, above]).apply(joinPem);
  }
}

/** One PEM text of several, each ending with a newline. */
export function joinPem(parts: readonly string[]): string {
  return parts.filter((part) => part.trim() !== "").map((part) => `${part.trimEnd()}\n`).join("");
}

function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

function isSelfSigned(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}
