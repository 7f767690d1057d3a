/**
 * The `instance` argument that every resource of an instance takes: which one it is and how local tools reach it.
 * Refuses majors without a parameter catalogue and names that postgresql-common could not use in paths and units.
 */
import { z } from "zod";
import { DEFAULT_INSTANCE, MAJORS, type Major } from "../model/instance";
import { rule } from "./issue";

export interface InstanceReferenceArgs {
  /** Major version: 15, 16, 17 or 18. */
  readonly major: Major;
  /** Debian's name of the instance. @default - "main" */
  readonly name?: string;
  /** TCP port and suffix of the socket's name. @default - 5432 */
  readonly port?: number;
  /** Directory of the socket that local administration uses. @default - "/run/postgresql" */
  readonly socketDirectory?: string;
}

/** A socket's path may have 107 bytes (sockaddr_un) and ends in `/.s.PGSQL.65535`. */
const SOCKET_DIRECTORY_BYTES = 107 - "/.s.PGSQL.65535".length;

const MAJORS_RULE = rule(`one of ${MAJORS.join(", ")}`, "Name the major version of the PostgreSQL package, as a number.");

export const socketDirectorySchema = z
  .string()
  .refine((path) => /^\/[A-Za-z0-9._/-]+$/.test(path) && !path.split("/").includes(".."), rule(
    "an absolute path of letters, digits, . _ - and /, without ..",
    "Choose a directory such as /run/postgresql.",
  ))
  .refine((path) => path.length <= SOCKET_DIRECTORY_BYTES, rule(
    `at most ${SOCKET_DIRECTORY_BYTES} bytes`,
    "Choose a shorter path: the kernel limits the length of a socket's name.",
  ));

export const portSchema = z
  .number()
  .refine((port) => Number.isInteger(port) && port >= 1 && port <= 65535, rule("a whole number from 1 to 65535", "Choose a TCP port."));

/** Checks the whole reference and fills in the defaults; give it to `IssueCollector.parse`. */
export const instanceReferenceSchema = z.strictObject({
  major: z.number().refine((major): major is Major => (MAJORS as readonly number[]).includes(major), MAJORS_RULE),
  name: z
    .string()
    .refine((name) => /^[a-z0-9_][a-z0-9_.]{0,62}$/.test(name), rule(
      "1 to 63 lower-case letters, digits, _ and .",
      "Choose such a name; a dash would make the unit's name postgresql@MAJOR-NAME ambiguous.",
    ))
    .default(DEFAULT_INSTANCE.name),
  port: portSchema.default(DEFAULT_INSTANCE.port),
  socketDirectory: socketDirectorySchema.default(DEFAULT_INSTANCE.socketDirectory),
});
