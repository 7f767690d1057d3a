/**
 * The product: one hardened instance on one host, from its packages to its row security. Small for the common case (who
 * may use which database, from where) and open for the rest: each part takes the arguments of the resource behind it.
 */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { AccessArgs } from "../src/declare/access";
import { declareCluster, type ClusterClient, type ClusterDatabase } from "../src/declare/cluster";
import type { DatabaseArgs } from "../src/declare/database";
import type { HbaRecordArgs, IdentMappingArgs } from "../src/declare/hba";
import type { HostArgs } from "../src/declare/host";
import type { InstanceArgs } from "../src/declare/instance";
import { IssueCollector } from "../src/declare/issue";
import type { MembershipArgs, RoleArgs } from "../src/declare/role";
import type { FirewallArgs } from "../src/declare/ruleset";
import type { Major } from "../src/model/instance";
import { Access, Firewall, Host, HostBasedAccess, Instance, type Inputs } from "../src/resources";
import {
  needsPassword, resolveClusterDatabases, resolveClusterMemberships, resolveClusterPrivileges, resolveClusterRecords, resolveClusterRoles, resolveClusterServices, withoutMembershipOptions,
} from "../src/resolve/cluster";
import type { Connection } from "../src/model/connection";
import { CertificateAuthority } from "./certificate-authority";
import { ClientCertificate } from "./client-certificate";
import { childName, componentType } from "./naming";
import { refuseFaults } from "./refusal";
import { ServerCertificate } from "./server-certificate";

export interface HardenedClusterArgs {
  /** How the host is reached: `@pulumi/command`'s ConnectionArgs, plus `hostKeys`. */
  connection: pulumi.Input<Inputs<Connection>>;
  /** @default 17 */
  major?: Major;
  /** DNS names that clients use. @default - none: clients use an address */
  names?: string[];
  /** Addresses of this host that the server listens on. */
  addresses: string[];
  /** Networks that SSH comes from: updates and administrators. */
  managementNetworks: string[];
  /** @default - none */
  databases?: Record<string, ClusterDatabase>;
  /** Who connects, as which role, to which database, from where. @default - nobody */
  clients?: ClusterClient[];
  /** Passwords by role, for clients that have one. @default - generated, 32 characters */
  passwords?: Record<string, pulumi.Input<string>>;
  /** Authority of the server's certificate. @default - made for this cluster */
  serverAuthority?: CertificateAuthority;
  /** Bring the server's certificate (with intermediates) and key, in PEM. @default - signed by serverAuthority */
  serverCertificate?: { certificate: pulumi.Input<string>; privateKey: pulumi.Input<string>; passphrase?: pulumi.Input<string> };
  /** Authority of the clients' certificates. @default - made for this cluster */
  clientAuthority?: CertificateAuthority;
  /** Client certificates, in PEM, to revoke; for an authority made here. @default - none */
  revoked?: pulumi.Input<pulumi.Input<string>[]>;
  /** Records before those of the clients, for what `clients` cannot say. @default - none */
  records?: HbaRecordArgs[];
  /** @default - none */
  identMappings?: IdentMappingArgs[];
  /** Roles beside those of the clients. @default - none */
  roles?: Inputs<RoleArgs>[];
  /** Memberships beside those of the clients. @default - none */
  memberships?: MembershipArgs[];
  /** Added to what the clients need in each database: grants, default privileges, row security, schemas. @default - none */
  access?: Record<string, DatabaseArgs>;
  /** How roles and privileges that nobody declares are treated. @default - they are taken away */
  policy?: Pick<AccessArgs, "mode" | "retire" | "heir" | "ignoredRoles" | "publicDefaults" | "whenMissing">;
  /** Parameters of PostgreSQL beside the baseline. @default - the baseline */
  parameters?: InstanceArgs["parameters"];
  /** pgAudit. @default - ddl, role and write */
  audit?: InstanceArgs["audit"];
  /** The rest of the instance's arguments. @default - the instance's own defaults */
  instance?: Partial<Omit<InstanceArgs, "connection" | "instance" | "listenAddresses" | "tls" | "parameters" | "audit">> & { port?: number };
  /** The rest of the firewall's arguments; services are added to the server's own. @default - the firewall's own defaults */
  firewall?: Partial<Omit<FirewallArgs, "connection" | "managementNetworks">>;
  /** The rest of the host's arguments; packages are added to PostgreSQL's own. @default - the host's own defaults */
  host?: Partial<Omit<HostArgs, "connection">>;
}

