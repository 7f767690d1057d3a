/**
 * The `parameters` of an Instance: known to its major version, of the right type and range, and not one that another
 * property decides or that would make the server lie about its data. Gives values in the server's own form.
 */
import type { Major } from "../model/instance";
import { customParameter, DECIDED_BY, findParameter, parameterClass, type ParameterDefinition } from "../model/parameter";
import { parseParameterValue, type GivenValue } from "../model/parameter-value";
import { Secret } from "../model/secret";
import { isUnknown } from "../model/unknown";
import type { IssueCollector, Path } from "./issue";

/** A value as a person writes it: `64MB`, `"on"`, `true`, `200`. */
export type ParameterValue = GivenValue;

/** Canonical name → value in the form of pg_settings. */
export type DeclaredParameters = ReadonlyMap<string, { readonly definition: ParameterDefinition; readonly value: string }>;

/** Where Debian's tools and the other resources find the instance. */
const LAYOUT: ReadonlySet<string> = new Set(["data_directory", "config_file", "hba_file", "ident_file", "external_pid_file", "cluster_name"]);

/** Values that give up durability, the check of data, or the strength of what is stored; with the reason. */
const HARMFUL: Readonly<Record<string, { readonly values: readonly string[]; readonly reason: string }>> = {
  fsync: { values: ["off"], reason: "a crash would corrupt the data" },
  full_page_writes: { values: ["off"], reason: "a crash could leave torn pages that no recovery repairs" },
  zero_damaged_pages: { values: ["on"], reason: "it destroys the rows of a damaged page" },
  ignore_checksum_failure: { values: ["on"], reason: "it hides corruption and spreads it" },
  ignore_invalid_pages: { values: ["on"], reason: "it lets recovery lose data" },
  ignore_system_indexes: { values: ["on"], reason: "it is for repairing a broken catalogue by hand" },
  allow_system_table_mods: { values: ["on"], reason: "it lets a superuser break the catalogue" },
  allow_in_place_tablespaces: { values: ["on"], reason: "it is for PostgreSQL's own tests" },
  password_encryption: { values: ["md5"], reason: "an MD5 hash can be replayed and is broken in seconds" },
  db_user_namespace: { values: ["on"], reason: "it works with MD5 passwords only" },
  ssl_min_protocol_version: { values: ["", "TLSv1", "TLSv1.1"], reason: "TLS before 1.2 is broken (RFC 8996)" },
  ssl_max_protocol_version: { values: ["TLSv1", "TLSv1.1"], reason: "TLS before 1.2 is broken (RFC 8996)" },
};

/** Hold or may hold a password of another server, or belong to a failover tool. */
const REPLICATION: ReadonlySet<string> = new Set(["primary_conninfo", "primary_slot_name", "promote_trigger_file"]);

export function declareParameters(value: unknown, path: Path, major: Major, customClasses: readonly string[], issues: IssueCollector): DeclaredParameters {
  const declared = new Map<string, { definition: ParameterDefinition; value: string }>();
  if (isUnknown(value)) {
    return declared;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    issues.add(path, value, "a map of parameter names to values", "Write each parameter as a property, such as work_mem: \"16MB\".");
    return declared;
  }
  for (const [name, given] of Object.entries(value)) {
    const definition = declareName(name, given, [...path, name], major, customClasses, issues);
    const parsed = definition === undefined ? undefined : declareValue(definition, given, [...path, name], issues);
    if (definition === undefined || parsed === undefined) {
      continue;
    }
    if (declared.has(definition.name)) {
      issues.add([...path, name], given, `${definition.name} once`, "Remove one of the two spellings: PostgreSQL does not tell upper from lower case in names.");
    }
    declared.set(definition.name, { definition, value: parsed });
  }
  return declared;
}

