/**
 * HostBasedAccess on an instance of its own: PostgreSQL's parser against ours, real logins from the lab's client networks,
 * drift, faulty files, a change that would lock out. Run inside the lab.
 */
import { execFile } from "node:child_process";
import fc from "fast-check";
import { parsePgHba, parsePgIdent } from "../../src/inspect/hba";
import { planHba } from "../../src/diff/host-based-access";
import { FINAL_RECORDS, isInclude } from "../../src/model/hba";
import type { DesiredHba } from "../../src/model/hba-state";
import { instancePaths, type InstanceReference } from "../../src/model/instance";
import { reveal, Secret } from "../../src/model/secret";
import { hostBasedAccessKind as kind } from "../../src/provider/host-based-access";
import { renderPgHba, renderPgIdent } from "../../src/render/hba";
import { psql } from "../../src/render/psql";
import { sh, withInput } from "../../src/render/shell";
import type { PropertyMap } from "../../src/provider/kind";
import { hbaRecord, identMapping, soup } from "../support/hba";
import { mappingOf, normalRow, ruleOf, type HbaRule } from "../support/hba-server";
import { lab } from "../support/lab";
import { LiveHost, type LiveResource } from "../support/live-resource";
import { written } from "../support/postgres-host";

jest.setTimeout(300_000);

const host = lab().hosts[1] ?? lab().hosts[0];
const instance: InstanceReference = { major: 17, name: "hba", port: 5499, socketDirectory: "/run/postgresql" };
const paths = instancePaths(instance);
const APP = { databases: "app", users: "app_rw", address: "10.77.10.0/24" };
const PASSWORD = "canary-9f3b";
let live: LiveHost;
let debianDefault: string;

const resource = (args: PropertyMap): LiveResource<ReturnType<typeof kind.declare> & object, DesiredHba, NonNullable<unknown>> =>
  live.resource(kind, { instance, ...args }) as never;
const sql = (text: string): Promise<string> => live.run(psql(instance, "postgres", [written(text)]));

beforeAll(async () => {
  live = new LiveHost(host?.name ?? "");
  await live.run(sh`command -v pg_createcluster >/dev/null && test -d ${paths.binaryDirectory} || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 >/dev/null
test -d ${paths.dataDirectory} || pg_createcluster --port 5499 17 hba >/dev/null
printf "listen_addresses = '*'\\n" >${paths.configDirectory}/conf.d/try.conf
cp -a ${paths.hbaFile} /var/tmp/pg_hba.try
systemctl restart ${paths.unit}`);
  debianDefault = await live.run(sh`cat ${paths.hbaFile}`);
  await sql(`DROP DATABASE IF EXISTS app;
CREATE DATABASE app;
DROP ROLE IF EXISTS app_rw, "we""ird, +name", readers, ann;
CREATE ROLE app_rw LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE "we""ird, +name" LOGIN PASSWORD '${PASSWORD}';
CREATE ROLE readers; CREATE ROLE ann LOGIN PASSWORD '${PASSWORD}' IN ROLE readers;
ALTER ROLE postgres PASSWORD '${PASSWORD}'`);
});

afterAll(async () => {
  await live.run(sh`pg_dropcluster --stop 17 hba; rm -f /var/tmp/pg_hba.try`);
  await live.close();
});

