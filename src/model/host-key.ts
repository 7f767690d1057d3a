/**
 * A host's public SSH key as OpenSSH writes it in a `.pub` file: type, base64, and a comment that is left out.
 * Refuses lines whose base64 does not hold the type they name, and DSA keys, which OpenSSH no longer accepts.
 */

/** Key type → the signature algorithms a host with such a key may use (ssh_config(5), HostKeyAlgorithms). */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
  "sk-ssh-ed25519@openssh.com": ["sk-ssh-ed25519@openssh.com"],
  "sk-ecdsa-sha2-nistp256@openssh.com": ["sk-ecdsa-sha2-nistp256@openssh.com"],
};

export const HOST_KEY_TYPES = Object.keys(ALGORITHMS);

export interface HostKey {
  readonly type: string;
  readonly base64: string;
}

/** `null` when the line is not such a key. */
export function parseHostKey(line: string): HostKey | null {
  const [, type, base64] = /^(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t][^\n\r]*)?$/.exec(line.trim()) ?? [];
  if (type === undefined || base64 === undefined || ALGORITHMS[type] === undefined) {
    return null;
  }
  const bytes = Buffer.from(base64, "base64");
  const named = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1") : "";
  return named === type && bytes.length > 4 + type.length + 32 ? { type, base64 } : null;
}

/** Signature algorithms to accept from a host that has these keys, in the order of the keys. */
export function hostKeyAlgorithms(keys: readonly HostKey[]): readonly string[] {
  return [...new Set(keys.flatMap((key) => ALGORITHMS[key.type] ?? []))];
}
