/**
 * What each major version knows about its own parameters, read from real servers (tools/parameter-catalog), and the
 * words of pg_settings for it. Names are looked up as PostgreSQL does: without regard to case.
 */
import type { Major } from "./instance";
import catalog15 from "./parameter-catalog/15.json";
import catalog16 from "./parameter-catalog/16.json";
import catalog17 from "./parameter-catalog/17.json";
import catalog18 from "./parameter-catalog/18.json";
import extensions from "./parameter-catalog/extensions.json";

/** When a change takes effect, as in pg_settings.context. */
export type ParameterContext = "internal" | "postmaster" | "sighup" | "superuser-backend" | "backend" | "superuser" | "user";

export type ParameterType = "bool" | "integer" | "real" | "enum" | "string";

/** Units of pg_settings.unit: memory, then time. */
export type ParameterUnit = "B" | "kB" | "8kB" | "MB" | "ms" | "s" | "min";

export interface ParameterDefinition {
  /** As pg_settings spells it. */
  readonly name: string;
  readonly context: ParameterContext;
  readonly type: ParameterType;
  /** What a bare number counts. */
  readonly unit: ParameterUnit | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Of an enum, in the server's order. */
  readonly values: readonly string[] | null;
  /** Compiled-in default in the form of pg_settings; `null` where it depends on the build. */
  readonly boot: string | null;
  /** Whether a configuration file may hold it. */
  readonly isSettable: boolean;
}

/** The form of the catalogue's rows: context, type, unit, min, max, values, boot, settable. */
type Row = readonly [string, string, string | null, number | null, number | null, readonly string[] | null, string | null, boolean];

// JSON arrays are typed by their elements, not as tuples; test/model/parameter.test.ts checks every row's form.
const CATALOGS = { 15: catalog15, 16: catalog16, 17: catalog17, 18: catalog18 } as unknown as Readonly<Record<Major, Readonly<Record<string, Row>>>>;
const EXTENSIONS = extensions as unknown as Readonly<Record<string, Row>>;

const definitions = new Map<Major, ReadonlyMap<string, ParameterDefinition>>();

function definitionsOf(major: Major): ReadonlyMap<string, ParameterDefinition> {
  const known = definitions.get(major);
  if (known !== undefined) {
    return known;
  }
  const rows = Object.entries({ ...CATALOGS[major], ...EXTENSIONS });
  const built = new Map(rows.map(([name, row]) => [name.toLowerCase(), define(name, row)]));
  definitions.set(major, built);
  return built;
}

function define(name: string, [context, type, unit, min, max, values, boot, isSettable]: Row): ParameterDefinition {
  return {
    name, context: context as ParameterContext, type: type as ParameterType, unit: unit as ParameterUnit | null, min, max, values, boot, isSettable,
  };
}

/** `undefined`: this major version has no such parameter. */
export function findParameter(major: Major, name: string): ParameterDefinition | undefined {
  return definitionsOf(major).get(name.toLowerCase());
}

/** All of one major version, by name. */
export function listParameters(major: Major): readonly ParameterDefinition[] {
  return [...definitionsOf(major).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The part before the dot of an extension's parameter; `null` for PostgreSQL's own. */
export function parameterClass(name: string): string | null {
  const dot = name.indexOf(".");
  return dot < 0 ? null : name.slice(0, dot).toLowerCase();
}

/** A parameter of a class that no catalogue knows: any text, changeable in every session (PostgreSQL: Customized Options). */
export function customParameter(name: string): ParameterDefinition {
  return { name, context: "user", type: "string", unit: null, min: null, max: null, values: null, boot: null, isSettable: true };
}

/** Whether a change of the parameter takes effect only when the server starts. */
export function needsRestart(definition: ParameterDefinition): boolean {
  return definition.context === "postmaster" || definition.context === "internal";
}

/** One parameter as it is wanted. */
export interface Parameter {
  readonly definition: ParameterDefinition;
  /** In the form of pg_settings: base unit, `on`/`off`, the enum's own spelling. */
  readonly value: string;
  /** Which layer decided. */
  readonly layer: "default" | "baseline" | "declared" | "mandatory";
  /** Whether it is declared with less than the baseline asks. */
  readonly isWeakened: boolean;
}

/** The property of the Instance that decides a parameter instead of `parameters`. */
export const DECIDED_BY: Readonly<Record<string, string>> = {
  port: "instance.port",
  listen_addresses: "listenAddresses",
  unix_socket_directories: "sockets.directories",
  unix_socket_group: "sockets.group",
  unix_socket_permissions: "sockets.permissions",
  ssl: "tls",
  ssl_cert_file: "tls.certificate",
  ssl_key_file: "tls.privateKey",
  ssl_ca_file: "tls.clientAuthority",
  ssl_crl_file: "tls.revocationList",
  ssl_crl_dir: "tls.revocationList",
  ssl_dh_params_file: "tls.dhParameters",
  ssl_passphrase_command: "tls.passphrase",
  ssl_passphrase_command_supports_reload: "tls.passphrase",
  "pgaudit.log": "audit.log",
};

/** The server rewrites what was configured (a canonical time zone, buffers that size themselves): what is written counts. */
export const REWRITTEN: ReadonlySet<string> = new Set([
  "TimeZone", "log_timezone", "DateStyle", "default_text_search_config", "wal_buffers",
  "commit_timestamp_buffers", "subtransaction_buffers", "transaction_buffers",
]);
