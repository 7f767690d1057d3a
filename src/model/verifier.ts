/**
 * SCRAM-SHA-256 verifiers, made here so that no password reaches the server. Chance enters as an argument: a salt from
 * the caller. Source: RFC 5802 and 7677; the stored form from PostgreSQL, catalog-pg-authid.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import saslprep from "@mongodb-js/saslprep";
import { Secret } from "./secret";

/** PostgreSQL's own default (scram_iterations), and RFC 7677's minimum. */
export const ITERATIONS = 4096;

const SALT_BYTES = 16;

interface Verifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export function makeVerifier(password: Secret<string>, salt: Uint8Array, iterations: number = ITERATIONS): Secret<string> {
  if (salt.length < SALT_BYTES || iterations < ITERATIONS) {
    throw new RangeError(`a verifier needs a salt of ${SALT_BYTES} bytes and ${ITERATIONS} iterations`);
  }
  const { storedKey, serverKey } = keys(password.reveal(), salt, iterations);
  return new Secret(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}

/** The parts of a stored verifier; `null` when the text is none. */
export function readVerifier(text: string): Verifier | null {
  const [, iterations, salt, storedKey, serverKey] = /^SCRAM-SHA-256\$([1-9][0-9]{0,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (iterations === undefined || salt === undefined || storedKey === undefined || serverKey === undefined) {
    return null;
  }
  return { iterations: Number(iterations), salt: Buffer.from(salt, "base64"), storedKey: Buffer.from(storedKey, "base64"), serverKey: Buffer.from(serverKey, "base64") };
}

/** Whether the password is the one that the stored text was made of. One with fewer iterations than today's counts as another. */
export function isMadeOf(stored: Secret<string>, password: Secret<string>): boolean {
  const verifier = readVerifier(stored.reveal());
  if (verifier === null || verifier.iterations < ITERATIONS) {
    return false;
  }
  const { storedKey, serverKey } = keys(password.reveal(), verifier.salt, verifier.iterations);
  return timingSafeEqual(storedKey, verifier.storedKey) && timingSafeEqual(serverKey, verifier.serverKey);
}

function keys(password: string, salt: Uint8Array, iterations: number): { readonly storedKey: Buffer; readonly serverKey: Buffer } {
  const salted = pbkdf2Sync(prepare(password), salt, iterations, 32, "sha256");
  const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  return { storedKey: createHash("sha256").update(hmac("Client Key")).digest(), serverKey: hmac("Server Key") };
}

/** As the server and libpq do it: a password that SASLprep refuses is used as it is. Source: pg_saslprep in saslprep.c. */
function prepare(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) {
    return password;
  }
  try {
    return saslprep(password) || password;
  } catch {
    return password;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
