/**
 * The same declarations through a user's own `postgresql.Provider`: roles, memberships, databases, schemas, grants and
 * default privileges become that provider's resources. What it cannot express is refused here, all of it at once, rather
 * than left out.
 */
import * as postgresql from "@pulumi/postgresql";
import type * as pulumi from "@pulumi/pulumi";
import type { DatabaseArgs } from "../src/declare/database";
import { IssueCollector } from "../src/declare/issue";
import type { DefaultPrivilegeArgs, GrantArgs } from "../src/declare/privilege";
import type { MembershipArgs, RoleArgs } from "../src/declare/role";
import type { Inputs } from "../src/resources";
import { childName } from "./naming";
import { refuseFaults } from "./refusal";

/** Parent, provider and what must be there first. */
export type ThroughOptions = pulumi.CustomResourceOptions;

const REMEDY = "Leave it out, or do not pass a postgresql.Provider: over SSH it can be had.";

/** Kinds of objects that both know, in the words of the provider. */
const OBJECT_TYPES: Readonly<Record<string, string>> = {
  database: "database", schema: "schema", table: "table", view: "table", materializedView: "table", foreignTable: "table", sequence: "sequence",
  function: "function", procedure: "procedure", routine: "routine", foreignDataWrapper: "foreign_data_wrapper", foreignServer: "foreign_server",
};

const DEFAULT_OBJECT_TYPES: Readonly<Record<string, string>> = { tables: "table", sequences: "sequence", functions: "function", routines: "function", types: "type", schemas: "schema" };

/** The provider writes the pseudo-role in lower case. */
const grantee = (name: string): string => (name === "PUBLIC" ? "public" : name);

/** Logical names must not depend on positions: what is granted, to whom, is what identifies a grant. */
const named = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== "").join("/");

export function rolesThrough(name: string, roles: readonly Inputs<RoleArgs>[], memberships: readonly MembershipArgs[], opts: ThroughOptions): pulumi.Resource[] {
  const issues = new IssueCollector();
  roles.forEach((role, index) => refuse(role, ["keepPassword", "comment", "settings", "databaseSettings"], ["roles", index], issues));
  memberships.forEach((membership, index) => refuse(membership, ["inherit", "set", "grantor"], ["memberships", index], issues));
  refuseFaults("Roles", issues);
  const made = new Map(roles.map((role) => [String(role.name), new postgresql.Role(childName(name, String(role.name)), {
    name: role.name,
    login: role.login ?? false,
    superuser: role.superuser ?? false,
    createDatabase: role.createdb ?? false,
    createRole: role.createrole ?? false,
    replication: role.replication ?? false,
    bypassRowLevelSecurity: role.bypassrls ?? false,
    inherit: role.inherit ?? true,
    connectionLimit: role.connectionLimit ?? -1,
    ...(role.validUntil === undefined ? {} : { validUntil: role.validUntil }),
    ...(role.password === undefined ? {} : { password: role.password }),
  }, opts)]));
  const edges = memberships.map(({ role, member, admin }) =>
    new postgresql.GrantRole(childName(name, named(role, "to", member)), { role: member, grantRole: role, withAdminOption: admin ?? false },
      { ...opts, dependsOn: [role, member].flatMap((end) => made.get(end) ?? []) }));
  return [...made.values(), ...edges];
}

export function databasesThrough(name: string, databases: Readonly<Record<string, DatabaseArgs>>, opts: ThroughOptions): pulumi.Resource[] {
  const issues = new IssueCollector();
  for (const [database, args] of Object.entries(databases)) {
    refuse(args, ["comment", "settings", "owners", "rowSecurity"], ["databases", database], issues);
    args.grants?.forEach((grant, index) => refuseGrant(grant, ["databases", database, "grants", index], issues));
    args.defaultPrivileges?.forEach((given, index) => {
      if (DEFAULT_OBJECT_TYPES[given.on] === undefined) {
        issues.add(["databases", database, "defaultPrivileges", index, "on"], given.on, `with a postgresql.Provider, one of ${Object.keys(DEFAULT_OBJECT_TYPES).join(", ")}`, REMEDY);
      }
    });
  }
  refuseFaults("Grants", issues);
  return Object.entries(databases).flatMap(([database, args]) => databaseThrough(childName(name, database), database, args, opts));
}

