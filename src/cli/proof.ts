/**
 * The proof of one stack: its resources, read back from the export, become declarations again; each is held against the
 * live host, and what follows from all of them together (who gets in) is tried from the places there are.
 */
import { createPrivateKey } from "node:crypto";
import type { AccessDeclaration } from "../declare/access";
import type { HbaDeclaration } from "../declare/hba";
import type { InstanceDeclaration } from "../declare/instance";
import { formatIssue, IssueCollector } from "../declare/issue";
import type { FirewallDeclaration } from "../declare/ruleset";
import { VerifyError } from "../errors";
import type { DesiredAccess } from "../model/access";
import { parseAddress, type AddressFamily } from "../model/address";
import { parseCertificates } from "../model/certificate";
import { isInclude, type HbaToken } from "../model/hba";
import { Secret } from "../model/secret";
import type { DeployedResource } from "../provider/deployment";
import type { HostEffects } from "../provider/hosts";
import { Turns } from "../provider/host-realm";
import { Registry } from "../provider/index";
import type { OnHost, ResourceKind } from "../provider/kind";
import { expose } from "../provider/property";
import { separate } from "../provider/secrecy";
import { resolveAccess } from "../resolve/access";
import { resolveParameters } from "../resolve/parameter";
import type { Transport } from "../transport/transport";
import { joinAccess } from "../verify/access";
import type { Login, Server } from "../verify/attempts";
import { verifyBaseline } from "../verify/baseline";
import { verifyConvergence, type Subject } from "../verify/converge";
import { revokedSerials } from "../verify/forgery";
import type { Gate } from "../verify/gate";
import { Keyring } from "../verify/keyring";
import type { Finding } from "../verify/report";
import type { Credentials } from "../verify/wallet";

type HostKind = ResourceKind<OnHost, unknown, unknown>;

/** A resource on a host, declared again. */
export interface Declared {
  readonly resource: DeployedResource;
  readonly kind: HostKind;
  readonly declaration: OnHost;
}

/** All that live on a host; Pulumi's own and those of other packages are passed over. */
export async function declareAgain(resources: readonly DeployedResource[], hosts: HostEffects): Promise<readonly Declared[]> {
  const registry = new Registry({ hosts, turns: new Turns(), now: Date.now });
  const ours = resources.filter(({ type }) => type.startsWith("pgrampart:index:"));
  const declared = await Promise.all(ours.map(async (resource): Promise<readonly Declared[]> => {
    const { kind } = registry.resource(resource.type);
    if (!("probe" in kind)) {
      return [];
    }
    await kind.ready?.();
    const issues = new IssueCollector();
    const declaration = kind.declare(separate(resource.inputs, kind.secretInputs).declared, issues);
    if (declaration === undefined) {
      throw new VerifyError(`${resource.name}: ${issues.issues.map(formatIssue).join("\n") || "its inputs are not all known"}`, {
        remedy: "The stack was written by another version of pgrampart: run its update first.",
      });
    }
    return [{ resource, kind: kind as HostKind, declaration: declaration as OnHost }];
  }));
  return declared.flat();
}

/** Nothing is left to change: one step for each resource. */
export function verifyResource({ resource, kind, declaration }: Declared, transport: Transport): Promise<readonly Finding[]> {
  const desired = kind.resolve(declaration);
  const subject: Subject = { name: resource.name, type: kind.type, transport, probe: kind.probe(desired), plan: (observed) => kind.plan(observed, desired) };
  return verifyConvergence(subject);
}

/** What an instance works with, asked of the server; resources of other types have no such meaning of their own. */
export async function verifyParameters({ kind, declaration }: Declared, transport: Transport): Promise<readonly Finding[]> {
  return kind.type === "Instance" ? verifyBaseline(declaration as InstanceDeclaration, transport) : [];
}

/** Who may do what, for each instance that anybody looks after. */
export function findAccesses(declared: readonly Declared[]): readonly { readonly declaration: OnHost; readonly desired: DesiredAccess }[] {
  const parts = declared.filter(({ kind }) => kind.type === "Access").map(({ declaration }) => declaration as AccessDeclaration);
  const keyOf = ({ connection, instance }: AccessDeclaration): string => JSON.stringify([connection.host, instance]);
  const heads = parts.filter((part, index) => parts.findIndex((other) => keyOf(other) === keyOf(part)) === index);
  return heads.map((head) => ({ declaration: head, desired: joinAccess(parts.filter((part) => keyOf(part) === keyOf(head)).map(resolveAccess)) }));
}

/** One instance that listens on the network, with everything that decides who gets in. */
export interface Door {
  readonly name: string;
  readonly gate: Gate;
  readonly server: Server;
  readonly logins: readonly Login[];
  readonly credentials: Credentials;
  /** What cannot be tried, and why. */
  readonly untried: readonly string[];
}

