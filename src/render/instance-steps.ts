/**
 * The scripts of an instance's plan: making it, checking a configuration on a shadow of it, starting or reloading it
 * once, asking it whether that took. Nothing here decides; diff/instance.ts picks the steps.
 */
import ipaddr from "ipaddr.js";
import type { ManagedDirectory } from "../model/file";
import { tlsPath, TLS_FILES, type DesiredInstance, type InstanceTls } from "../model/instance-state";
import { needsRestart, REWRITTEN } from "../model/parameter";
import type { Proof, Script, Step } from "../model/plan";
import { lines, sh, withInput } from "./shell";
import { join, literal, sql, type Sql } from "./sql";

/** Local superuser by peer, everybody else refused: what holds between creation and the first HostBasedAccess. */
const CLOSED_HBA = "# Written by pgrampart when the instance was made; HostBasedAccess owns this file from then on.\nlocal all postgres peer\nlocal all all reject\nhost all all all reject\n";

/** Seconds; a start may replay the log of a crash. */
const START_TIMEOUT = 300;

/**
 * Debian's own tool makes the instance, not started, and its pg_hba.conf is closed before it ever is. A marker tells a
 * run that was cut off from somebody else's instance: only what bears the marker and never started is made anew.
 */
export function createStep({ instance, paths, initdb }: DesiredInstance): Step {
  const { major, name, port } = instance;
  const marker = `/var/lib/postgresql/.pgrampart-making-${major}-${name}`;
  const options = [...(initdb.dataChecksums ? ["--data-checksums"] : []), "--auth-local=peer", "--auth-host=scram-sha-256", `--wal-segsize=${initdb.walSegmentSize}`];
  return {
    title: `making the instance ${major}/${name}`,
    timeout: START_TIMEOUT,
    script: sh`set -e
if ! test -x ${`${paths.binaryDirectory}/postgres`} || ! command -v pg_createcluster >/dev/null; then
echo ${`PostgreSQL ${major} is not installed: the packages postgresql-${major} and postgresql-common are missing`} >&2; exit 1
fi
if test -e ${marker} && ! test -e ${`${paths.dataDirectory}/postmaster.opts`}; then
rm -rf ${paths.dataDirectory} ${paths.configDirectory}
fi
if ! test -e ${paths.dataDirectory} && ! test -e ${paths.configDirectory}; then
: >${marker}
pg_createcluster --port ${port} --encoding ${initdb.encoding} --locale ${initdb.locale} --start-conf auto ${major} ${name} -- ${options} >&2
${withInput(sh`cat >${paths.hbaFile}`, CLOSED_HBA)}
chown root:postgres ${paths.hbaFile}
chmod 0640 ${paths.hbaFile}
sync
rm ${marker}
fi`,
  };
}

/** Makes the directories, or gives them their owner, group and mode. */
export function directoryStep(directories: readonly ManagedDirectory[]): Step {
  const scripts = directories.map(({ path, owner, group, mode }) => sh`install -d -o ${owner} -g ${group} -m ${mode} ${path}`);
  return { title: "making the instance's directories", script: lines([sh`set -e`, ...scripts]) };
}

/**
 * Has the server itself read the staged configuration, whole, and load its libraries, keys and certificates, up to but
 * without opening a port: `postgres -C` of a parameter that is computed at start, on a shadow data directory that holds
 * the version and the control file only. `staged PATH` is where the new content of a swapped path lies.
 */
