/** Each role can do exactly what is declared, asked of the server by trying; drift is found and repaired; secrets stay out of logs. */
import { loadGrammar } from "../../src/declare/policy";
import { isMadeOf } from "../../src/model/verifier";
import { Secret } from "../../src/model/secret";
import { accessHosts, provideServer } from "../support/access-hosts";
import { desiredOf, written, type Arguments, type PostgresHost } from "../support/postgres-host";
import { psql } from "../../src/render/psql";
import { lines, sh } from "../../src/render/shell";

beforeAll(loadGrammar);
jest.setTimeout(120_000);

const CANARY = "c4nary-Pa$$'word\\:x";

const table = (name: string) => ({ kind: "table" as const, schema: "app", name });

function firstLight(host: PostgresHost): Arguments {
  return {
    instance: host.instance, retire: "drop", heir: "app_owner",
    roles: [
      { name: "app_owner" }, { name: "readers", comment: "may look" }, { name: "writers" }, { name: "clerks" },
      { name: "alice", login: true, password: CANARY, connectionLimit: 3, validUntil: "2099-01-01T00:00:00Z", settings: { work_mem: "8MB" } },
      { name: "bob", login: true, password: `${CANARY}2` }, { name: "carol", login: true }, { name: "dan", login: true },
    ],
    memberships: [{ role: "readers", member: "alice" }, { role: "writers", member: "bob" }, { role: "readers", member: "writers" }, { role: "clerks", member: "carol" }],
    databases: {
      first: {
        owner: "app_owner", schemas: { app: { owner: "app_owner" } },
        owners: [{ on: { kind: "table", schema: "app", all: true }, owner: "app_owner" }],
        grants: [
          { on: { kind: "database" }, privileges: ["CONNECT"], to: ["readers", "clerks"] },
          { on: { kind: "schema", name: "app" }, privileges: ["USAGE"], to: ["readers", "clerks"] },
          { on: { kind: "language", name: "sql" }, privileges: ["USAGE"], to: ["app_owner"] },
          { on: table("orders"), privileges: ["SELECT"], to: ["readers"] },
          { on: table("orders"), privileges: ["INSERT", "UPDATE"], to: ["writers"] },
          { on: table("people"), privileges: ["SELECT"], columns: ["name"], to: ["clerks"] },
          { on: { kind: "function", schema: "app", name: "total", arguments: [] }, privileges: ["EXECUTE"], to: ["clerks"] },
        ],
        defaultPrivileges: [{ creator: "app_owner", schema: "app", on: "tables", privileges: ["SELECT"], to: ["readers"] }],
        rowSecurity: [{ schema: "app", table: "orders", policies: [
          { name: "everybody reads", command: "SELECT", using: "true" },
          { name: "own rows", command: "UPDATE", using: "owner = current_user", withCheck: "owner = current_user" },
          { name: "own entries", command: "INSERT", withCheck: "owner = current_user" },
        ] }],
      },
    },
  };
}

const OBJECTS = `CREATE SCHEMA app AUTHORIZATION app_owner; CREATE TABLE app.orders (id int, owner text); INSERT INTO app.orders VALUES (1, 'bob'), (2, 'alice');
CREATE TABLE app.people (name text, salary int); INSERT INTO app.people VALUES ('x', 1); CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM app.people'`;