/** A login over TLS, or not; what libpq says. */
function login(client: string, user: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> {
  const namespace = lab().clients.find(({ name }) => name === client)?.namespace ?? "";
  const text = Object.entries({ host: host?.ipv4 ?? "", port: "5499", dbname: "app", sslmode: "require", user, connect_timeout: "5", ...parameters }).map(([key, value]) => `${key}='${value.replaceAll("'", "\\'")}'`).join(" ");
  return new Promise((resolve) => execFile("nsenter", [`--net=/run/netns/${namespace}`, "psql", "-XAtqw", "-c", "select current_user", text], { env: { ...process.env, PGPASSWORD: PASSWORD } },
    (error, stdout, stderr) => resolve(error === null ? `admitted ${stdout.trim()}` : stderr.trim())));
}

async function views(hba: string, ident: string): Promise<{ readonly rules: readonly (HbaRule & { readonly line_number: number })[]; readonly mappings: readonly Record<string, unknown>[] }> {
  await live.run(sh`${withInput(sh`cat >${paths.hbaFile}`, hba)}
${withInput(sh`cat >${paths.identFile}`, ident)}`);
  const read = async (view: string): Promise<unknown> => JSON.parse(await sql(`select coalesce(json_agg(r order by line_number), '[]') from ${view} r`)) as unknown;
  return { rules: await read("pg_hba_file_rules") as never, mappings: await read("pg_ident_file_mappings") as never };
}

const mappingRow = ({ map_name, sys_name, pg_username }: Record<string, unknown>): unknown => ({ map_name, sys_name, pg_username });

describe("the server's own parser", () => {
  afterAll(() => live.run(sh`cp -a /var/tmp/pg_hba.try ${paths.hbaFile}; : >${paths.identFile}`));

  it("reads what is rendered as what was meant: 1000 arbitrary records and 500 mappings", async () => {
    const records = fc.sample(hbaRecord(17), { numRuns: 1000, seed: 17 });
    const mappings = fc.sample(identMapping(17), { numRuns: 500, seed: 18 });
    const shown = await views(reveal(renderPgHba(records)), renderPgIdent(mappings));
    expect(shown.rules.map(normalRow)).toEqual(records.map(ruleOf));
    expect(shown.mappings.map(mappingRow)).toEqual(mappings.map(mappingOf));
  });

  it("agrees with ours on 5000 lines that nobody should write", async () => {
    const text = `${fc.sample(soup, { numRuns: 5000, seed: 19 }).join("\n")}\n`;
    const shown = await views(text, text);
    const rules = parsePgHba(text, 17).map((line) => [line.line, "fault" in line || isInclude(line.entry) ? null : ruleOf(line.entry)]);
    expect(rules).toEqual(shown.rules.map((row) => [row.line_number, row.type === null ? null : normalRow(row)]));
    const mappings = parsePgIdent(text, 17).map((line) => [line.line, "fault" in line || isInclude(line.entry) ? null : mappingOf(line.entry)]);
    expect(mappings).toEqual(shown.mappings.map((row) => [row["line_number"], row["map_name"] === null ? null : mappingRow(row)]));
    expect(shown.rules.filter((row) => row.type !== null).length).toBeGreaterThan(500);
  });
});

it("adopts what Debian writes: the arguments have no faults and change nobody's access", async () => {
  await live.run(sh`systemctl reload ${paths.unit}`);
  const observed = await resource({ records: [] }).read();
  const args = kind.adopt(observed as never);
  expect(args["records"]).toHaveLength(6);
  await resource(args).up();
  expect(await live.run(sh`su postgres -c 'psql -XAtq -p 5499 -c "select 1"'`)).toBe("1\n");
  expect(kind.adopt(await resource(args).read() as never)).toEqual(args);
  expect(debianDefault).toMatch(/scram-sha-256/);
});

it("TEL-26 SPG-20 one line lets the application in over TLS and refuses everything else", async () => {
  await resource({ records: [APP] }).up();
  expect(await login("app", "app_rw")).toBe("admitted app_rw");
  expect(await login("app", "app_rw", { sslmode: "disable" })).toMatch(/pg_hba.conf rejects connection .*no encryption/);
  expect(await login("ops", "app_rw")).toMatch(/pg_hba.conf rejects connection/);
  expect(await login("app", "app_rw", { dbname: "postgres" })).toMatch(/pg_hba.conf rejects connection/);
  expect(await login("app", "postgres")).toMatch(/pg_hba.conf rejects connection/);
  expect(await login("app", "app_rw", { host: host?.ipv6 ?? "" })).toMatch(/pg_hba.conf rejects connection/);
  expect(await live.run(sh`stat -c '%U %G %a' ${paths.hbaFile}`)).toBe("root postgres 640\n");
});

it("names of any ugliness, groups, expressions and refusals mean what they say", async () => {
  await resource({ records: [
    { databases: "app", users: { name: "ann" }, address: "10.77.20.0/24", method: "reject", comment: "not from there" },
    { databases: ["app", { name: "all" }], users: [{ name: 'we"ird, +name' }, "+readers", "/^app_[rw]+$"], address: "10.77.0.0/16" },
  ] }).up();
  expect(await login("app", 'we"ird, +name')).toBe('admitted we"ird, +name');
  expect(await login("app", "ann")).toBe("admitted ann");
  expect(await login("ops", "ann")).toMatch(/rejects connection/);
  expect(await login("ops", "app_rw")).toBe("admitted app_rw");
  expect(await login("app", "readers")).not.toMatch(/admitted/);
});

it("a map decides who may become whom on the socket", async () => {
  const asUser = (role: string): Promise<string> => live.run(sh`su -s /bin/sh nobody -c ${`psql -XAtqw -p 5499 -U ${role} -c 'select current_user' app 2>&1`} || :`);
  await resource({
    records: [{ databases: "app", users: ["ann", "app_rw"], method: "peer", options: { map: "services" } }],
    identMappings: [{ mapName: "services", systemUsername: "/^no(.*)$", databaseUsername: "ann", comment: "for the test" }],
  }).up();
  expect(await asUser("ann")).toBe("ann\n");
  expect(await asUser("app_rw")).toMatch(/Peer authentication failed/);
});

const base = { records: [{ ...APP, comment: "the application" }, { ...APP, users: "ann", address: "10.77.20.0/24" }], identMappings: [{ mapName: "m", systemUsername: "root", databaseUsername: "ann" }] };

it.each([
  ["a foreign line on top", sh`sed -i '1i host all all all trust' ${paths.hbaFile}`, "observed.records[0]", "access-narrowed"],
  ["a line taken away", sh`sed -i '/ann/d' ${paths.hbaFile}`, "records[1]", "access-widened"],
  ["two lines exchanged", sh`sed -i -e '/10.77.10.0/{h;d}' -e '/ann/{G}' ${paths.hbaFile}`, "records[1]", "access-widened"],
  ["a method weakened", sh`sed -i '/app_rw/s/scram-sha-256/trust/' ${paths.hbaFile}`, "records[0].method", "access-narrowed"],
  ["an address widened", sh`sed -i 's,10.77.10.0/24,10.0.0.0/8 ,' ${paths.hbaFile}`, "records[0].address", "access-narrowed"],
  ["a comment edited", sh`sed -i 's/the application/whatever/' ${paths.hbaFile}`, "records[0].comment", "reload"],
  ["spacing only", sh`echo >>${paths.hbaFile}`, "observed.files[\"pg_hba.conf\"].content", "reload"],
  ["lines that are none", sh`printf 'host all\nhost\n' >>${paths.hbaFile}`, "observed.records[5]", "reload"],
  ["a mapping added", sh`echo 'm /.* all' >>${paths.identFile}`, "observed.identMappings[1]", "access-narrowed"],
  ["a mode", sh`chmod 0644 ${paths.hbaFile}`, "observed.files[\"pg_hba.conf\"].mode", "reload"],
  ["an owner", sh`chown postgres ${paths.identFile}`, "observed.files[\"pg_ident.conf\"].owner", "reload"],
  ["a file removed", sh`rm ${paths.identFile}`, "observed.files[\"pg_ident.conf\"]", "reload"],
  ["a file touched after it was loaded", sh`sleep 0.1; touch ${paths.hbaFile}`, "observed.server.isLoaded", "reload"],
])("drift is found at its property and repaired: %s", async (_, drift, path, hazard) => {
  const declared = resource(base);
  await declared.up();
  await live.run(drift);
  const changes = await declared.drift();
  expect(changes.map((change) => change.path)).toContain(path);
  expect(changes.find((change) => change.path === path)?.hazards).toContain(hazard);
  await declared.up();
});

it("what the server cannot read is refused in its words and never loaded", async () => {
  await resource(base).up();
  const before = await live.run(sh`cat ${paths.hbaFile}`);
  await expect(resource({ records: [{ ...APP, users: "/^app_(" }] }).up()).rejects.toThrow(/invalid regular expression "\^app_\("/);
  await expect(resource({ records: [{ ...APP, address: "10.77.10.0/24", users: "app_rw" }, { type: "include", target: "/nowhere.conf", allowInsecure: { "unmanaged-file": "to see it refused" } }] }).up()).rejects.toThrow(/nowhere\.conf/);
  expect(await live.run(sh`cat ${paths.hbaFile}`)).toBe(before);
  expect(await sql("select count(*) from pg_hba_file_rules where error is not null")).toBe("0\n");
  expect(await live.run(sh`grep -c 'was not reloaded' /var/log/postgresql/postgresql-17-hba.log || :`)).toBe("0\n");
  expect(await login("app", "app_rw")).toBe("admitted app_rw");
});

it("a change whose proof fails takes itself back, and says which proof", async () => {
  await resource(base).up();
  const proofs = [{ title: "logging in as ann", command: `PGPASSWORD=${PASSWORD} psql -XAtqw 'host=10.77.0.1 port=1 connect_timeout=1' || exit 7` }];
  await expect(resource({ records: [], proofs }).up()).rejects.toThrow(/logging in as ann/);
  expect(await login("app", "app_rw")).toBe("admitted app_rw");
  expect(await resource(base).drift()).toEqual([]);
});

it("an hba that refuses everyone, even the local administrator, comes back by itself", async () => {
  await resource(base).up();
  const declared = resource(base);
  const everybody: DesiredHba = { ...declared.desired, records: FINAL_RECORDS.map((entry) => ({ path: "records", entry })) };
  await expect(live.apply(planHba(await declared.read() as never, everybody))).rejects.toThrow(/do(es)? not let the local administrator in/);
  expect(await login("app", "app_rw")).toBe("admitted app_rw");
  expect(await resource(base).drift()).toEqual([]);
});

it("repairs an instance that refuses even the local administrator", async () => {
  await resource(base).up();
  await live.run(sh`echo 'local all all reject' >${paths.hbaFile}; systemctl reload ${paths.unit}; sleep 0.5`);
  expect(await live.run(sh`su postgres -c 'psql -XAtqw -p 5499 -c "select 1"' 2>&1 || :`)).toMatch(/rejects connection/);
  await resource(base).up();
  expect(await login("app", "app_rw")).toBe("admitted app_rw");
});

it("a stopped instance is a clear error, and the files stay", async () => {
  await resource(base).up();
  await live.run(sh`systemctl stop ${paths.unit}`);
  await expect(resource({ records: [APP] }).up()).rejects.toThrow(/not running.*start/);
  await live.run(sh`systemctl start ${paths.unit}`);
  expect(await resource(base).drift()).toEqual([]);
});

it("shared secrets are in the file and nowhere else", async () => {
  const args = { records: [{ ...APP, method: "ldap", options: { ldapserver: "127.0.0.1", ldaptls: true, ldapbasedn: "dc=x, dc=y", ldapbinddn: "cn=pg", ldapbindpasswd: new Secret("canary-ldap-77") } }] };
  const declared = resource(args);
  const observed = await declared.up();
  expect(await live.run(sh`grep -c canary-ldap-77 ${paths.hbaFile}`)).toBe("1\n");
  expect(JSON.stringify(observed)).not.toContain("canary");
  await live.run(sh`sed -i s/canary-ldap-77/other-ldap-78/ ${paths.hbaFile}`);
  const changes = await declared.drift();
  expect(changes.map(({ path }) => path)).toContain("records[0].options.ldapbindpasswd");
  expect(JSON.stringify(changes)).not.toMatch(/canary|other-ldap/);
  await declared.up();
});

it("includes and files of names are taken for a reason", async () => {
  await live.run(sh`printf 'hostssl app ann 10.77.20.0/24 scram-sha-256\n' >${paths.configDirectory}/more.conf; printf 'app_rw, ann\n' >${paths.configDirectory}/users.list; chmod 644 ${paths.configDirectory}/more.conf ${paths.configDirectory}/users.list`);
  const allowInsecure = { "unmanaged-file": "kept by the failover manager" };
  await resource({ records: [{ type: "include", target: "more.conf", allowInsecure }, { ...APP, users: "@users.list", allowInsecure }] }).up();
  expect(await login("ops", "ann")).toBe("admitted ann");
  expect(await login("app", "ann")).toBe("admitted ann");
  expect(await login("ops", "app_rw")).toMatch(/rejects/);
});

it("deleting leaves the instance closed to all but local administration", async () => {
  await resource(base).up();
  await resource(base).retire();
  expect(await login("app", "app_rw")).toMatch(/rejects connection/);
  expect(await sql("select count(*) from pg_hba_file_rules where auth_method <> 'reject'")).toBe("1\n");
  expect(await sql("select count(*) from pg_ident_file_mappings")).toBe("0\n");
});
