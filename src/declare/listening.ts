/**
 * Where an instance listens: addresses and Unix-domain sockets. Fails closed: no address is no TCP port, an address beyond
 * loopback takes `tls`, every interface takes a reason in words, and no socket lies where anybody could put another.
 */
import { z } from "zod";
import { parseAddress } from "../model/address";
import type { FileIdentity } from "../model/file";
import type { InstanceReference } from "../model/instance";
import { isUnknown } from "../model/unknown";
import { socketDirectorySchema } from "./instance-reference";
import { rule, type IssueCollector, type Path } from "./issue";
import { declareList } from "./list";

export interface InstanceSocketsArgs {
  /** @default - the directory of `instance.socketDirectory` */
  readonly directories?: readonly SocketDirectoryArgs[];
  /** Group of the sockets (unix_socket_group). @default - the server's own group */
  readonly group?: string;
  /** Mode of the sockets (unix_socket_permissions). Connecting takes write permission. @default "0770" */
  readonly permissions?: string;
}

export interface SocketDirectoryArgs {
  readonly path: string;
  /** @default "postgres" */
  readonly owner?: string;
  /** Who may enter the directory and so reach its socket. @default "postgres" */
  readonly group?: string;
  /** @default "0750" */
  readonly mode?: string;
}

export interface InstanceSockets {
  readonly directories: readonly FileIdentity[];
  /** Empty: the server's own group. */
  readonly group: string;
  readonly permissions: string;
}

const accountSchema = z.string().refine((name) => /^[a-z_][a-z0-9_-]{0,31}$/.test(name), rule("the name of an account or group of the host", "Use lower-case letters, digits, _ and -."));
const modeSchema = z.string().refine((mode) => /^[0-7]{4}$/.test(mode), rule("four octal digits, such as \"0750\"", "Write the mode in octal, as text."));
const reasonSchema = z.string().refine((text) => /^\S(.*\S)?$/.test(text) && text.length >= 10, rule("a reason of at least 10 characters on one line", "Say in words why every interface needs a listener."));

const EVERYWHERE: ReadonlySet<string> = new Set(["*", "0.0.0.0", "::"]);

const listenAddressSchema = z.string().refine((address) => address === "localhost" || address === "*" || parseAddress(address) !== null, rule(
  "an address of this host, localhost or *",
  "Write the address itself: a name would be looked up by the server, and whoever answers decides where it listens.",
));

const directorySchema = z.strictObject({
  path: socketDirectorySchema.refine((path) => !/^\/(var\/)?tmp(\/|$)/.test(path), rule(
    "a directory that only root can create things beside", "Choose one under /run: in /tmp anybody can put a socket of the same name.",
  )),
  owner: accountSchema.default("postgres"),
  group: accountSchema.default("postgres"),
  mode: modeSchema
    .refine((mode) => (parseInt(mode, 8) & 0o002) === 0, rule("a mode that others cannot write to", "Clear the last write bit: anybody could replace the socket."))
    .default("0750"),
}).refine(({ owner, group, mode }) => (owner === "postgres" && (parseInt(mode, 8) & 0o300) === 0o300) || (group === "postgres" && (parseInt(mode, 8) & 0o030) === 0o030), rule(
  "a directory that postgres can write to and enter", "Let postgres be its owner with mode 7.., or its group with mode .7. in that place.",
));

const socketsSchema = z.strictObject({
  directories: z.array(z.unknown()).exactOptional(),
  group: accountSchema.exactOptional(),
  permissions: modeSchema.refine((mode) => (parseInt(mode, 8) & 0o200) !== 0 && parseInt(mode, 8) <= 0o777, rule(
    "a mode up to 0777 with the owner's write bit", "Connecting takes write permission, and the local administration connects as the owner.",
  )).default("0770"),
});

export function declareListenAddresses(value: unknown, reason: unknown, issues: IssueCollector): readonly string[] | undefined {
  const addresses = declareList(value, ["listenAddresses"], issues, (element, path) => issues.parse(listenAddressSchema, element, path)).whole;
  const list = Array.isArray(value) ? value : [];
  const everywhere = list.findIndex((address) => EVERYWHERE.has(String(address)));
  if (reason !== undefined) {
    issues.parse(reasonSchema, reason, ["allowListeningEverywhere"]);
  } else if (everywhere >= 0) {
    issues.add(["listenAddresses", everywhere], list[everywhere], "addresses of single interfaces", "List the addresses that clients use, or give the reason as allowListeningEverywhere.");
  }
  list.forEach((address, index) => {
    if (typeof address === "string" && list.indexOf(address) < index) {
      issues.add(["listenAddresses", index], address, "each address once", "Remove the repetition: the server would fail to listen twice.");
    }
  });
  if (list.includes("*") && list.length > 1) {
    issues.add(["listenAddresses"], list, "* alone", "Remove the other addresses, or the *.");
  }
  return addresses;
}

export function declareSockets(value: unknown, reference: InstanceReference | undefined, issues: IssueCollector): InstanceSockets | undefined {
  const sockets = issues.parse(socketsSchema, value, ["sockets"]);
  if (sockets === undefined || reference === undefined) {
    return undefined;
  }
  const path: Path = ["sockets", "directories"];
  const directories = declareList(sockets.directories ?? [{ path: reference.socketDirectory }], path, issues, (element, at) => issues.parse(directorySchema, element, at)).whole;
  if (directories === undefined) {
    return undefined;
  }
  const paths = directories.map((directory) => directory.path);
  refusePackageDirectory(sockets.directories ?? [], path, issues);
  if (!paths.includes(reference.socketDirectory)) {
    issues.add(path, paths, `a list that has instance.socketDirectory (${reference.socketDirectory})`, "Add it: local administration connects there.");
  }
  paths.forEach((directory, index) => {
    if (paths.indexOf(directory) < index) {
      issues.add([...path, index, "path"], directory, "each directory once", "Remove the repetition.");
    }
  });
  return { directories, group: sockets.group ?? "", permissions: sockets.permissions };
}

/** Every instance of the host shares Debian's directory; the package restores its mode at each boot. */
function refusePackageDirectory(directories: readonly unknown[], path: Path, issues: IssueCollector): void {
  directories.forEach((directory, index) => {
    const { path: where, ...identity } = directory as SocketDirectoryArgs;
    if ((where === "/run/postgresql" || where === "/var/run/postgresql") && Object.keys(identity).length > 0) {
      issues.add([...path, index], directory, "/run/postgresql without owner, group and mode", "Choose another directory for a socket of its own access, or set sockets.group and sockets.permissions.");
    }
  });
}

const isLoopback = (address: unknown): boolean => address === "localhost" || address === "::1" || (typeof address === "string" && address.startsWith("127."));

/** No plaintext from the network: without a certificate nothing beyond loopback may listen. */
export function refusePlaintext(addresses: unknown, tls: unknown, issues: IssueCollector): void {
  const reachable = (Array.isArray(addresses) ? addresses : []).findIndex((address) => !isUnknown(address) && !isLoopback(address));
  if (tls === undefined && reachable >= 0) {
    issues.add(["listenAddresses", reachable], (addresses as unknown[])[reachable], "loopback addresses only, without tls", "Set tls with a certificate and its key, or listen on localhost or not at all.");
  }
}
