/** An authority's private key as the certificate library wants it: the key and the algorithm that fits its kind and size. */
import { createPrivateKey, webcrypto } from "node:crypto";

export interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: webcrypto.Algorithm;
}

/** SHA-2 of the size that fits the key. */
const ALGORITHMS: Readonly<Record<string, webcrypto.EcKeyImportParams & { readonly hash?: string }>> = {
  rsa: { name: "RSASSA-PKCS1-v1_5", namedCurve: "", hash: "SHA-256" },
  prime256v1: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  secp384r1: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  secp521r1: { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" },
  ed25519: { name: "Ed25519", namedCurve: "Ed25519" },
};

export const SIGNING_KEY_KINDS: readonly string[] = Object.keys(ALGORITHMS);

/** @param pem unencrypted. @returns the kind of a key that is none of SIGNING_KEY_KINDS */
export async function importSigningKey(pem: string): Promise<SigningKey | { readonly unknownKind: string }> {
  const pair = createPrivateKey(pem);
  const kind = pair.asymmetricKeyDetails?.namedCurve ?? pair.asymmetricKeyType ?? "";
  const algorithm = ALGORITHMS[kind];
  if (algorithm === undefined) {
    return { unknownKind: kind };
  }
  return { key: await webcrypto.subtle.importKey("pkcs8", pair.export({ type: "pkcs8", format: "der" }), algorithm, false, ["sign"]), algorithm };
}