export function checkStep({ paths, tls, parameters }: DesiredInstance): Step {
  const group = parameters.find(({ definition }) => definition.name === "unix_socket_group")?.value ?? "";
  const place = (path: string, name: string): Script => sh`install -o root -g postgres -m 0640 "$(staged ${path})" "$work"/${name}`;
  const parts = (Object.keys(TLS_FILES) as (keyof InstanceTls)[]).filter((part) => (tls?.[part] ?? null) !== null);
  const options: Readonly<Partial<Record<keyof InstanceTls, string>>> = {
    certificate: "ssl_cert_file", privateKey: "ssl_key_file", clientAuthority: "ssl_ca_file", revocationList: "ssl_crl_file", dhParameters: "ssl_dh_params_file",
  };
  const overrides = parts.map((part) => (part === "passphrase" ? sh` -c ssl_passphrase_command="cat $work/passphrase"` : sh` -c ${options[part] ?? ""}="$work"/${TLS_FILES[part]}`));
  return {
    title: "checking the configuration",
    script: lines([
      sh`set -e
umask 077
work=$(mktemp -d /run/pgrampart-check.XXXXXXXX)
trap 'rm -rf "$work"' EXIT
chown postgres:postgres "$work"
install -d -o postgres -g postgres -m 0700 "$work/data" "$work/data/global"
install -o postgres -g postgres -m 0600 ${`${paths.dataDirectory}/PG_VERSION`} "$work/data/PG_VERSION"
install -o postgres -g postgres -m 0600 ${`${paths.dataDirectory}/global/pg_control`} "$work/data/global/pg_control"`,
      place(paths.configFile, "postgresql.conf"),
      ...parts.map((part) => place(tlsPath(paths, part), TLS_FILES[part])),
      ...(tls === null ? [] : [validityCheck(tls)]),
      ...(group === "" ? [] : [sh`getent group ${group} >/dev/null || { echo ${`the host has no group ${group} for the sockets`} >&2; exit 1; }`]),
      sh`runuser -u postgres -- ${`${paths.binaryDirectory}/postgres`} -C shared_memory_size -D "$work/data" -c config_file="$work/postgresql.conf" -c data_directory="$work/data" -c external_pid_file= -c logging_collector=off -c log_destination=stderr -c log_line_prefix= -c log_error_verbosity=default${concatenate(overrides)} >"$work/size"
total=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)
if test "$(cat "$work/size")" -gt "$total"; then echo "the server would ask for $(cat "$work/size") MB of shared memory, and the host has $total MB" >&2; exit 1; fi`,
    ]),
  };
}

/** The clock that counts is the host's. An expired revocation list would refuse every client. */
function validityCheck({ revocationList }: InstanceTls): Script {
  const certificate = sh`openssl x509 -noout -checkend 0 -in "$work"/${TLS_FILES.certificate} >/dev/null || { echo 'the certificate has expired:' "$(openssl x509 -noout -enddate -in "$work"/${TLS_FILES.certificate})" >&2; exit 1; }`;
  const list = sh`next=$(openssl crl -noout -nextupdate -in "$work"/${TLS_FILES.revocationList} | sed 's/^nextUpdate=//')
if test "$next" != NONE && test "$(date -d "$next" +%s)" -le "$(date +%s)"; then echo "the revocation list has expired: $next" >&2; exit 1; fi`;
  return revocationList === null ? certificate : lines([certificate, list]);
}

function concatenate(scripts: readonly Script[]): Script {
  return scripts.reduce((all, script) => sh`${all}${script}`, sh``);
}

/** Puts what systemd knows in step with start.conf, then starts, restarts or reloads: exactly one of them. */
export function activateStep(desired: DesiredInstance, action: "start" | "restart" | "reload"): Step {
  const { paths, instance } = desired;
  if (action === "reload") {
    return { title: "reloading the instance", script: reloadScript(desired) };
  }
  return {
    title: `${action}ing the instance ${instance.major}/${instance.name}`,
    timeout: START_TIMEOUT,
    script: sh`systemctl daemon-reload
systemctl reset-failed ${paths.unit} 2>/dev/null
systemctl ${action} ${paths.unit} || { journalctl -u ${paths.unit} -n 20 --no-pager -o cat >&2; exit 1; }`,
  };
}

/** A reload is a signal; it has happened once new sessions see another time of loading. A faulty file is never loaded. */
function reloadScript(desired: DesiredInstance): Script {
  return sh`loaded() { ${psql(desired)} -c 'select pg_catalog.pg_conf_load_time()'; }
before=$(loaded) || exit 1
systemctl reload ${desired.paths.unit} || exit 1
tries=0
while test "$(loaded)" = "$before"; do
tries=$((tries + 1))
if test $tries -ge 100; then echo 'the server did not load its configuration again; its log says why' >&2; exit 1; fi
sleep 0.1
done`;
}

/** Local login as the superuser, by the port and directory that the postmaster really has (postmaster.pid). */
function psql({ paths }: DesiredInstance): Script {
  const pid = `${paths.dataDirectory}/postmaster.pid`;
  return sh`runuser -u postgres -- psql -XAtqw -v ON_ERROR_STOP=1 -h "$(sed -n 5p ${pid})" -p "$(sed -n 4p ${pid})" -d postgres`;
}

