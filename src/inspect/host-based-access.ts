/**
 * Both files as they lie on the host, parsed line by line, and what the server makes of them: which files it reads, which
 * lines it refuses, whether it has loaded what is there. One script; secrets leave only inside Secret.
 */
import { InspectError } from "../errors";
import type { ObservedFile } from "../model/file";
import type { HbaFault, ObservedHba, ObservedHbaServer, ObservedLine } from "../model/hba-state";
import { instancePaths, type InstanceReference } from "../model/instance";
import type { Script } from "../model/plan";
import { digestHba, holdsSecret, spellEntry, spellIdentEntry } from "../render/hba";
import { MAINTENANCE_DATABASE, psql } from "../render/psql";
import { lines, sh } from "../render/shell";
import { sql, type Sql } from "../render/sql";
import { parsePgHba, parsePgIdent, type Parsed } from "./hba";
import type { Probe } from "./probe";

const TITLE = "reading host-based access";

export function probeHba(instance: InstanceReference): Probe<ObservedHba> {
  const paths = instancePaths(instance);
  return {
    title: TITLE,
    script: lines([
      ...[paths.hbaFile, paths.identFile].map(readFile),
      // Not `{ … } 2>/dev/null`: dash loses the answer of a here-document in a group that is redirected inside $(…).
      sh`answer=$(exec 2>/dev/null
${psql(instance, MAINTENANCE_DATABASE, [serverQuery(instance)])}
) && printf '%s\\n' "$answer" || echo null`,
    ]),
    parse: (stdout) => parseAnswer(stdout, instance, [paths.hbaFile, paths.identFile]),
  };
}

/** Two lines: mode, owner, group and time of change, then the bytes; both empty for a file that is not there. */
function readFile(path: string): Script {
  return sh`{ stat -c '%a %U %G %.9Z' ${path} && base64 -w 0 ${path} || echo; } 2>/dev/null
echo`;
}

/**
 * A row without type or map name is one the server could not parse, whether or not it says why. The view reads the files
 * as they are now; the rules in force are older when the configuration was last loaded before the files changed.
 */
function serverQuery({ major }: InstanceReference): Sql {
  const file = (setting: Sql): Sql => (major >= 16 ? sql`file_name` : sql`pg_catalog.current_setting(${setting})`);
  return sql`SELECT pg_catalog.json_build_object(
    'hbaFile', pg_catalog.current_setting('hba_file'), 'identFile', pg_catalog.current_setting('ident_file'),
    'loadedAt', pg_catalog.date_part('epoch', pg_catalog.pg_conf_load_time())::pg_catalog.text,
    'faults', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('file', f, 'line', line_number, 'message', error, 'isFatal', fatal) ORDER BY f, line_number), '[]') FROM (
      SELECT ${file(sql`'hba_file'`)} AS f, line_number, error, type IS NULL AS fatal FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL OR type IS NULL
      UNION ALL SELECT ${file(sql`'ident_file'`)}, line_number, error, map_name IS NULL FROM pg_catalog.pg_ident_file_mappings WHERE error IS NOT NULL OR map_name IS NULL) AS faults))`;
}

interface ReadFile {
  readonly file: ObservedFile;
  readonly text: string;
  /** Seconds since the epoch. */
  readonly changedAt: number;
}

function parseAnswer(stdout: string, instance: InstanceReference, paths: readonly [string, string]): ObservedHba {
  // The server breaks its own line between the elements of a list.
  const [hbaStat = "", hbaBytes = "", identStat = "", identBytes = "", ...server] = stdout.split("\n");
  const hba = parseFile(paths[0], hbaStat, hbaBytes);
  const ident = parseFile(paths[1], identStat, identBytes);
  const files = [hba, ident].filter((file) => file !== null);
  return {
    instance,
    files: files.map(({ file }) => file),
    records: observedLines(parsePgHba(hba?.text ?? "", instance.major), spellEntry),
    identMappings: observedLines(parsePgIdent(ident?.text ?? "", instance.major), spellIdentEntry),
    server: parseServer(server.join("\n"), files),
  };
}

function parseFile(path: string, stat: string, bytes: string): ReadFile | null {
  if (stat === "") {
    return null;
  }
  const [, mode, owner, group, changedAt] = /^([0-7]+) (\S+) (\S+) (\d+\.\d+)$/.exec(stat) ?? [];
  if (mode === undefined || owner === undefined || group === undefined) {
    throw new InspectError(TITLE, `stat answered ${JSON.stringify(stat)}`, { remedy: "Check that coreutils is installed on the host." });
  }
  const text = Buffer.from(bytes, "base64").toString("utf8");
  return { file: { path, owner, group, mode: mode.padStart(4, "0"), sha256: digestHba(text) }, text, changedAt: Number(changedAt) };
}

/** A comment may be a record somebody switched off, with its password. */
function observedLines<Entry extends { readonly comment?: string }, Line>(parsed: readonly Parsed<Entry>[], spell: (entry: Entry) => Line): readonly ObservedLine<Line>[] {
  return parsed.map((line) => {
    if ("fault" in line) {
      return line;
    }
    const { comment, ...bare } = line.entry;
    return { line: line.line, ...spell(comment !== undefined && holdsSecret(comment) ? (bare as Entry) : line.entry) };
  });
}

interface ServerAnswer {
  readonly hbaFile: string;
  readonly identFile: string;
  readonly loadedAt: string;
  readonly faults: readonly { readonly file: string; readonly line: number; readonly message: string | null; readonly isFatal: boolean }[];
}

function parseServer(answer: string, files: readonly ReadFile[]): ObservedHbaServer | null {
  let parsed: ServerAnswer | null;
  try {
    parsed = JSON.parse(answer) as ServerAnswer | null;
  } catch (cause) {
    throw new InspectError(TITLE, `psql answered ${JSON.stringify(answer.slice(0, 80))}`, { remedy: "Run the update again; if it repeats, report the host's release and this message.", cause });
  }
  if (parsed === null) {
    return null;
  }
  const loadedAt = Number(parsed.loadedAt);
  return {
    hbaFile: parsed.hbaFile,
    identFile: parsed.identFile,
    isLoaded: files.every(({ changedAt }) => changedAt <= loadedAt) && !parsed.faults.some(({ isFatal }) => isFatal),
    faults: parsed.faults.map(({ file, line, message }): HbaFault => ({ file, line, message: bareMessage(message) })),
  };
}

/** Without what the server quotes from the line: it may be a part of a password. */
function bareMessage(message: string | null): string {
  return message === null ? "the server cannot use this line; its log says why" : message.replace(/(["'`]).*/su, "…").replace(/(name=value format): .*/su, "$1");
}
