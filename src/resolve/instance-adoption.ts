/**
 * The arguments that would declare an instance as it was found: the program after `pulumi import`. A private key never
 * leaves its host, so `tls` is left for the person to write.
 */
import { DEFAULT_INSTANCE } from "../model/instance";
import type { ObservedInstance } from "../model/instance-state";
import { DECIDED_BY, findParameter } from "../model/parameter";
import { showParameterValue } from "../model/parameter-value";

/** Follow from the layout, from the locale that the cluster was made with, or from what pgrampart preloads anyway. */
const IMPLIED = /^(data_directory|config_file|hba_file|ident_file|external_pid_file|cluster_name|lc_.*|DateStyle|TimeZone|default_text_search_config)$/;

export function adoptInstance(observed: ObservedInstance): Readonly<Record<string, unknown>> {
  const { major, name, parameters, sources } = observed;
  const valueOf = (parameter: string): string => parameters[parameter] ?? "";
  const listOf = (parameter: string): readonly string[] => valueOf(parameter).split(",").map((word) => word.trim()).filter((word) => word !== "");
  const directories = listOf("unix_socket_directories").map((path) => path.replace(/^\/var\/run\//, "/run/"));
  const declared = Object.entries(parameters).flatMap(([parameter, value]) => {
    const source = sources[parameter];
    const definition = findParameter(major, parameter);
    const isDeclarable = definition?.isSettable === true && DECIDED_BY[parameter] === undefined && !IMPLIED.test(parameter);
    return isDeclarable && source !== "default" && source !== "override" ? [[parameter, showParameterValue(definition, value)] as const] : [];
  });
  return {
    instance: { major, name, port: Number(valueOf("port")) || DEFAULT_INSTANCE.port, socketDirectory: directories[0] ?? DEFAULT_INSTANCE.socketDirectory },
    listenAddresses: listOf("listen_addresses"),
    ...(directories.length > 1 ? { sockets: { directories: directories.map((path) => ({ path })) } } : {}),
    parameters: Object.fromEntries(declared),
  };
}
