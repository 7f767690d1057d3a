/**
 * The `tls` of an Instance: PEM texts that belong together. Refuses, before any host is touched, a key that is not the
 * certificate's, a chain out of order, a name the certificate does not have. Whether it has expired is asked on the host.
 */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { coversName, isEncryptedKey, parseCertificates, parsePrivateKey, pemBlocks } from "../model/certificate";
import type { InstanceTls } from "../model/instance-state";
import { Secret, type MaybeSecret } from "../model/secret";
import { isUnknown } from "../model/unknown";
import { rule, type IssueCollector, type Path } from "./issue";

export interface InstanceTlsArgs {
  /** PEM: the server's certificate, then the intermediates up to (without) the root. */
  readonly certificate: string;
  /** PEM; may be encrypted with `passphrase`. */
  readonly privateKey: MaybeSecret<string>;
  /** PEM of the authorities whose client certificates are accepted (ssl_ca_file). @default - client certificates are not accepted */
  readonly clientAuthority?: string;
  /** PEM of the revocation lists of those authorities, one for each (ssl_crl_file). @default - none: nothing counts as revoked */
  readonly revocationList?: string;
  /** Opens an encrypted `privateKey`; the server reads it from a file that only root and postgres can read. @default - the key is not encrypted */
  readonly passphrase?: MaybeSecret<string>;
  /** PEM of parameters for ephemeral DH, used by TLS 1.2 only (ssl_dh_params_file). @default - PostgreSQL's built-in 2048-bit group */
  readonly dhParameters?: string;
  /** Names and addresses that clients use; each must be among the certificate's subject alternative names. @default - not compared */
  readonly names?: readonly string[];
}

const PEM_REMEDY = "Give the text of the PEM file, from -----BEGIN to -----END, not its path.";

const secretText = z
  .custom<Secret<string>>((value) => value instanceof Secret && typeof value.reveal() === "string" && value.reveal() !== "", rule("text that is not empty", "Give the secret's text."));

const pemOf = (label: string): z.ZodType<string> =>
  z.string().refine((text) => {
    const blocks = pemBlocks(text);
    return blocks !== null && blocks.length > 0 && blocks.every((block) => block.label === label);
  }, rule(`PEM blocks labelled ${label}`, PEM_REMEDY));

const certificates = z.string().refine((text) => parseCertificates(text) !== null, rule("PEM certificates", PEM_REMEDY));

const FIELDS = {
  certificate: certificates,
  privateKey: secretText,
  clientAuthority: certificates.exactOptional(),
  revocationList: pemOf("X509 CRL").exactOptional(),
  passphrase: secretText.exactOptional(),
  dhParameters: pemOf("DH PARAMETERS").exactOptional(),
  names: z.array(z.string().min(1)).exactOptional(),
};

const tlsSchema = z.strictObject(FIELDS);

/** A value whose text is already known: unknown leaves may come wrapped as secrets. */
const known = (value: unknown): unknown => (value instanceof Secret && isUnknown(value.reveal()) ? value.reveal() : value);

export function declareTls(value: unknown, path: Path, issues: IssueCollector): InstanceTls | undefined {
  const opened = typeof value === "object" && value !== null && !isUnknown(value)
    ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, known(field)]))
    : value;
  const tls = issues.parse(tlsSchema, opened, path);
  refuseMismatches((opened ?? {}) as Partial<Record<keyof InstanceTlsArgs, unknown>>, path, issues);
  if (tls === undefined) {
    return undefined;
  }
  const { certificate, privateKey, clientAuthority, revocationList, passphrase, dhParameters } = tls;
  return {
    certificate: ended(certificate), privateKey: new Secret(ended(privateKey.reveal())), clientAuthority: clientAuthority === undefined ? null : ended(clientAuthority),
    revocationList: revocationList === undefined ? null : ended(revocationList), passphrase: passphrase ?? null, dhParameters: dhParameters === undefined ? null : ended(dhParameters),
  };
}

const ended = (text: string): string => `${text.trimEnd()}\n`;

