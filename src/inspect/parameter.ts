/**
 * What a running server says about its parameters, as one JSON line: pg_settings, pg_file_settings and what the cluster
 * was made with. The values are those of the whole server; what only this session was given is left out.
 */
import { InspectError } from "../errors";
import { findParameter, REWRITTEN } from "../model/parameter";
import { parseParameterValue } from "../model/parameter-value";
import type { Major } from "../model/instance";
import { EMPTY_SETTINGS, type ServerSettings } from "../model/instance-state";
import { join, literal, sql, type Sql } from "../render/sql";

/**
 * `reset_val` is the plain value where `setting` is dressed up (octal, "(disabled)", 0 for TCP on a socket). For a source
 * that only this session has, the value of the files counts, of which the last entry decides.
 */
export function settingsQuery(names: readonly string[]): Sql {
  return sql`
with entry as (
  select distinct on (lower(name)) lower(name) as name, setting, sourcefile from pg_catalog.pg_file_settings
  where applied or error = 'setting could not be applied' order by lower(name), seqno desc
), parameter as (
  select s.name, s.pending_restart,
    case when s.source in ('client', 'session', 'user', 'database', 'database user') then coalesce(e.setting, s.boot_val) else s.reset_val end as value,
    case when s.source in ('client', 'session', 'user', 'database', 'database user') then coalesce(e.sourcefile, 'default')
         when s.source = 'configuration file' then coalesce(s.sourcefile, s.source) else s.source end as source,
    e.setting as written
  from pg_catalog.pg_settings s left join entry e on e.name = lower(s.name)
  where s.context <> 'internal' and (s.source not in ('default', 'override', 'client', 'session') or e.name is not null or s.name in (${join(names.map(literal))}))
    and s.name not in ('config_file', 'primary_conninfo')
)
select pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version'),
  'dataChecksums', pg_catalog.current_setting('data_checksums') = 'on',
  'encoding', (select pg_catalog.pg_encoding_to_char(encoding) from pg_catalog.pg_database where datname = 'template1'),
  'locale', (select datcollate from pg_catalog.pg_database where datname = 'template1'),
  'parameters', (select pg_catalog.json_agg(pg_catalog.json_build_array(name, value, source, written) order by name collate "C") from parameter),
  'pendingRestart', (select coalesce(pg_catalog.json_agg(name order by name collate "C"), '[]') from pg_catalog.pg_settings where pending_restart),
  'fileErrors', (select coalesce(pg_catalog.json_agg(distinct pg_catalog.concat_ws(': ', sourcefile, name, error)), '[]') from pg_catalog.pg_file_settings
    where error is not null and error <> 'setting could not be applied' and error not like '%cannot be changed without restarting the server'))`;
}

/** What settingsQuery answers. */
interface Answer {
  readonly version: string;
  readonly dataChecksums: boolean;
  readonly encoding: string;
  readonly locale: string;
  readonly parameters: readonly (readonly [name: string, value: string | null, source: string, written: string | null])[];
  readonly pendingRestart: readonly string[];
  readonly fileErrors: readonly string[];
}

export function parseSettings(stdout: string, major: Major, configFile: string, autoFile: string): ServerSettings {
  const text = stdout.trim();
  if (text === "") {
    return EMPTY_SETTINGS;
  }
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch (cause) {
    throw new InspectError("reading the server's parameters", `the answer is no JSON: ${JSON.stringify(text.slice(0, 200))}`, {
      remedy: "Check that psql -X on the host answers plainly, without messages of its own.", cause,
    });
  }
  const shown = answer.parameters.map(([name, value, , written]) => [name, plain(major, name, REWRITTEN.has(name) && written !== null ? written : (value ?? ""))] as const);
  const foreign = answer.parameters.filter(([, , source]) => source !== configFile).map(([name, , source]) => [name, source === autoFile ? "alter system" : source] as const);
  const unloaded = answer.parameters.flatMap(([name, value, , written]) =>
    written !== null && !REWRITTEN.has(name) && plain(major, name, written) !== plain(major, name, value ?? "") ? [[name, plain(major, name, written)] as const] : []);
  return {
    isReachable: true, version: /^[\d.]+/.exec(answer.version)?.[0] ?? answer.version, dataChecksums: answer.dataChecksums, encoding: answer.encoding, locale: answer.locale,
    parameters: Object.fromEntries(shown), sources: Object.fromEntries(foreign), unloaded: Object.fromEntries(unloaded), pendingRestart: answer.pendingRestart, fileErrors: [...answer.fileErrors].sort(),
  };
}

/** The form that resolve gives a wanted value. */
function plain(major: Major, name: string, value: string): string {
  const definition = findParameter(major, name);
  const parsed = definition === undefined ? undefined : parseParameterValue(definition, value);
  return parsed !== undefined && "value" in parsed ? parsed.value : value;
}
