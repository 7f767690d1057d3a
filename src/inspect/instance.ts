/**
 * An instance as the host shows it: one read-only script of a few processes. Asks the server itself where it runs, over
 * whatever port and socket it really has. Key and passphrase are seen as digests only, and ALTER SYSTEM's leftovers
 * without values that may hold a password.
 */
import { InspectError } from "../errors";
import type { ObservedFile } from "../model/file";
import { tlsPath, TLS_FILES, type DesiredInstance, type InstanceTls, type ObservedInstance } from "../model/instance-state";
import { Secret } from "../model/secret";
import { instanceDirectories, tmpfilesPath } from "../render/instance";
import { sh, withInput } from "../render/shell";
import { probeCertificates } from "./certificate";
import { probeFiles } from "./file";
import { parseSettings, settingsQuery } from "./parameter";
import { combine, type Probe } from "./probe";

export function probeInstance(desired: DesiredInstance): Probe<ObservedInstance> {
  const { paths } = desired;
  const passphrasePath = tlsPath(paths, "passphrase");
  const directories = instanceDirectories(desired).map(({ path }) => path);
  const parts = combine("reading the instance", {
    process: probeProcess(desired),
    files: probeFiles("reading the instance's files", ownedPaths(desired)),
    directories: probeFiles("reading the instance's directories", directories),
    alterSystem: probeAlterSystem(desired),
    certificate: probeCertificates("reading the server's certificate", tlsPath(paths, "certificate")),
    clientAuthorities: probeCertificates("reading the authorities of clients", tlsPath(paths, "clientAuthority")),
    settings: probeSettings(desired),
  });
  return {
    ...parts,
    parse: (stdout) => {
      const { process, files, directories: found, alterSystem, certificate, clientAuthorities, settings } = parts.parse(stdout);
      const passphrase = files.find(({ path }) => path === passphrasePath)?.sha256;
      return {
        major: desired.instance.major, name: desired.instance.name, ...settings, ...process, alterSystem, clientAuthorities,
        files: files.map((file) => (file.path === passphrasePath ? { ...file, sha256: "" } : file)),
        passphrase: passphrase === undefined ? null : new Secret(passphrase),
        directories: found.map(({ path, owner, group, mode }) => ({ path, owner, group, mode })),
        certificate: certificate[0] ?? null,
      };
    },
  };
}

/** Every path that a declaration of the instance could own, so that what is no longer declared is seen too. */
function ownedPaths(desired: DesiredInstance): readonly ObservedFile["path"][] {
  const { paths } = desired;
  const tls = (Object.keys(TLS_FILES) as (keyof InstanceTls)[]).map((part) => tlsPath(paths, part));
  return [paths.configFile, paths.environmentFile, paths.pgCtlFile, paths.startFile, tmpfilesPath(desired), ...tls];
}

/** Whether the instance is there, whether its postmaster lives, and what that one listens on. */
function probeProcess({ paths }: DesiredInstance): Probe<Pick<ObservedInstance, "exists" | "isRunning" | "listeners">> {
  const title = "reading the instance's process";
  return {
    title,
    script: sh`if test -f ${`${paths.dataDirectory}/PG_VERSION`} && test -d ${paths.configDirectory}; then echo exists; else echo absent; fi
pid=$(head -n 1 ${`${paths.dataDirectory}/postmaster.pid`} 2>/dev/null)
if test -n "$pid" && kill -0 "$pid" 2>/dev/null; then
echo running
ss -Hltnp | sed -n "s/^[^ ]* *[^ ]* *[^ ]* *\\([^ ]*\\) .*[,(]pid=$pid,.*/\\1/p"
ss -Hlxnp | sed -n "s/^[^ ]* *[^ ]* *[^ ]* *[^ ]* *\\([^ ]*\\) .*[,(]pid=$pid,.*/\\1/p"
fi`,
    parse: (stdout) => {
      const [presence, running, ...listeners] = stdout.split("\n").filter((line) => line !== "");
      if (presence !== "exists" && presence !== "absent") {
        throw new InspectError(title, `the host answered ${JSON.stringify(stdout.slice(0, 200))}`, { remedy: "Run the update again; if it repeats, report the host's release and this message." });
      }
      return { exists: presence === "exists", isRunning: running === "running", listeners: [...new Set(listeners)].sort() };
    },
  };
}

/** Values of these may hold a password; that they are set is enough to know. */
const UNREADABLE = "primary_conninfo|restore_command|archive_command|archive_cleanup_command|recovery_end_command|ssl_passphrase_command";

function probeAlterSystem({ paths }: DesiredInstance): Probe<Readonly<Record<string, string>>> {
  const title = "reading what ALTER SYSTEM left";
  return {
    title,
    script: sh`! test -f ${paths.autoFile} || sed -E -e '/^[[:space:]]*(#|$)/d' -e ${`s/^[[:space:]]*(${UNREADABLE})[[:space:]]*=.*/\\1 = 'not shown'/I`} ${paths.autoFile}`,
    parse: (stdout) => {
      const entries = stdout.split("\n").filter((line) => line !== "").map((line): [string, string] => {
        const [, name = line, value = ""] = /^\s*([A-Za-z_][\w$.]*)\s*=?\s*(.*?)\s*$/.exec(line) ?? [];
        return [name, value.replace(/^'(.*)'$/, (_, inner: string) => inner.replaceAll("''", "'"))];
      });
      return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}

/** Nothing where no server runs or lets the local superuser in. */
function probeSettings({ paths, instance, parameters }: DesiredInstance): Probe<ReturnType<typeof parseSettings>> {
  const names = parameters.map(({ definition }) => definition.name);
  return {
    title: "reading the server's parameters",
    script: withInput(
      sh`{ pid=${`${paths.dataDirectory}/postmaster.pid`}
! test -f "$pid" || runuser -u postgres -- psql -XAtqw -v ON_ERROR_STOP=1 -h "$(sed -n 5p "$pid")" -p "$(sed -n 4p "$pid")" -d postgres 2>/dev/null || :; }`,
      settingsQuery(names).text.reveal(),
    ),
    parse: (stdout) => parseSettings(stdout, instance.major, paths.configFile, paths.autoFile),
  };
}