export function findDoors(declared: readonly Declared[], resources: readonly DeployedResource[]): readonly Door[] {
  const keyring = new Keyring(resources.flatMap(({ inputs, outputs }) => texts(expose([inputs, outputs]))));
  return declared.filter(({ kind }) => kind.type === "Instance").flatMap((instance) => {
    const door = describeDoor(instance, declared, keyring);
    return door === undefined ? [] : [door];
  });
}

function describeDoor({ resource, declaration }: Declared, declared: readonly Declared[], keyring: Keyring): Door | undefined {
  const { connection, instance, listenAddresses, tls, ...rest } = declaration as InstanceDeclaration;
  const beside = <T extends OnHost>(type: string, isSame: (other: T) => boolean = () => true): T | undefined =>
    declared.find(({ kind, declaration: other }) => kind.type === type && other.connection.host === connection.host && isSame(other as T))?.declaration as T | undefined;
  const isSameInstance = (other: { readonly instance: InstanceDeclaration["instance"] }): boolean => other.instance.port === instance.port;
  const hba = beside<HbaDeclaration>("HostBasedAccess", isSameInstance);
  const access = findAccesses(declared.filter(({ declaration: other }) => other.connection.host === connection.host)).find(({ desired }) => isSameInstance(desired))?.desired;
  const addresses = reachable(listenAddresses, connection.host);
  if (tls === null || tls.clientAuthority === null || hba === undefined || Object.keys(addresses).length === 0) {
    return undefined;
  }
  const passwords = new Map((access?.roles ?? []).flatMap(({ name, password }) => (password.kind === "text" ? [[name, password.text] as const] : [])));
  const certificates = keyring.signedBy(tls.clientAuthority);
  const clientAuthorityKey = keyring.keyOf(tls.clientAuthority);
  const hasRevoked = revokedSerials(tls.revocationList ?? "").length > 0;
  const parameters = resolveParameters({ connection, instance, listenAddresses, tls, ...rest });
  return {
    name: resource.name,
    gate: { firewall: beside<FirewallDeclaration>("Firewall") ?? null, records: hba.records },
    server: {
      addresses, port: instance.port, name: dnsNameOf(tls.certificate), canSign: clientAuthorityKey !== undefined, hasRevoked,
      minProtocol: parameters.find(({ definition }) => definition.name === "ssl_min_protocol_version")?.value ?? "",
    },
    logins: loginsOf(hba, access).map((login) => ({ ...login, hasCertificate: certificates.has(login.role), hasPassword: passwords.has(login.role) })),
    credentials: {
      serverTrust: keyring.authorityOf(tls.certificate) ?? tls.certificate, clientTrust: tls.clientAuthority, clientAuthorityKey, certificates, passwords,
      revocationList: tls.revocationList ?? undefined,
      server: { certificate: tls.certificate, privateKey: opened(tls.privateKey, tls.passphrase) },
    },
    untried: [
      ...(clientAuthorityKey === undefined ? ["expired, revoked and other people's certificates: the key of the clients' authority is not in the stack"] : []),
      ...(clientAuthorityKey !== undefined && !hasRevoked ? ["a revoked certificate: the revocation list is empty"] : []),
    ],
  };
}

/** The first address of each family. */
function reachable(listenAddresses: readonly string[], host: string): Readonly<Partial<Record<AddressFamily, string>>> {
  const given = listenAddresses.some((address) => ["*", "0.0.0.0", "::"].includes(address)) ? [host] : listenAddresses;
  const parsed = given.flatMap((address) => {
    const family = parseAddress(address)?.family;
    return family === undefined || address === "::1" || address.startsWith("127.") ? [] : [[family, address] as const];
  });
  return Object.fromEntries(parsed.reverse());
}

/** Every pair of role and database that a record names. */
function loginsOf({ records }: HbaDeclaration, access: DesiredAccess | undefined): readonly Pick<Login, "role" | "database">[] {
  const names = (tokens: readonly HbaToken[], all: readonly string[]): readonly string[] =>
    tokens.flatMap((token) => (token.kind === "name" ? [token.name] : token.kind === "keyword" && token.keyword === "all" ? all : []));
  const roles = (access?.roles ?? []).filter(({ login }) => login).map(({ name }) => name);
  const databases = (access?.databases ?? []).map(({ name }) => name);
  const pairs = records.flatMap((record) => (isInclude(record) || record.type === "local" || record.method === "reject" ? []
    : names(record.users, roles).flatMap((role) => names(record.databases, databases).map((database) => ({ role, database })))));
  return [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()];
}

function dnsNameOf(certificate: string): string | null {
  const [leaf] = parseCertificates(certificate) ?? [];
  return /(?:^|, )DNS:([^,*]+)(?:,|$)/.exec(leaf?.subjectAltName ?? "")?.[1] ?? null;
}

function opened(privateKey: Secret<string>, passphrase: Secret<string> | null): Secret<string> {
  return passphrase === null ? privateKey
    : new Secret(createPrivateKey({ key: privateKey.reveal(), passphrase: passphrase.reveal() }).export({ type: "pkcs8", format: "pem" }).toString());
}

function texts(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