/** With the old files back, whatever happened since: as it ran before, or as it did not. */
export function restoreStep({ paths }: DesiredInstance, before: { readonly wasRunning: boolean; readonly mustRestart: boolean }): Step {
  const action = before.wasRunning ? (before.mustRestart ? "restart" : "reload-or-restart") : "stop";
  return {
    title: "going back to the instance's old configuration",
    timeout: START_TIMEOUT,
    script: sh`systemctl daemon-reload
systemctl reset-failed ${paths.unit} 2>/dev/null
systemctl ${action} ${paths.unit}`,
  };
}

/** The server's own word, and the kernel's about its listeners. Prints what is wrong and fails. */
export function verifyStep(desired: DesiredInstance): Step {
  return {
    title: "asking the server for its parameters and listeners",
    script: lines([
      sh`faults=$(${withInput(psql(desired), mismatchQuery(desired).text.reveal())}
) || exit 1
if test -n "$faults"; then printf '%s\n' "$faults" >&2; exit 1; fi`,
      ...(desired.applyRestarts === "now" ? [listenerCheck(desired)] : []),
    ]),
  };
}

function mismatchQuery({ parameters, applyRestarts }: DesiredInstance): Sql {
  const comparable = parameters.filter(({ definition }) => !REWRITTEN.has(definition.name) && (applyRestarts === "now" || !needsRestart(definition)));
  const rows = comparable.map(({ definition, value }) => sql`(${literal(definition.name)}, ${literal(value)})`);
  const pending = applyRestarts === "now" ? sql`select name || ' waits for a restart' from pg_catalog.pg_settings where pending_restart` : sql`select '' where false`;
  return sql`
select name || ' is ' || pg_catalog.quote_literal(reset_val) || ', not ' || pg_catalog.quote_literal(wanted)
from (values ${join(rows)}) as w (wanted_name, wanted) join pg_catalog.pg_settings on name = wanted_name
where source not in ('client', 'session', 'user', 'database', 'database user')
  and case vartype when 'real' then reset_val::float8 <> wanted::float8
    when 'integer' then reset_val::numeric <> wanted::numeric else coalesce(reset_val, '') <> wanted end
union all select pg_catalog.concat_ws(': ', sourcefile, name, error) from pg_catalog.pg_file_settings
  where error is not null and error <> 'setting could not be applied' and error not like '%cannot be changed without restarting the server'
union all ${pending}`;
}

function listenerCheck({ listenAddresses, instance, paths }: DesiredInstance): Script {
  const checks = listenAddresses.map((address) => sh`
printf '%s\n' "$open" | grep -Eqx ${`(${listenerForms(address).join("|")}):${instance.port}`} || { echo ${`nothing listens on ${address}, port ${instance.port}: is it an address of this host?`} >&2; exit 1; }`);
  return sh`pid=$(head -n 1 ${`${paths.dataDirectory}/postmaster.pid`}) || exit 1
open=$(ss -Hltnp | grep "[,(]pid=$pid," | awk '{ print $4 }')${concatenate(checks)}`;
}

/** How ss may print the address, as parts of an extended regular expression. */
export function listenerForms(address: string): readonly string[] {
  const escape = (text: string): string => text.replace(/[.[\]*]/g, "\\$&");
  if (address === "localhost") {
    return [escape("127.0.0.1"), escape("[::1]")];
  }
  if (address === "*" || address === "0.0.0.0" || address === "::") {
    return ["0.0.0.0", "[::]", "*"].map(escape);
  }
  const parsed = ipaddr.parse(address);
  return [escape(parsed.kind() === "ipv6" ? `[${parsed.toString()}]` : parsed.toString())];
}

export function loginProof(desired: DesiredInstance): Proof {
  return { title: "logging in over the local socket", script: sh`${psql(desired)} -c 'select 1' >/dev/null` };
}

/** Stops the instance and leaves it stopped at boot; start.conf says so. */
export function stopStep({ paths, instance }: DesiredInstance): Step {
  return {
    title: `stopping the instance ${instance.major}/${instance.name}`,
    timeout: START_TIMEOUT,
    script: sh`systemctl daemon-reload
systemctl stop ${paths.unit}`,
  };
}