function databaseThrough(name: string, database: string, args: DatabaseArgs, opts: ThroughOptions): pulumi.Resource[] {
  // A database that is only named is somebody else's: its grants are declared, it is not.
  const own = args.owner === undefined ? [] : [new postgresql.Database(name, {
    name: database, owner: args.owner, encoding: args.encoding ?? "UTF8", lcCollate: args.locale ?? "C.UTF-8", lcCtype: args.locale ?? "C.UTF-8", template: "template0", connectionLimit: args.connectionLimit ?? -1,
  }, opts)];
  const inside = { ...opts, dependsOn: own };
  const schemas = Object.entries(args.schemas ?? {}).map(([schema, { owner }]) =>
    new postgresql.Schema(childName(name, named("schema", schema)), { database, name: schema, ...(owner === undefined ? {} : { owner }) }, inside));
  const extensions = Object.entries(args.extensions ?? {}).map(([extension, { schema, version }]) =>
    new postgresql.Extension(childName(name, named("extension", extension)), { database, name: extension, ...(schema === undefined ? {} : { schema }), ...(version === undefined ? {} : { version }) }, inside));
  const after = { ...opts, dependsOn: [...own, ...schemas, ...extensions] };
  const grants = (args.grants ?? []).flatMap((grant) => grant.to.map((to) => grantThrough(name, database, grant, to, after)));
  const defaults = (args.defaultPrivileges ?? []).flatMap((given) => given.to.map((to) => defaultThrough(name, database, given, to, after)));
  return [...own, ...schemas, ...extensions, ...grants, ...defaults];
}

function grantThrough(name: string, database: string, grant: GrantArgs, to: string, opts: ThroughOptions): pulumi.Resource {
  const { kind, schema, name: object } = grant.on;
  const inSchema = kind === "schema" ? object : schema;
  const objects = kind === "database" || kind === "schema" || object === undefined ? {} : { objects: [object] };
  return new postgresql.Grant(childName(name, named("grant", kind, schema, object, grant.columns?.join("+"), "to", to)), {
    database,
    role: grantee(to),
    ...(inSchema === undefined ? {} : { schema: inSchema }),
    objectType: grant.columns === undefined ? OBJECT_TYPES[kind] as string : "column",
    ...objects,
    ...(grant.columns === undefined ? {} : { columns: [...grant.columns] }),
    privileges: [...grant.privileges],
    withGrantOption: grant.withGrantOption ?? false,
  }, opts);
}

function defaultThrough(name: string, database: string, given: DefaultPrivilegeArgs, to: string, opts: ThroughOptions): pulumi.Resource {
  return new postgresql.DefaultPrivileges(childName(name, named("default", given.creator, given.schema, given.on, "to", to)), {
    database,
    owner: given.creator,
    role: grantee(to),
    ...(given.schema === undefined ? {} : { schema: given.schema }),
    objectType: DEFAULT_OBJECT_TYPES[given.on] as string,
    privileges: [...given.privileges],
    withGrantOption: given.withGrantOption ?? false,
  }, opts);
}

function refuseGrant(grant: GrantArgs, path: readonly (string | number)[], issues: IssueCollector): void {
  refuse(grant, ["grantor"], path, issues);
  refuse(grant.on, ["arguments"], [...path, "on"], issues);
  if (OBJECT_TYPES[grant.on.kind] === undefined) {
    issues.add([...path, "on", "kind"], grant.on.kind, `with a postgresql.Provider, one of ${Object.keys(OBJECT_TYPES).join(", ")}`, REMEDY);
  }
}

function refuse(args: object, keys: readonly string[], path: readonly (string | number)[], issues: IssueCollector): void {
  for (const key of keys) {
    const value = (args as Record<string, unknown>)[key];
    if (value !== undefined) {
      issues.add([...path, key], value, "nothing, with a postgresql.Provider, which does not know it", REMEDY);
    }
  }
}