/** What a client needs to log in. */
export interface ClusterLogin {
  readonly role: string;
  readonly database: string;
  /** PEM; absent for a client without one. */
  readonly certificate: pulumi.Output<string> | undefined;
  /** PEM; secret. */
  readonly privateKey: pulumi.Output<string> | undefined;
  /** Secret. */
  readonly password: pulumi.Output<string> | undefined;
}

export class HardenedCluster extends pulumi.ComponentResource {
  readonly host: Host;
  readonly firewall: Firewall;
  readonly instance: Instance;
  readonly hostBasedAccess: HostBasedAccess;
  /** Roles, memberships and the databases themselves. */
  readonly roles: Access;
  /** Every privilege and policy in the databases. */
  readonly privileges: Access;
  readonly serverAuthority: CertificateAuthority | undefined;
  readonly clientAuthority: CertificateAuthority;
  /** One for each client, in their order. */
  readonly logins: readonly ClusterLogin[];
  /** What clients must trust (libpq's `sslrootcert`), in PEM. */
  readonly serverTrust: pulumi.Output<string>;

  readonly #endpoint: { readonly host: string; readonly port: number };

  constructor(name: string, args: HardenedClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("HardenedCluster"), name, {}, opts);
    const shape = { name, names: args.names ?? [], addresses: args.addresses, managementNetworks: args.managementNetworks, databases: args.databases ?? {}, clients: args.clients ?? [] };
    refuseFaults("HardenedCluster", declareFaults(shape));
    const child = { parent: this };
    const major = args.major ?? 17;
    const { port = 5432, ...instanceArgs } = args.instance ?? {};
    const reference = { major, name: "main", port, socketDirectory: "/run/postgresql" };
    const connection = args.connection;
    this.#endpoint = { host: shape.names[0] ?? shape.addresses[0] ?? "", port };

