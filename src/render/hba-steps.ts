/**
 * The scripts of a change of host-based access: the server checks the files where they lie before it is told to load them,
 * the reload is waited for, and a login from a new connection proves that the way in is still there.
 */
import { instancePaths, type InstanceReference } from "../model/instance";
import type { HbaProof } from "../model/hba-state";
import type { Proof, Script, Step } from "../model/plan";
import { Secret } from "../model/secret";
import { MAINTENANCE_DATABASE, psql } from "./psql";
import { sh } from "./shell";
import { literal, sql, type Sql } from "./sql";

/** Tenths of a second that a reload may take to show. */
const RELOAD_TRIES = 100;

/** Logins in a row that fail after others worked: more than a full connection table explains. */
const REFUSALS = 15;

const ask = (instance: InstanceReference, statement: Sql): Script => psql(instance, MAINTENANCE_DATABASE, [statement]);

/**
 * Fails with the server's own words when it would refuse or ignore a line, or reads other files. Where the files in force
 * do not even let the local administrator in, it cannot be asked first: it refuses a faulty file as a whole anyway.
 */
export function checkHbaStep(instance: InstanceReference): Step {
  const { unit } = instancePaths(instance);
  return {
    title: "having the server check pg_hba.conf and pg_ident.conf",
    script: sh`if faults=$(${ask(instance, faultQuery(instance))}
); then
if test -n "$faults"; then printf '%s\n' "$faults" >&2; exit 1; fi
elif test $? -ne 2; then exit 1
elif ! systemctl is-active --quiet ${unit}; then
echo ${`the instance is not running, so nothing can be checked: start ${unit} first`} >&2; exit 1
fi`,
  };
}

/** A row without type or map name could not be parsed; a row with both and an error can never match (TLS is off). */
function faultQuery(instance: InstanceReference): Sql {
  const { hbaFile, identFile } = instancePaths(instance);
  const place = (file: string): Sql => (instance.major >= 16 ? sql`file_name || ' line ' || line_number` : sql`${literal(`${file} line `)} || line_number`);
  const reason = sql`coalesce(error, 'the server cannot use it; its log says why')`;
  const misplaced = (setting: string, path: string): Sql =>
    sql`SELECT ${literal(`the server reads ${setting} `)} || pg_catalog.current_setting(${literal(setting)}) || ${literal(`, not ${path}`)} WHERE pg_catalog.current_setting(${literal(setting)}) <> ${literal(path)}`;
  return sql`SELECT ${place(hbaFile)} || ': ' || ${reason} FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL OR type IS NULL
    UNION ALL SELECT ${place(identFile)} || ': ' || ${reason} FROM pg_catalog.pg_ident_file_mappings WHERE error IS NOT NULL OR map_name IS NULL
    UNION ALL ${misplaced("hba_file", hbaFile)}
    UNION ALL ${misplaced("ident_file", identFile)}`;
}

/** The reload took when a new session sees another time of loading: the postmaster loads both files before it lets one in. */
export function reloadHbaStep(instance: InstanceReference): Step {
  const { unit } = instancePaths(instance);
  const loaded = sql`SELECT pg_catalog.pg_conf_load_time()`;
  return {
    title: "loading pg_hba.conf and pg_ident.conf",
    script: sh`loaded() { { ${ask(instance, loaded)}
} 2>/dev/null; }
before=$(loaded)
systemctl reload ${unit} || exit 1
tries=0 refusals=0
while now=$(loaded); test -z "$now" || test "$now" = "$before"; do
tries=$((tries + 1))
if test -z "$now" && test -n "$before"; then refusals=$((refusals + 1)); fi
if test $refusals -ge ${REFUSALS}; then echo 'the loaded files do not let the local administrator in any more' >&2; exit 1; fi
if test $tries -ge ${RELOAD_TRIES}; then echo 'the server did not load the files, or does not let the local administrator in; its log says why' >&2; exit 1; fi
sleep 0.1
done`,
  };
}

/** With the old files back: what runs loads them, what does not run will. */
export function restoreHbaStep(instance: InstanceReference): Step {
  const { unit } = instancePaths(instance);
  return { title: "loading the old pg_hba.conf and pg_ident.conf", script: sh`if systemctl is-active --quiet ${unit}; then systemctl reload ${unit}; fi` };
}

export function hbaProofs(instance: InstanceReference, proofs: readonly HbaProof[]): readonly Proof[] {
  return [
    { title: "logging in as the local administrator", script: sh`{ ${ask(instance, sql`SELECT 1`)}
} >/dev/null` },
    ...proofs.map(({ title, command }) => ({ title, script: { text: new Secret(command), masked: command } })),
  ];
}