describe.each(accessHosts())("%s", (_, host) => {
  const args = firstLight(host);
  const can = (role: string, statement: string): boolean => host.as(role, "first", statement) !== null;

  beforeAll(() => {
    provideServer(host);
    host.sql("postgres", "DROP DATABASE IF EXISTS first WITH (FORCE); ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_min_duration_statement = 0; SELECT FROM pg_reload_conf()");
    host.apply({ ...args, databases: { first: { owner: "app_owner" } } });
    host.sql("first", OBJECTS);
    host.apply(args);
  }, 120_000);

  it("TEL-32 TEL-33 login and attributes are what is declared, absent by default", () => {
    expect(host.sql("postgres", "SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit FROM pg_roles WHERE rolname IN ('alice', 'readers') ORDER BY 1"))
      .toEqual(["alice|t|f|f|f|f|f|3", "readers|f|f|f|f|f|f|-1"]);
  });

  it("TEL-34 TEL-36 TEL-37 TEL-38 members of a group read and cannot change", () => {
    expect(can("alice", "SELECT id, owner FROM app.orders")).toBe(true);
    expect(["INSERT INTO app.orders VALUES (3, 'alice')", "UPDATE app.orders SET id = 1", "DELETE FROM app.orders", "TRUNCATE app.orders"].filter((statement) => can("alice", statement))).toEqual([]);
    expect(host.sql("postgres", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'readers'")).toEqual(["f"]);
  });

  it("TEL-39 columns that are not granted stay hidden", () => {
    expect(can("carol", "SELECT name FROM app.people")).toBe(true);
    expect(can("carol", "SELECT salary FROM app.people")).toBe(false);
    expect(can("carol", "SELECT * FROM app.people")).toBe(false);
  });

  it("TEL-40 INSERT, UPDATE, DELETE and TRUNCATE are apart", () => {
    expect(can("bob", "INSERT INTO app.orders VALUES (9, 'bob')")).toBe(true);
    expect(can("bob", "UPDATE app.orders SET id = 9 WHERE id = 9")).toBe(true);
    expect(can("bob", "DELETE FROM app.orders")).toBe(false);
    expect(can("bob", "TRUNCATE app.orders")).toBe(false);
  });

  it("TEL-41 databases, schemas and functions; PUBLIC has nothing", () => {
    expect(can("carol", "SELECT app.total()")).toBe(true);
    expect(can("alice", "SELECT app.total()")).toBe(false);
    expect(can("dan", "SELECT 1 FROM app.orders")).toBe(false);
    const has = (role: string, right: string): readonly string[] => host.sql("first", `SELECT ${right.replaceAll("$", `'${role}'`)}`);
    expect(has("dan", "has_database_privilege($, 'first', 'CONNECT'), has_database_privilege($, 'first', 'TEMP'), has_schema_privilege($, 'public', 'USAGE'), has_language_privilege($, 'sql', 'USAGE')")).toEqual(["f|f|f|f"]);
    expect(has("alice", "has_database_privilege($, 'first', 'CONNECT'), has_schema_privilege($, 'app', 'CREATE')")).toEqual(["t|f"]);
  });

  it("TEL-42 TEL-44 TEL-45 everybody reads all rows, each writes its own", () => {
    expect(host.as("alice", "first", "SELECT id FROM app.orders WHERE id < 9 ORDER BY 1")).toEqual(["1", "2"]);
    expect(host.as("bob", "first", "UPDATE app.orders SET id = id WHERE id < 9 RETURNING id")).toEqual(["1"]);
    expect(can("bob", "INSERT INTO app.orders VALUES (4, 'alice')")).toBe(false);
    expect(can("bob", "UPDATE app.orders SET owner = 'alice' WHERE id = 1")).toBe(false);
  });

  it("TEL-46 the owner is bound, because row security is forced; nobody else changes policies", () => {
    expect(host.as("app_owner", "first", "UPDATE app.orders SET id = id RETURNING id")).toEqual([]);
    expect(can("bob", "DROP POLICY \"own rows\" ON app.orders")).toBe(false);
    expect(can("bob", "ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY")).toBe(false);
  });

  it("TEL-43 without a policy nobody sees a row", () => {
    const closed = { ...args, databases: { first: { ...args.databases?.["first"], rowSecurity: [{ schema: "app", table: "orders" }] } } };
    host.apply(closed);
    expect(host.as("alice", "first", "SELECT id FROM app.orders")).toEqual([]);
    expect(host.as("app_owner", "first", "SELECT id FROM app.orders")).toEqual([]);
    expect(can("bob", "INSERT INTO app.orders VALUES (5, 'bob')")).toBe(false);
    host.apply(args);
  });

  it("new tables are readable through default privileges, new functions not by PUBLIC, and neither is drift", () => {
    host.sql("first", "SET ROLE app_owner; CREATE TABLE app.fresh (a int); CREATE FUNCTION app.fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    expect(can("alice", "SELECT a FROM app.fresh")).toBe(true);
    expect(can("carol", "SELECT a FROM app.fresh")).toBe(false);
    expect(can("alice", "SELECT app.fresh()")).toBe(false);
    expect(host.plan(desiredOf(args)).changes).toEqual([]);
  });

  it.each([
    ["a granted role", "GRANT writers TO alice"],
    ["an attribute", "ALTER ROLE dan CREATEDB"],
    ["a foreign superuser", "DROP ROLE IF EXISTS mallory; CREATE ROLE mallory SUPERUSER LOGIN PASSWORD 'x'"],
    ["a privilege", "GRANT DELETE ON app.orders TO dan"],
    ["a privilege of PUBLIC", "GRANT SELECT ON app.people TO PUBLIC"],
    ["a privilege passed on", "GRANT SELECT ON app.people TO bob WITH GRANT OPTION; SET ROLE bob; GRANT SELECT ON app.people TO dan"],
    ["a privilege passed on twice", "GRANT SELECT ON app.people TO bob WITH GRANT OPTION; GRANT USAGE ON SCHEMA app TO dan; SET ROLE bob; GRANT SELECT ON app.people TO dan WITH GRANT OPTION; RESET ROLE; SET ROLE dan; GRANT SELECT ON app.people TO carol"],
    ["a missing privilege", "REVOKE SELECT ON app.orders FROM readers"],
    ["a column", "GRANT UPDATE (salary) ON app.people TO carol"],
    ["a dropped policy", "DROP POLICY \"own rows\" ON app.orders"],
    ["a loosened policy", "ALTER POLICY \"own rows\" ON app.orders USING (true)"],
    ["another policy", "CREATE POLICY more ON app.people USING (true)"],
    ["row security off", "ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"],
    ["default privileges", "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner GRANT ALL ON TABLES TO dan"],
    ["an owner", "ALTER TABLE app.people OWNER TO bob"],
    ["a password", "ALTER ROLE alice PASSWORD 'other'"],
    ["an MD5 hash", "SET password_encryption = md5; ALTER ROLE alice PASSWORD 'c4nary'"],
    ["a setting", "ALTER ROLE alice SET search_path = evil; ALTER ROLE dan IN DATABASE first SET work_mem = '1MB'"],
    ["CONNECT for PUBLIC", "GRANT CONNECT ON DATABASE first TO PUBLIC"],
  ])("drift by hand: %s is found and repaired", (_what, statement) => {
    const before = host.inspect(desiredOf(args));
    host.sql("first", statement);
    expect(host.plan(desiredOf(args)).changes.length).toBeGreaterThan(0);
    host.apply(args);
    expect(host.inspect(desiredOf(args))).toEqual(before);
  });

  it("a retired role loses its session, hands over what it owns in every database, and is gone", () => {
    const leaver: Arguments = { ...args, roles: [...(args.roles ?? []), { name: "leaver", login: true }], memberships: [...(args.memberships ?? []), { role: "readers", member: "leaver" }] };
    host.apply(leaver);
    host.sql("first", "CREATE TABLE app.left (a int); ALTER TABLE app.left OWNER TO leaver");
    host.sql("postgres", "CREATE SCHEMA leaving AUTHORIZATION leaver");
    host.apply(args);
    expect(host.sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'leaver'")).toEqual(["0"]);
    expect(host.sql("postgres", "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'leaving'")).toEqual(["app_owner"]);
    host.sql("postgres", "DROP SCHEMA leaving");
    expect(host.sql("first", "SELECT relowner::regrole FROM pg_class WHERE relname = 'left'")).toEqual(["app_owner"]);
  });

  it("a disabled role keeps what it owns and cannot log in", () => {
    host.sql("first", "CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'x'; CREATE TABLE app.kept (a int); ALTER TABLE app.kept OWNER TO keeper");
    const { heir: _heir, ...rest } = args;
    host.apply({ ...rest, retire: "disable", databases: { first: { ...args.databases?.["first"], owners: [] } } });
    expect(host.sql("postgres", "SELECT rolcanlogin, rolsuper, rolpassword FROM pg_authid WHERE rolname = 'keeper'")).toEqual(["f|f|"]);
    host.apply(args);
  });

  it("what is missing fails before anything is changed, naming path and object; `skip` goes on", () => {
    const missing: Arguments = { ...args, roles: [...(args.roles ?? []), { name: "late" }], databases: { first: { ...args.databases?.["first"], grants: [{ on: table("nowhere"), privileges: ["SELECT"], to: ["late"] }] } } };
    expect(() => host.apply(missing)).toThrow("databases.first.grants[0].on: table app.nowhere does not exist");
    expect(host.sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'late'")).toEqual(["0"]);
    host.apply({ ...missing, whenMissing: "skip" });
    host.apply(args);
  });

  it("what the server refuses in one database changes nothing in another", () => {
    const refused: Arguments = { ...args, roles: (args.roles ?? []).map((role) => (role.name === "dan" ? { ...role, createdb: true } : role)),
      databases: { first: { ...args.databases?.["first"], rowSecurity: [{ schema: "app", table: "orders", policies: [{ name: "p", using: "no_such_column = 1" }] }] } } };
    expect(() => host.apply(refused)).toThrow("no_such_column");
    expect(host.sql("postgres", "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'dan'")).toEqual(["f"]);
    host.apply(args);
  });

  it("additive takes nothing away, adopt changes nothing", () => {
    host.sql("first", "GRANT DELETE ON app.orders TO dan; REVOKE SELECT ON app.orders FROM readers");
    expect(host.plan(desiredOf({ ...args, mode: "adopt" })).changes).toEqual([]);
    host.apply({ ...args, mode: "additive" });
    expect([can("dan", "DELETE FROM app.orders WHERE false"), can("alice", "SELECT id FROM app.orders")]).toEqual([false, true]);
    expect(host.sql("first", "SELECT has_table_privilege('dan', 'app.orders', 'DELETE')")).toEqual(["t"]);
    host.apply(args);
    expect(host.sql("first", "SELECT has_table_privilege('dan', 'app.orders', 'DELETE')")).toEqual(["f"]);
  });

  it.each(["correct horse", "pässwörd ☃", "ｆｕｌｌ\u00a0width", "a\u00adb", "\u0007bell"])("the server's own verifier of %j is recognised", (password) => {
    host.run(psql(host.instance, "postgres", [written(`ALTER ROLE carol PASSWORD '${password}'`)]));
    const [stored = ""] = host.sql("postgres", "SELECT rolpassword FROM pg_authid WHERE rolname = 'carol'");
    expect(isMadeOf(new Secret(stored), new Secret(password))).toBe(true);
    expect(isMadeOf(new Secret(stored), new Secret(`${password}x`))).toBe(false);
    host.apply(args);
  });

  it("no password and no verifier is in the server's log, though it logs every statement", () => {
    const roles = (args.roles ?? []).map((role) => (role.password === undefined ? role : { ...role, password: `${role.password}-rotated` }));
    host.apply({ ...args, roles });
    const log = host.sql("postgres", "SHOW data_directory")[0] ?? "";
    const text = host.run(sh`cat ${log}/../log* /var/log/postgresql/*.log 2>/dev/null || true`);
    expect(text).toContain("GRANT");
    const verifiers = host.sql("postgres", "SELECT split_part(rolpassword, '$', 3) FROM pg_authid WHERE rolname IN ('alice', 'bob')");
    expect([...verifiers, "c4nary-Pa"].filter((secret) => text.includes(secret))).toEqual([]);
    host.apply(args);
  });

  it("eight updates at once never meet in a catalogue row", async () => {
    const plans = ["alice", "bob", "carol", "dan", "alice", "bob", "carol", "dan"].map((name) => host.plan(desiredOf({
      ...args, mode: "additive", databases: { first: { ...args.databases?.["first"], grants: [{ on: { kind: "database" }, privileges: ["CREATE"], to: [name] }] } },
    })));
    const said = await Promise.all(plans.map(({ finish }) => host.start(lines(finish.map((step) => step.script)))));
    expect(said).toEqual(plans.map(() => ""));
    host.apply(args);
  });

  it("deleting takes back what was given and keeps the data", () => {
    host.retire(args);
    expect(host.sql("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'first'")).toEqual(["1"]);
    expect(host.sql("first", "SELECT count(*) > 0, min(relowner::regrole::text) FROM app.orders, pg_class WHERE relname = 'orders'")).toEqual(["t|postgres"]);
    expect(host.sql("postgres", "SELECT rolname FROM pg_roles WHERE rolname IN ('alice', 'readers')")).toEqual([]);
    expect(host.sql("first", "SELECT count(*) FROM pg_policy")).toEqual(["0"]);
  });

  afterAll(() => {
    host.sql("postgres", "ALTER SYSTEM RESET ALL; SELECT FROM pg_reload_conf(); DROP DATABASE IF EXISTS first WITH (FORCE)");
  });
});