    this.clientAuthority = args.clientAuthority
      ?? new CertificateAuthority(childName(name, "clients"), { purpose: "client", ...(args.revoked === undefined ? {} : { revoked: args.revoked }) }, child);
    this.serverAuthority = args.serverAuthority ?? (args.serverCertificate === undefined ? new CertificateAuthority(childName(name, "servers"), { purpose: "server" }, child) : undefined);
    const server = args.serverCertificate
      ?? new ServerCertificate(childName(name, "server"), { authority: this.serverAuthority as CertificateAuthority, names: shape.names, addresses: shape.addresses }, child);
    this.serverTrust = this.serverAuthority?.trust ?? pulumi.output(args.serverCertificate?.certificate ?? "");
    const credentials = new Map([...new Set(shape.clients.map((client) => client.role))].map((role) => [role, this.#credentials(name, role, args, child)] as const));
    this.logins = shape.clients.map(({ role, database }) => ({ role, database, ...(credentials.get(role) as Pick<ClusterLogin, "certificate" | "privateKey" | "password">) }));

    this.host = new Host(childName(name, "host"), {
      ...args.host,
      connection,
      packages: [`postgresql-${major}`, ...(args.audit === false ? [] : [`postgresql-${major}-pgaudit`]), ...(args.host?.packages ?? [])],
    }, child);
    this.firewall = new Firewall(childName(name, "firewall"), {
      ...args.firewall,
      connection,
      managementNetworks: shape.managementNetworks,
      services: [...resolveClusterServices(shape, port), ...(args.firewall?.services ?? [])],
    }, { ...child, dependsOn: this.host });
    this.instance = new Instance(childName(name, "instance"), {
      ...instanceArgs,
      connection,
      instance: reference,
      listenAddresses: shape.addresses,
      ...(args.parameters === undefined ? {} : { parameters: args.parameters }),
      ...(args.audit === undefined ? {} : { audit: args.audit }),
      tls: {
        certificate: server.certificate,
        privateKey: server.privateKey,
        ...("passphrase" in server && server.passphrase !== undefined ? { passphrase: server.passphrase } : {}),
        clientAuthority: this.clientAuthority.trust,
        ...(this.clientAuthority.revocationList === undefined ? {} : { revocationList: this.clientAuthority.revocationList }),
      },
    }, { ...child, dependsOn: this.firewall });
    this.hostBasedAccess = new HostBasedAccess(childName(name, "host-based-access"), {
      connection,
      instance: reference,
      records: [...(args.records ?? []), ...resolveClusterRecords(shape)],
      ...(args.identMappings === undefined ? {} : { identMappings: args.identMappings }),
    }, { ...child, dependsOn: this.instance });
    const memberships = [...resolveClusterMemberships(shape), ...(args.memberships ?? [])];
    const { retire, heir, ...policy } = args.policy ?? {};
    this.roles = new Access(childName(name, "roles"), {
      ...policy,
      ...(retire === undefined ? {} : { retire }),
      ...(heir === undefined ? {} : { heir }),
      connection,
      instance: reference,
      roles: [...resolveClusterRoles(shape).map((role) => this.#withPassword(role)), ...(args.roles ?? [])],
      memberships: major < 16 ? withoutMembershipOptions(memberships) : memberships,
      databases: resolveClusterDatabases(shape),
    }, { ...child, dependsOn: this.hostBasedAccess });
    // Apart from the databases, because what is granted on a table can only be planned when the table is there.
    this.privileges = new Access(childName(name, "privileges"), {
      ...policy,
      connection,
      instance: reference,
      grants: [],
      databases: joinDatabases(resolveClusterPrivileges(shape), args.access ?? {}),
    }, { ...child, dependsOn: this.roles });
    this.registerOutputs({ serverTrust: this.serverTrust });
  }

  /** libpq's connection parameters for a role: verified in full, certificate and key as the files the client keeps them in. */
  connectionString(role: string, files: { readonly rootCertificate: string; readonly certificate?: string; readonly key?: string }): string {
    const login = this.logins.find((candidate) => candidate.role === role);
    if (login === undefined) {
      throw new pulumi.RunError(`${role} is no client of this cluster; it has: ${this.logins.map((candidate) => candidate.role).join(", ")}`);
    }
    const parameters: [string, string | undefined][] = [
      ["sslmode", "verify-full"],
      ["sslrootcert", files.rootCertificate],
      ["sslcert", files.certificate],
      ["sslkey", files.key],
    ];
    const query = parameters.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${encodeURIComponent(value as string)}`).join("&");
    const host = this.#endpoint.host.includes(":") ? `[${this.#endpoint.host}]` : this.#endpoint.host;
    return `postgresql://${encodeURIComponent(role)}@${host}:${this.#endpoint.port}/${encodeURIComponent(login.database)}?${query}`;
  }

  /** One certificate and one password for a role, however many databases it uses. */
  #credentials(name: string, role: string, args: HardenedClusterArgs, child: pulumi.ComponentResourceOptions): Pick<ClusterLogin, "certificate" | "privateKey" | "password"> {
    const uses = (args.clients ?? []).filter((client) => client.role === role);
    const certificate = uses.every((client) => client.authentication === "password") || this.clientAuthority.privateKey === undefined ? undefined
      : new ClientCertificate(childName(name, `client-${role}`), { authority: this.clientAuthority, role }, child);
    const password = !uses.some(needsPassword) ? undefined
      : pulumi.secret(args.passwords?.[role] ?? new random.RandomPassword(childName(name, `password-${role}`), { length: 32, special: false }, child).result);
    return { certificate: certificate?.certificate, privateKey: certificate?.privateKey, password };
  }

  #withPassword(role: RoleArgs): Inputs<RoleArgs> {
    const password = this.logins.find((login) => login.role === role.name && login.password !== undefined)?.password;
    return password === undefined ? role : { ...role, password };
  }
}

function declareFaults(shape: Parameters<typeof declareCluster>[0]): IssueCollector {
  const issues = new IssueCollector();
  declareCluster(shape, issues);
  return issues;
}

/** Lists are joined, records merged key by key, and what the program says wins over what follows from the clients. */
function joinDatabases(resolved: Record<string, DatabaseArgs>, added: Record<string, DatabaseArgs>): Record<string, DatabaseArgs> {
  const names = [...new Set([...Object.keys(resolved), ...Object.keys(added)])].sort();
  return Object.fromEntries(names.map((database) => {
    const base = resolved[database] ?? {};
    const extra = added[database] ?? {};
    return [database, {
      ...base,
      ...extra,
      grants: [...(base.grants ?? []), ...(extra.grants ?? [])],
      defaultPrivileges: [...(base.defaultPrivileges ?? []), ...(extra.defaultPrivileges ?? [])],
      rowSecurity: extra.rowSecurity ?? [],
    }];
  }));
}
