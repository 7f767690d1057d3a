/**
 * What is said when a host shows a key that is not pinned: the fingerprints of both, so that a person can compare them
 * with what the host's console shows. The connection is refused whatever they are.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { ConnectError } from "../errors";
import { parseHostKey, type HostKey } from "../model/host-key";
import { DEFAULT_PORT, hopName, pinnedKeys, type Hop } from "./config";

/** As `ssh-keygen -lf` prints it. */
export function fingerprint(key: HostKey): string {
  return `${key.type} SHA256:${createHash("sha256").update(Buffer.from(key.base64, "base64")).digest("base64").replace(/=+$/, "")}`;
}

/** @param log OpenSSH's debugging messages of the refused connection */
export async function explainHostKey(hop: Hop, log: string, isBehindJump: boolean): Promise<ConnectError> {
  const shown = [...log.matchAll(/^debug1: Server host key: (\S+ SHA256:\S+)/gm)].map((match) => match[1] as string);
  const offered = shown.length > 0 || isBehindJump ? shown : await scanKeys(hop);
  const types = /Their offer: (\S+)/.exec(log)?.[1];
  const described = offered.length > 0 ? offered.join(", ") : types === undefined ? "a key that could not be read" : `keys of other types (${types})`;
  return new ConnectError(hopName(hop), `the host key is not one of those pinned; it shows ${described}; pinned: ${pinnedKeys(hop).map(fingerprint).join(", ")}`, {
    remedy: "Compare the fingerprint with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's own console. Only if they agree, put that public key into hostKeys; otherwise somebody is between you and the host.",
  });
}

/** Asked only when OpenSSH stopped before a key was shown, because the host has none of a pinned type. */
async function scanKeys(hop: Hop): Promise<readonly string[]> {
  const scan = promisify(execFile)("ssh-keyscan", ["-T", "5", "-p", String(hop.port ?? DEFAULT_PORT), "--", hop.host], { timeout: 10_000 });
  const { stdout } = await scan.catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const key = parseHostKey(line.replace(/^\S+\s+/, ""));
    return key === null || line.startsWith("#") ? [] : [fingerprint(key)];
  }).sort();
}
