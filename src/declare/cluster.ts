/**
 * The common case in few words: one hardened instance, its databases, and the clients that may use them. What is plain
 * here (names, networks) must be known in a preview, because it decides which resources there are. Refuses what would
 * leave a client without a way in, or somebody with a way that nobody meant.
 */
import { z } from "zod";
import { parseNetwork } from "../model/address";
import type { IssueCollector } from "./issue";
import { rule } from "./issue";
import { networkSchema, type Network } from "./ruleset";

/** The group roles of a database, each with what its members may do: read; read and write; own it and change its schema. */
export const CLUSTER_GROUPS = ["read", "write", "own"] as const;
export type ClusterGroup = (typeof CLUSTER_GROUPS)[number];
/** A client is in one of the groups, or in none: then it may connect, and do what is granted to its role itself. */
export const CLUSTER_ACCESS = [...CLUSTER_GROUPS, "none"] as const;
export type ClusterAccess = (typeof CLUSTER_ACCESS)[number];

/**
 * `certificate`: a client certificate whose common name is the role. `certificate-and-password`: both. `password`: SCRAM
 * over TLS, for clients that cannot hold a certificate.
 */
export const CLUSTER_AUTHENTICATION = ["certificate", "certificate-and-password", "password"] as const;
export type ClusterAuthentication = (typeof CLUSTER_AUTHENTICATION)[number];

export interface ClusterDatabase {
  /** Extensions to create in it, each in a schema of its own name unless given. @default - none */
  readonly extensions?: readonly string[];
  /** Sessions at once; -1 means no limit. @default -1 */
  readonly connectionLimit?: number;
  /** SQL that runs once, as the owner, when this database is made: its first tables. Never runs again. @default - none */
  readonly initialScript?: string;
}

export interface ClusterClient {
  /** The login role, made by the cluster; also the common name of its certificate. */
  readonly role: string;
  /** One of the cluster's databases. */
  readonly database: string;
  /** @default "write" */
  readonly access?: ClusterAccess;
  /** Where it connects from, IPv4 and IPv6. */
  readonly networks: readonly Network[];
  /** @default "certificate" */
  readonly authentication?: ClusterAuthentication;
  /** Sessions at once; -1 means no limit. @default 50 */
  readonly connectionLimit?: number;
}

export interface ClusterShape {
  readonly name: string;
  /** DNS names that clients use. */
  readonly names: readonly string[];
  /** Addresses the server listens on, and clients may use. */
  readonly addresses: readonly string[];
  readonly managementNetworks: readonly Network[];
  readonly databases: Readonly<Record<string, ClusterDatabase>>;
  readonly clients: readonly ClusterClient[];
}

const clientSchema = z.strictObject({
  role: z.string().min(1),
  database: z.string().min(1),
  access: z.enum(CLUSTER_ACCESS).optional(),
  networks: z.array(networkSchema).min(1),
  authentication: z.enum(CLUSTER_AUTHENTICATION).optional(),
  connectionLimit: z.int().min(-1).optional(),
});

const databaseSchema = z.strictObject({
  extensions: z.array(z.string().min(1)).optional(),
  connectionLimit: z.int().min(-1).optional(),
  initialScript: z.string().min(1).optional(),
});

const addressSchema = z.string().refine((text) => !text.includes("/") && parseNetwork(text) !== null, rule("an IPv4 or IPv6 address, such as 10.0.0.5 or fd00::5", "Write one address of this host, without a prefix length."));
const nameSchema = z.string().refine((text) => /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(text), rule("a DNS name in lower case, such as db.example.org", "Write the name that clients put in their connection string."));

/** Adds every fault of the common case; the parts it is made of check themselves again, in more detail. */
export function declareCluster(shape: ClusterShape, issues: IssueCollector): void {
  shape.names.forEach((name, index) => issues.parse(nameSchema, name, ["names", index]));
  shape.addresses.forEach((address, index) => issues.parse(addressSchema, address, ["addresses", index]));
  shape.managementNetworks.forEach((network, index) => issues.parse(networkSchema, network, ["managementNetworks", index]));
  if (shape.names.length + shape.addresses.length === 0) {
    issues.add(["names"], shape.names, "at least one name or address", "Give what clients connect to: the server's certificate is made for it.");
  }
  if (shape.addresses.length === 0 && shape.clients.length > 0) {
    issues.add(["addresses"], shape.addresses, "at least one address when there are clients", "Give the address of this host that clients reach; the server listens there and nowhere else.");
  }
  if (shape.managementNetworks.length === 0) {
    issues.add(["managementNetworks"], shape.managementNetworks, "at least one network", "Name the networks that updates and administrators come from by SSH.");
  }
  for (const [name, database] of Object.entries(shape.databases)) {
    issues.parse(databaseSchema, database, ["databases", name]);
  }
  shape.clients.forEach((client, index) => {
    issues.parse(clientSchema, client, ["clients", index]);
    declareClient(shape, client, index, issues);
  });
}

function declareClient(shape: ClusterShape, client: ClusterClient, index: number, issues: IssueCollector): void {
  if (typeof client.database === "string" && !(client.database in shape.databases)) {
    const known = Object.keys(shape.databases).sort();
    issues.add(["clients", index, "database"], client.database, known.length === 0 ? "a database of this cluster; it declares none" : `one of ${known.join(", ")}`, "Declare the database under `databases`, or correct the name.");
  }
  const first = shape.clients.findIndex((other) => other.role === client.role);
  if (first < index && shape.clients[first]?.database === client.database) {
    issues.add(["clients", index, "role"], client.role, "one client for each role and database", `Join it with clients[${first}], or give it a role of its own.`);
  }
  if (client.role === "postgres" || (typeof client.role === "string" && client.role.startsWith("pg_"))) {
    issues.add(["clients", index, "role"], client.role, "a role that is not the bootstrap superuser and not one of PostgreSQL's own", "Choose another name: superusers never come in over the network.");
  }
  for (const group of Object.keys(shape.databases).flatMap((database) => CLUSTER_GROUPS.map((access) => groupRole(database, access)))) {
    if (client.role === group) {
      issues.add(["clients", index, "role"], client.role, "a name that is not one of the cluster's group roles", "Choose another name: group roles hold privileges and never log in.");
    }
  }
}

const GROUP_SUFFIX: Readonly<Record<ClusterGroup, string>> = { read: "reader", write: "writer", own: "owner" };

/** The group role that holds the privileges: `orders_reader`, `orders_writer`, `orders_owner`. */
export function groupRole(database: string, group: ClusterGroup): string {
  return `${database}_${GROUP_SUFFIX[group]}`;
}
