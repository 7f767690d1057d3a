// Turns the lines of read-settings.sh (standard input) into the catalogue the project carries (standard output):
// one line per parameter, sorted, without what differs from one build or minor version to the next.
// usage: compact.js [--class CLASS[,CLASS]]     with --class only those extensions' parameters, else none of any class
"use strict";

const classes = process.argv[2] === "--class" ? process.argv[3].split(",") : [];

/** Values that a build has only with a certain library; Debian's builds have them all. */
const BUILD_DEPENDENT = {
  default_toast_compression: ["lz4"],
  wal_compression: ["lz4", "zstd"],
  io_method: ["io_uring"],
};

/** Compiled-in defaults that name the build's directories or the server's version. */
const BUILD_DEFAULTS = new Set(["krb_server_keyfile", "server_version", "server_version_num", "unix_socket_directories"]);

/** A row of a patch that Debian alone carries, in some majors only. */
const PATCHES = new Set(["extension_destdir"]);

const number = (text) => (text === null ? null : Number(text));

function compact(row) {
  const values = row.enumvals && [...new Set([...row.enumvals, ...(BUILD_DEPENDENT[row.name] ?? [])])];
  const settable = row.file && row.context !== "internal";
  const limits = BUILD_DEFAULTS.has(row.name) ? [null, null] : [number(row.min_val), number(row.max_val)];
  const boot = BUILD_DEFAULTS.has(row.name) ? null : row.boot_val;
  return [row.context, row.vartype, row.unit, ...limits, values, boot, settable];
}

const lines = require("node:fs").readFileSync(0, "utf8").split("\n").filter((line) => line !== "");
const rows = lines
  .map((line) => JSON.parse(line))
  .filter((row) => (row.name.includes(".") ? classes.includes(row.name.split(".")[0]) : classes.length === 0) && !PATCHES.has(row.name));
const entries = rows.map((row) => `  ${JSON.stringify(row.name)}: ${JSON.stringify(compact(row))}`);
process.stdout.write(`{\n${entries.join(",\n")}\n}\n`);
