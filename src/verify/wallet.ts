/**
 * The files a login needs (certificate, key, password, trusted authority), in a private directory that exists for the
 * length of a proof and is removed however it ends. What an attacker would show is made when it is first asked for.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VerifyError } from "../errors";
import type { Secret } from "../model/secret";
import type { Identity, PasswordChoice, PlannedLogin } from "./attempts";
import { Forger, revokedSerials, type KeyPair } from "./forgery";

/** What the stack knows. */
export interface Credentials {
  /** What clients trust as the server's authority, in PEM. */
  readonly serverTrust: string;
  /** The authority of the clients' certificates, in PEM. */
  readonly clientTrust: string;
  /** Its key, where it is at hand. */
  readonly clientAuthorityKey: Secret<string> | undefined;
  /** In PEM. */
  readonly revocationList: string | undefined;
  readonly server: KeyPair;
  readonly certificates: ReadonlyMap<string, KeyPair>;
  readonly passwords: ReadonlyMap<string, Secret<string>>;
}

export class Wallet {
  readonly #directory = mkdtempSync(join(tmpdir(), "pgrampart-proof-"));
  /** By what they hold. */
  readonly #files = new Map<string, string>();
  readonly #made = new Map<string, Promise<KeyPair>>();
  /** A file that is not there, so that libpq does not look at its user's own. */
  readonly #absent = join(this.#directory, "absent");
  #imitation: Promise<Forger> | undefined;
  readonly #remove = (): void => rmSync(this.#directory, { recursive: true, force: true });

  constructor(private readonly credentials: Credentials) {
    // Also where a signal ends the process by way of process.exit.
    process.on("exit", this.#remove);
  }

  /** Parameters of libpq that name the files of a planned login. */
  async parameters(login: PlannedLogin): Promise<Readonly<Record<string, string>>> {
    const identity = await this.#identity(login.identity);
    const trust = login.trust === "stack" ? this.credentials.serverTrust : (await this.#foreign()).trust;
    return {
      sslrootcert: this.#file(trust),
      sslcrl: this.#absent,
      sslcert: identity?.certificate ?? this.#absent,
      sslkey: identity?.key ?? this.#absent,
      passfile: this.#passwordFile(login.password),
    };
  }

  close(): void {
    process.removeListener("exit", this.#remove);
    this.#remove();
  }

  async #identity(identity: Identity): Promise<{ readonly certificate: string; readonly key: string } | undefined> {
    if (identity.kind === "none") {
      return undefined;
    }
    const name = "commonName" in identity ? `${identity.kind}-${identity.commonName}` : "role" in identity ? identity.role : identity.kind;
    // Made once: two attempts with the same identity show the same certificate.
    const made = this.#made.get(name) ?? this.#keyPair(identity);
    this.#made.set(name, made);
    const pair = await made;
    return { certificate: this.#file(pair.certificate), key: this.#file(pair.privateKey.reveal()) };
  }

  async #keyPair(identity: Exclude<Identity, { kind: "none" }>): Promise<KeyPair> {
    switch (identity.kind) {
      case "own":
        return known(this.credentials.certificates.get(identity.role), `a certificate of ${identity.role}`);
      case "server":
        return this.credentials.server;
      case "foreign":
        return (await this.#foreign()).sign(identity);
      case "signed":
        return (await this.#authority()).sign(identity);
      case "expired":
        return (await this.#authority()).expired(identity.commonName);
      case "revoked": {
        const [serialNumber] = revokedSerials(this.credentials.revocationList ?? "");
        return (await this.#authority()).sign({ ...identity, serialNumber: known(serialNumber, "a revoked certificate") });
      }
    }
  }

  #foreign(): Promise<Forger> {
    this.#imitation ??= Forger.imitating(this.credentials.clientTrust);
    return this.#imitation;
  }

  #authority(): Promise<Forger> {
    const { clientTrust, clientAuthorityKey } = this.credentials;
    return Forger.of(clientTrust, known(clientAuthorityKey, "the key of the clients' authority"));
  }

  /** PGPASSFILE's own form: every server, database and role; `:` and `\` are escaped. */
  #passwordFile(choice: PasswordChoice): string {
    if (choice.kind === "none") {
      return this.#absent;
    }
    const password = choice.kind === "wrong" ? "not the password" : known(this.credentials.passwords.get(choice.role), `a password of ${choice.role}`).reveal();
    return this.#file(`*:*:*:*:${password.replace(/[\\:]/g, "\\$&")}\n`);
  }

  /** Names may hold anything, so files are numbered. */
  #file(content: string): string {
    const path = this.#files.get(content) ?? join(this.#directory, String(this.#files.size));
    if (!this.#files.has(content)) {
      writeFileSync(path, content, { mode: 0o600, flag: "wx" });
      this.#files.set(content, path);
    }
    return path;
  }
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new VerifyError(`the stack does not hold ${what}`, { remedy: "Report this: an attempt was planned that cannot be made." });
  }
  return value;
}
