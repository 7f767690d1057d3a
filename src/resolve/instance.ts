/** From the declaration of an Instance to the instance that is wanted: parameters in layers, files by their paths. */
import type { InstanceDeclaration } from "../declare/instance";
import type { DesiredInstance } from "../model/instance-state";
import { instancePaths } from "../model/instance";
import { resolveParameters } from "./parameter";

/** Made and kept by Debian's postgresql-common, for all instances of the host together. */
const PACKAGE_DIRECTORIES: ReadonlySet<string> = new Set(["/run/postgresql", "/var/run/postgresql"]);

export function resolveInstance(declaration: InstanceDeclaration): DesiredInstance {
  const { instance, sockets, listenAddresses, tls, initdb, applyRestarts, onDelete } = declaration;
  return {
    instance,
    paths: instancePaths(instance),
    parameters: resolveParameters(declaration),
    listenAddresses,
    socketDirectories: sockets.directories
      .filter(({ path }) => !PACKAGE_DIRECTORIES.has(path))
      .map((directory) => ({ kind: "directory" as const, ...directory }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    tls, initdb, applyRestarts, onDelete,
  };
}