function declareName(name: string, given: unknown, path: Path, major: Major, customClasses: readonly string[], issues: IssueCollector): ParameterDefinition | undefined {
  const found = findParameter(major, name);
  const refuse = (allowed: string, remedy: string): undefined => void issues.add(path, given, allowed, remedy);
  if (found === undefined) {
    const extension = parameterClass(name);
    if (extension === null) {
      return refuse(`a parameter of PostgreSQL ${major}`, "Correct the name, or remove it: this major version does not know it.");
    }
    if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)+$/i.test(name)) {
      return refuse("names of letters, digits, _ and $ joined by dots", "Correct the name.");
    }
    if (!customClasses.some((known) => known.toLowerCase() === extension)) {
      return refuse("a parameter of an extension that is known, or of a class in customClasses", `Correct the name, or add "${extension}" to customClasses.`);
    }
    return customParameter(name);
  }
  const owner = DECIDED_BY[found.name];
  if (owner !== undefined) {
    return refuse(`the property ${owner} instead`, `Remove it and set ${owner}.`);
  }
  if (LAYOUT.has(found.name)) {
    return refuse("Debian's layout, which follows from instance.major and instance.name", "Remove it: other resources and Debian's tools look there.");
  }
  if (REPLICATION.has(found.name)) {
    return void issues.add(path, new Secret(given), "replication as its own tools set it up", "Remove it: it belongs to the node's standby configuration and may hold a password.");
  }
  if (!found.isSettable) {
    return refuse("parameters that a configuration file may hold", "Remove it: the server only reports it, or sets it per transaction.");
  }
  return found;
}

function declareValue(definition: ParameterDefinition, given: unknown, path: Path, issues: IssueCollector): string | undefined {
  if (isUnknown(given)) {
    return undefined;
  }
  if (typeof given !== "string" && typeof given !== "number" && typeof given !== "boolean") {
    issues.add(path, given, "text, a number or a boolean", "Write the value as postgresql.conf would have it; join lists with commas.");
    return undefined;
  }
  const parsed = parseParameterValue(definition, given);
  if ("allowed" in parsed) {
    issues.add(path, given, parsed.allowed, `Correct the value of ${definition.name}.`);
    return undefined;
  }
  const harmful = HARMFUL[definition.name];
  if (harmful?.values.includes(parsed.value) === true) {
    issues.add(path, given, `any value but ${harmful.values.map((value) => JSON.stringify(value)).join(", ")}`, `Remove it: ${harmful.reason}.`);
    return undefined;
  }
  return parsed.value;
}

const TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"];

/** Values that are good alone and wrong together. Names what the server would only say when it starts. */
export function refuseConflicts(declared: DeclaredParameters, path: Path, major: Major, issues: IssueCollector): void {
  const given = (name: string): string | undefined => declared.get(name)?.value;
  const valueOf = (name: string): string => given(name) ?? findParameter(major, name)?.boot ?? "";
  const refuse = (name: string, allowed: string, remedy: string): void => issues.add([...path, name], given(name), allowed, remedy);

  const reserved = (Number(valueOf("superuser_reserved_connections")) || 0) + (Number(valueOf("reserved_connections")) || 0);
  const limiting = ["superuser_reserved_connections", "reserved_connections", "max_connections"].find((name) => given(name) !== undefined);
  if (limiting !== undefined && reserved >= Number(valueOf("max_connections"))) {
    refuse(limiting, "reserved connections below max_connections", `Raise max_connections above ${reserved}, or reserve fewer.`);
  }
  if (given("wal_level") === "minimal") {
    if (Number(valueOf("max_wal_senders")) > 0) {
      refuse("wal_level", "replica or logical while max_wal_senders is above 0", "Keep wal_level at replica, or set max_wal_senders to 0.");
    }
    if (valueOf("archive_mode") !== "off") {
      refuse("wal_level", "replica or logical while archive_mode is on", "Keep wal_level at replica, or set archive_mode to off.");
    }
  }
  const [lowest, highest] = [given("ssl_min_protocol_version") ?? "TLSv1.3", given("ssl_max_protocol_version") ?? ""];
  if (highest !== "" && TLS_VERSIONS.indexOf(lowest) > TLS_VERSIONS.indexOf(highest)) {
    refuse("ssl_max_protocol_version", `at least ssl_min_protocol_version (${lowest})`, "Remove it, or lower ssl_min_protocol_version explicitly.");
  }
  const destinations = (given("log_destination") ?? "csvlog,syslog").split(",").map((word) => word.trim());
  if (given("logging_collector") === "off" && destinations.some((word) => word === "csvlog" || word === "jsonlog")) {
    refuse("logging_collector", "on while log_destination has csvlog or jsonlog", "Keep the collector, or set log_destination to stderr or syslog.");
  }
}