/** Compares the parts with each other; each rule looks at what is there, so that all faults come at once. */
function refuseMismatches(tls: Partial<Record<keyof InstanceTlsArgs, unknown>>, path: Path, issues: IssueCollector): void {
  const refuse = (name: keyof InstanceTlsArgs, allowed: string, remedy: string, given: unknown = tls[name]): void => issues.add([...path, name], given, allowed, remedy);
  const chain = typeof tls.certificate === "string" ? parseCertificates(tls.certificate) : null;
  if (chain !== null) {
    refuseBadChain(chain, refuse);
    for (const [index, name] of (Array.isArray(tls.names) ? tls.names : []).entries()) {
      if (typeof name === "string" && chain[0] !== undefined && !coversName(chain[0], name)) {
        issues.add([...path, "names", index], name, chain[0].subjectAltName ?? "nothing: the certificate has no subject alternative name", "Issue the certificate for this name too, or remove the name.");
      }
    }
  }
  refuseBadKey(tls, chain?.[0], refuse);
  const authorities = typeof tls.clientAuthority === "string" ? parseCertificates(tls.clientAuthority) : null;
  if (authorities?.some((authority) => !authority.ca) === true) {
    refuse("clientAuthority", "certificates of authorities (basicConstraints CA:TRUE)", "Give the authority that signs client certificates, not a client's own certificate.", "a certificate that is no authority's");
  }
  if (tls.revocationList !== undefined && tls.clientAuthority === undefined) {
    refuse("revocationList", "a revocation list together with clientAuthority", "Set clientAuthority: without it no client certificate is accepted at all.", "a revocation list");
  }
}

type Refuse = (name: keyof InstanceTlsArgs, allowed: string, remedy: string, given?: unknown) => void;

function refuseBadChain(chain: readonly X509Certificate[], refuse: Refuse): void {
  const [leaf, ...issuers] = chain;
  if (leaf === undefined) {
    return;
  }
  if (leaf.subjectAltName === undefined) {
    refuse("certificate", "a certificate with subject alternative names", "Issue it with the names that clients use: verify-full looks at nothing else.", leaf.subject);
  }
  if (leaf.ca) {
    refuse("certificate", "the server's own certificate first", "Put the server's certificate before those of its authorities.", leaf.subject);
  }
  for (const [index, issuer] of issuers.entries()) {
    const signed = chain[index];
    if (signed !== undefined && !(signed.checkIssued(issuer) && signed.verify(issuer.publicKey))) {
      refuse("certificate", "each certificate signed by the next", "Order the chain: server, its issuer, that one's issuer.", `${signed.subject} before ${issuer.subject}`);
    }
  }
}

function refuseBadKey(tls: Partial<Record<keyof InstanceTlsArgs, unknown>>, leaf: X509Certificate | undefined, refuse: Refuse): void {
  const [pem, passphrase] = [textOf(tls.privateKey), textOf(tls.passphrase)];
  if (passphrase !== undefined && /[\0\r\n]/.test(passphrase)) {
    refuse("passphrase", "one line", "Remove line ends: PostgreSQL reads the first line only.");
  }
  if (pem === undefined || isUnknown(tls.passphrase)) {
    return;
  }
  if (isEncryptedKey(pem) !== (passphrase !== undefined)) {
    return passphrase === undefined
      ? refuse("passphrase", "the passphrase of the encrypted privateKey", "Set it: the server cannot ask anybody when it starts.")
      : refuse("passphrase", "nothing: privateKey is not encrypted", "Remove it, or encrypt the key.");
  }
  const key = parsePrivateKey(pem, passphrase);
  if (key === null) {
    return refuse("privateKey", "a PEM private key that the passphrase, if any, opens", PEM_REMEDY);
  }
  if (leaf !== undefined && !leaf.checkPrivateKey(key)) {
    refuse("privateKey", "the private key of the certificate", "Give the key that the certificate's request was signed with.");
  }
}

function textOf(value: unknown): string | undefined {
  const text: unknown = value instanceof Secret ? value.reveal() : value;
  return typeof text === "string" ? text : undefined;
}
