/**
 * The common case spelled out: what firewall, host-based access and access of a cluster are declared to be. Group roles
 * hold the privileges and never log in; login roles hold nothing but a membership. The most specific record stands
 * first, and what no record admits is refused.
 */
import { CLUSTER_GROUPS, groupRole, type ClusterClient, type ClusterShape } from "../declare/cluster";
import type { DatabaseArgs } from "../declare/database";
import type { HbaMethodArgs, HbaRecordArgs } from "../declare/hba";
import type { DefaultPrivilegeArgs, GrantArgs } from "../declare/privilege";
import type { MembershipArgs, RoleArgs } from "../declare/role";
import type { FirewallServiceArgs } from "../declare/ruleset";

const SCHEMA = "public";

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The server's port, open to the networks of all clients and to nobody else. */
export function resolveClusterServices(shape: ClusterShape, port: number): FirewallServiceArgs[] {
  const sources = [...new Set(shape.clients.flatMap((client) => client.networks))].sort(byText);
  return sources.length === 0 ? [] : [{ name: "postgresql", ports: [port], sources }];
}

/** One record for each client and network, in the clients' order. */
export function resolveClusterRecords(shape: ClusterShape): HbaRecordArgs[] {
  return shape.clients.flatMap((client) =>
    client.networks.map((address): HbaRecordArgs => ({ type: "hostssl", databases: [client.database], users: [client.role], address, ...authentication(client) })),
  );
}

function authentication(client: ClusterClient): HbaMethodArgs {
  switch (client.authentication ?? "certificate") {
    case "certificate":
      return { method: "cert" };
    case "certificate-and-password":
      return { method: "scram-sha-256", options: { clientcert: "verify-full" } };
    case "password":
      return { method: "scram-sha-256" };
  }
}

export function needsPassword(client: ClusterClient): boolean {
  return (client.authentication ?? "certificate") !== "certificate";
}

/** Group roles for each database, then a login role for each client. Passwords are the component's to add. */
export function resolveClusterRoles(shape: ClusterShape): RoleArgs[] {
  const groups = Object.keys(shape.databases).sort(byText).flatMap((database) => CLUSTER_GROUPS.map((group): RoleArgs => ({ name: groupRole(database, group) })));
  const logins = [...new Set(shape.clients.map((client) => client.role))].sort(byText).map((name): RoleArgs => {
    const of = shape.clients.filter((client) => client.role === name);
    const owned = of.filter((client) => client.access === "own").map((client) => client.database).sort(byText);
    return {
      name,
      login: true,
      connectionLimit: Math.max(...of.map((client) => client.connectionLimit ?? 50)),
      // What an owner creates belongs to the group, so that the next owner can change it and default privileges apply.
      ...(owned.length === 0 ? {} : { databaseSettings: Object.fromEntries(owned.map((database) => [database, { role: groupRole(database, "own") }])) }),
    };
  });
  return [...groups, ...logins];
}

/** The writer reads too; the owner is a member of neither: it owns. */
export function resolveClusterMemberships(shape: ClusterShape): MembershipArgs[] {
  const groups = Object.keys(shape.databases).sort(byText).map((database): MembershipArgs => ({ role: groupRole(database, "read"), member: groupRole(database, "write"), set: false }));
  const logins = shape.clients.flatMap((client): MembershipArgs[] => {
    const group = client.access ?? "write";
    return group === "none" ? [] : [{ role: groupRole(client.database, group), member: client.role, set: group === "own" }];
  });
  return [...groups, ...logins];
}

/** What a membership's options become before PostgreSQL 16, which knows none. */
export function withoutMembershipOptions(memberships: readonly MembershipArgs[]): MembershipArgs[] {
  return memberships.map(({ role, member }) => ({ role, member }));
}

/** What a database is, before anybody has a right in it. */
export function resolveClusterDatabases(shape: ClusterShape): Record<string, DatabaseArgs> {
  return Object.fromEntries(
    Object.entries(shape.databases).sort(([a], [b]) => byText(a, b)).map(([name, { connectionLimit = -1, extensions = [], initialScript }]) => [
      name,
      {
        owner: groupRole(name, "own"),
        connectionLimit,
        extensions: Object.fromEntries([...extensions].sort(byText).map((extension) => [extension, {}])),
        ...(initialScript === undefined ? {} : { initialScript }),
      },
    ]),
  );
}

/** Who may do what in each. */
export function resolveClusterPrivileges(shape: ClusterShape): Record<string, DatabaseArgs> {
  return Object.fromEntries(
    Object.keys(shape.databases).sort(byText).map((name) => {
      const reader = groupRole(name, "read");
      const writer = groupRole(name, "write");
      const owner = groupRole(name, "own");
      const logins = [...new Set(shape.clients.filter((client) => client.database === name).map((client) => client.role))].sort(byText);
      const grants: GrantArgs[] = [
        ...(logins.length === 0 ? [] : [{ on: { kind: "database" as const }, privileges: ["CONNECT"], to: logins }]),
        { on: { kind: "schema", name: SCHEMA }, privileges: ["USAGE"], to: [reader] },
        { on: { kind: "table", schema: SCHEMA, all: true }, privileges: ["SELECT"], to: [reader] },
        { on: { kind: "table", schema: SCHEMA, all: true }, privileges: ["INSERT", "UPDATE", "DELETE"], to: [writer] },
        { on: { kind: "sequence", schema: SCHEMA, all: true }, privileges: ["SELECT"], to: [reader] },
        { on: { kind: "sequence", schema: SCHEMA, all: true }, privileges: ["USAGE"], to: [writer] },
        { on: { kind: "routine", schema: SCHEMA, all: true }, privileges: ["EXECUTE"], to: [reader] },
        // PUBLIC has lost them, and a migration that makes a function or a trigger needs its language.
        ...["plpgsql", "sql"].map((language): GrantArgs => ({ on: { kind: "language", name: language }, privileges: ["USAGE"], to: [owner] })),
      ];
      const future = (on: DefaultPrivilegeArgs["on"], privileges: readonly string[], to: string): DefaultPrivilegeArgs => ({ creator: owner, on, privileges, to: [to] });
      const defaultPrivileges: DefaultPrivilegeArgs[] = [
        future("tables", ["SELECT"], reader),
        future("tables", ["INSERT", "UPDATE", "DELETE"], writer),
        future("sequences", ["SELECT"], reader),
        future("sequences", ["USAGE"], writer),
        future("routines", ["EXECUTE"], reader),
      ];
      return [name, { grants, defaultPrivileges }];
    }),
  );
}
