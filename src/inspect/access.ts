/**
 * One probe for everything an Access manages: one psql for the instance, one for each declared database that exists.
 * Each answer is a line: a tag and JSON; none at all where the host has no such instance. Refuses a standby, another major version, and a role that is named PUBLIC.
 */
import { z } from "zod";
import { InspectError } from "../errors";
import { NO_INSTANCE, type DesiredAccess, type DesiredDatabase, type ObservedAccess, type ObservedDatabase } from "../model/access";
import type { DatabaseAttributes } from "../model/database";
import { compareText, PUBLIC } from "../model/name";
import { instancePaths } from "../model/instance";
import type { Script } from "../model/plan";
import { MAINTENANCE_DATABASE, psql, psqlTolerant } from "../render/psql";
import { lines, sh } from "../render/shell";
import { literal, sql, type Sql } from "../render/sql";
import { contentsQuery, databasesQuery, parseContents, parseDatabases } from "./database";
import {
  defaultPrivilegesQuery, instanceObjectsQuery, objectsQuery, parseDefaultPrivileges, parseObjects, parseRowSecurity, parseSpellings, rowSecurityQuery, spellingStatements,
} from "./privilege";
import type { Probe } from "./probe";
import { holdingsQuery, membershipsQuery, namesAnswer, namesQuery, nameArray, parseHoldings, parseMemberships, parseRoles, rolesQuery } from "./role";

const TITLE = "reading roles and privileges";

export function probeAccess(desired: DesiredAccess): Probe<ObservedAccess> {
  return { title: TITLE, script: accessScript(desired), parse: (stdout) => parseAccess(stdout, desired) };
}

/** Ends the whole probe when the script fails; a here-document must end before anything else may follow. */
function orFail(script: Script): Script {
  return sh`{ ${script}
} || exit $?`;
}

/** The answer of a query, a line that begins with its tag. */
function tagged(tag: string, query: Sql): Sql {
  return sql`SELECT ${literal(`${tag} `)} || (${query})::text`;
}

function accessScript(desired: DesiredAccess): Script {
  const { instance, ignoredRoles, databases } = desired;
  const names = databases.map((database) => database.name);
  const shared = [
    tagged("names", namesQuery),
    ...(desired.roles === undefined ? [] : [
      tagged("roles", rolesQuery(ignoredRoles)),
      ...(desired.retire === "drop" ? [tagged("holdings", holdingsQuery(ignoredRoles))] : []),
    ]),
    ...(desired.memberships === undefined ? [] : [tagged("memberships", membershipsQuery(instance, ignoredRoles))]),
    ...(desired.grants === undefined ? [] : [tagged("objects", instanceObjectsQuery)]),
    tagged("databases", databasesQuery(names)),
  ];
  const usable = sql`SELECT coalesce('|' || string_agg(datname_index::text, '|') || '|', '') FROM (
  SELECT i - 1 AS datname_index FROM unnest(${nameArray(names)}) WITH ORDINALITY AS wanted(name, i) JOIN pg_database d ON d.datname = wanted.name WHERE d.datallowconn AND d.datconnlimit <> -2) AS usable`;
  const inside = databases.map((database, index) => sh`case $present in *${`|${index}|`}*)
${databaseScript(desired, database)}
;; esac`);
  return lines([
    sh`test -e ${instancePaths(instance).dataDirectory} || exit 0`,
    orFail(psql(instance, MAINTENANCE_DATABASE, shared)),
    ...(databases.length === 0 ? [] : [sh`present=$( ${psql(instance, MAINTENANCE_DATABASE, [usable])}
) || exit $?`, ...inside]),
  ]);
}

function databaseScript({ instance }: DesiredAccess, database: DesiredDatabase): Script {
  const { name, grants, owners, defaultPrivileges, rowSecurity } = database;
  const readsObjects = grants !== undefined || owners.length > 0;
  const statements = [
    tagged("in", sql`SELECT to_jsonb(current_database()::text)`),
    tagged("contents", contentsQuery),
    ...(readsObjects ? [tagged("inside", objectsQuery([...(grants ?? []), ...owners]))] : []),
    ...(defaultPrivileges !== undefined || grants !== undefined ? [tagged("defaults", defaultPrivilegesQuery(instance))] : []),
    ...(rowSecurity === undefined ? [] : [tagged("rows", rowSecurityQuery(rowSecurity))]),
  ];
  const spelling = spellingStatements(rowSecurity ?? [], "spelling");
  return lines([orFail(psql(instance, name, statements)), ...(spelling.length === 0 ? [] : [orFail(psqlTolerant(instance, name, spelling))])]);
}

