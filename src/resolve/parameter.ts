/**
 * The parameters of an instance, in layers: what initdb would have chosen, the baseline of the major version, what is
 * declared, and what other properties of the resource decide. The last layer that names a parameter has it.
 */
import type { InstanceDeclaration } from "../declare/instance";
import { instancePaths, type Major } from "../model/instance";
import { tlsPath } from "../model/instance-state";
import { findParameter, parameterClass, type Parameter, type ParameterDefinition } from "../model/parameter";
import { parseParameterValue } from "../model/parameter-value";
import { baselineFor, type BaselineRow, type Strength } from "./baseline";

type Layer = readonly (readonly [name: string, value: string])[];

/** Sorted by name, each once. */
export function resolveParameters(declaration: InstanceDeclaration): readonly Parameter[] {
  const { major } = declaration.instance;
  const rows = baselineFor(major).filter(({ name }) => parameterClass(name) !== "pgaudit" || declaration.audit !== null);
  const resolved = new Map<string, Parameter>();
  const put = (layer: Parameter["layer"], values: Layer): void => {
    for (const [name, value] of values) {
      const definition = definitionOf(major, name);
      resolved.set(definition.name, { definition, value: canonical(definition, value), layer, isWeakened: false });
    }
  };
  put("default", initdbDefaults(declaration));
  put("baseline", rows.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
  put("baseline", [["log_filename", `postgresql-${major}-${declaration.instance.name}.%d.log`]]);
  for (const { definition, value } of declaration.parameters.values()) {
    const row = rows.find(({ name }) => name === definition.name);
    const isWeakened = row !== undefined && !isAsStrong(row, definition, value);
    resolved.set(definition.name, { definition, value, layer: "declared", isWeakened });
  }
  put("mandatory", decided(declaration));
  return [...resolved.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
}

/** Every name here comes from this project's own tables; test/resolve/baseline.test.ts holds them against the catalogue. */
function definitionOf(major: Major, name: string): ParameterDefinition {
  const definition = findParameter(major, name);
  if (definition === undefined) {
    throw new TypeError(`PostgreSQL ${major} has no parameter ${name}`);
  }
  return definition;
}

function canonical(definition: ParameterDefinition, value: string): string {
  const parsed = parseParameterValue(definition, value);
  if ("allowed" in parsed) {
    throw new TypeError(`${definition.name} cannot be ${value}: it allows ${parsed.allowed}`);
  }
  return parsed.value;
}

/** What initdb writes into a new postgresql.conf and PostgreSQL has no compiled-in default for. */
function initdbDefaults({ initdb }: InstanceDeclaration): Layer {
  return [
    ["lc_messages", initdb.locale], ["lc_monetary", initdb.locale], ["lc_numeric", initdb.locale], ["lc_time", initdb.locale],
    ["default_text_search_config", "pg_catalog.english"], ["TimeZone", "UTC"], ["DateStyle", "ISO, MDY"],
  ];
}

/** What other properties of the Instance say, and Debian's layout. */
function decided(declaration: InstanceDeclaration): Layer {
  const { instance, listenAddresses, sockets, audit } = declaration;
  const paths = instancePaths(instance);
  const declaredLibraries = (declaration.parameters.get("shared_preload_libraries")?.value ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  const libraries = [...new Set(["auth_delay", ...(audit === null ? [] : ["pgaudit"]), ...declaredLibraries])];
  return [
    ["data_directory", paths.dataDirectory],
    ["hba_file", paths.hbaFile],
    ["ident_file", paths.identFile],
    ["external_pid_file", paths.pidFile],
    ["cluster_name", `${instance.major}/${instance.name}`],
    ["listen_addresses", listenAddresses.join(",")],
    ["port", String(instance.port)],
    ["unix_socket_directories", sockets.directories.map(({ path }) => path).join(",")],
    ["unix_socket_group", sockets.group],
    ["unix_socket_permissions", sockets.permissions],
    ["shared_preload_libraries", libraries.join(",")],
    ...(audit === null ? [] : [["pgaudit.log", audit.join(",")] as const]),
    ...decidedByTls(declaration),
  ];
}

function decidedByTls({ tls, instance }: InstanceDeclaration): Layer {
  if (tls === null) {
    return [["ssl", "off"]];
  }
  const paths = instancePaths(instance);
  const pathOf = (part: "clientAuthority" | "revocationList" | "dhParameters"): string => (tls[part] === null ? "" : tlsPath(paths, part));
  return [
    ["ssl", "on"],
    ["ssl_cert_file", tlsPath(paths, "certificate")],
    ["ssl_key_file", tlsPath(paths, "privateKey")],
    ["ssl_ca_file", pathOf("clientAuthority")],
    ["ssl_crl_file", pathOf("revocationList")],
    ["ssl_dh_params_file", pathOf("dhParameters")],
    ["ssl_passphrase_command", tls.passphrase === null ? "" : `cat ${tlsPath(paths, "passphrase")}`],
    ["ssl_passphrase_command_supports_reload", tls.passphrase === null ? "off" : "on"],
  ];
}

/** Whether a declared value keeps what the baseline's row is for. */
export function isAsStrong(row: BaselineRow, definition: ParameterDefinition, value: string): boolean {
  return (row.value !== null && value === canonical(definition, row.value)) || (row.accepts !== undefined && satisfies(row.accepts, definition, value));
}

function satisfies(accepts: Strength, definition: ParameterDefinition, value: string): boolean {
  if (accepts === "any") {
    return true;
  }
  if ("oneOf" in accepts) {
    return accepts.oneOf.includes(value);
  }
  if ("includes" in accepts) {
    return accepts.includes.every((part) => value.includes(part));
  }
  // Zero and below switch a timeout off, which is no small value of it.
  return "atMost" in accepts
    ? Number(value) > 0 && Number(value) <= Number(canonical(definition, accepts.atMost))
    : Number(value) >= Number(canonical(definition, accepts.atLeast));
}