interface Answers {
  readonly single: ReadonlyMap<string, unknown>;
  readonly spellings: readonly unknown[];
}

function parseAccess(stdout: string, desired: DesiredAccess): ObservedAccess {
  if (stdout.trim() === "") {
    return { instance: desired.instance, bootstrap: NO_INSTANCE, roleNames: [], databases: [] };
  }
  try {
    const [shared, ...inside] = splitAnswers(stdout);
    return assemble(shared as Answers, inside, desired);
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw new InspectError(TITLE, `the server's answer has an unknown form: ${error.message.slice(0, 300)}`, { remedy: "Report the server's version and this message.", cause: error });
    }
    throw error;
  }
}

/** The instance's answers first, then those of each database. */
function splitAnswers(stdout: string): readonly Answers[] {
  const groups: { single: Map<string, unknown>; spellings: unknown[] }[] = [{ single: new Map(), spellings: [] }];
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const end = line.indexOf(" ");
    const tag = line.slice(0, end);
    const value: unknown = JSON.parse(line.slice(end + 1));
    if (tag === "in") {
      groups.push({ single: new Map(), spellings: [] });
    }
    const group = groups.at(-1);
    if (tag === "spelling") {
      group?.spellings.push(value);
    } else {
      group?.single.set(tag, value);
    }
  }
  return groups;
}

function assemble(shared: Answers, inside: readonly Answers[], desired: DesiredAccess): ObservedAccess {
  const { major, bootstrap, standby, names } = namesAnswer.parse(shared.single.get("names"));
  refuse(major !== desired.instance.major, `the server is PostgreSQL ${major}, declared is ${desired.instance.major}`, "Correct `instance.major`, or the port.");
  refuse(standby, "the server is a standby, where no role and no privilege can be changed", "Name the primary's connection.");
  refuse(names.includes(PUBLIC), "there is a role named PUBLIC, which cannot be told from everybody", "Rename it: ALTER ROLE \"PUBLIC\" RENAME TO …");
  const attributes = parseDatabases(shared.single.get("databases"));
  const contents = new Map(inside.map((answers) => [z.string().parse(answers.single.get("in")), answers] as const));
  const read = <K extends string, T>(key: K, tag: string, parse: (answer: unknown) => T): { readonly [P in K]?: T } =>
    (shared.single.has(tag) ? { [key]: parse(shared.single.get(tag)) } : {}) as { readonly [P in K]?: T };
  return {
    instance: desired.instance,
    bootstrap,
    roleNames: [...names].sort(compareText),
    ...read("roles", "roles", parseRoles),
    ...read("holdings", "holdings", parseHoldings),
    ...read("memberships", "memberships", parseMemberships),
    ...read("objects", "objects", (answer) => parseObjects(answer, desired.ignoredRoles)),
    databases: desired.databases.flatMap((database) => {
      const own = attributes.get(database.name);
      return own === undefined ? [] : [assembleDatabase(database, own, contents.get(database.name), desired)];
    }),
  };
}

function assembleDatabase(database: DesiredDatabase, attributes: DatabaseAttributes, answers: Answers | undefined, desired: DesiredAccess): ObservedDatabase {
  if (answers === undefined) {
    throw new InspectError(TITLE, `the database ${JSON.stringify(database.name)} accepts no connections`, {
      remedy: attributes.connectionLimit === -2 ? "Its removal was interrupted: drop it by hand." : "Allow connections to it: ALTER DATABASE … ALLOW_CONNECTIONS true.",
    });
  }
  const { single, spellings } = answers;
  return {
    name: database.name,
    attributes,
    ...parseContents(single.get("contents")),
    ...(single.has("inside") ? { objects: parseObjects(single.get("inside"), desired.ignoredRoles) } : {}),
    ...(single.has("defaults") ? { defaultPrivileges: parseDefaultPrivileges(single.get("defaults"), desired.ignoredRoles) } : {}),
    ...(single.has("rows") ? { rowSecurity: parseRowSecurity(single.get("rows")), spellings: parseSpellings(spellings, database.rowSecurity ?? []) } : {}),
  };
}

function refuse(isWrong: boolean, message: string, remedy: string): void {
  if (isWrong) {
    throw new InspectError(TITLE, message, { remedy });
  }
}
