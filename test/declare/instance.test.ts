import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";
import { formatIssue } from "../../src/declare/issue";
import { encrypted, TestAuthority, type Pair } from "../support/certificates";
import { declared, instance } from "../support/instance";

let authority: TestAuthority;
let clients: TestAuthority;
let server: Pair;
let nameless: Pair;
let tls: Record<string, unknown>;

beforeAll(async () => {
  authority = await TestAuthority.create("Server CA");
  clients = await TestAuthority.create("Client CA");
  server = await authority.issue("db1", ["db1.example"], ["10.0.0.5"]);
  nameless = await authority.issue("db1");
  tls = { certificate: server.certificate, privateKey: new Secret(server.privateKey) };
});

/** Arguments beside `instance`, as a function where they need a certificate; then the paths of all faults. */
type Case = readonly [name: string, args: Record<string, unknown> | (() => Record<string, unknown>), paths: readonly string[]];

const parameters = (values: Record<string, unknown>): Record<string, unknown> => ({ parameters: values });

const BAD: readonly Case[] = [
  // Which instance
  ["a major version without a catalogue", { instance: { major: 14 } }, ["instance.major"]],
  ["a major version as text", { instance: { major: "17" } }, ["instance.major"]],
  ["no instance at all", { instance: undefined }, ["instance"]],
  ["a name with a dash", { instance: { major: 17, name: "my-db" } }, ["instance.name"]],
  ["a name that leaves its directory", { instance: { major: 17, name: "../x" } }, ["instance.name"]],
  ["port 0", { instance: { major: 17, port: 0 } }, ["instance.port"]],
  ["a relative socket directory", { instance: { major: 17, socketDirectory: "run" } }, ["instance.socketDirectory"]],
  ["a socket directory that is too long", { instance: { major: 17, socketDirectory: `/run/${"x".repeat(90)}` } }, ["instance.socketDirectory"]],
  ["a property that does not exist", { instance: { major: 17, host: "h" } }, ["instance.host"]],
  ["a misspelled argument", { paramters: {} }, ["paramters"]],
  // Parameters
  ["a parameter that does not exist", parameters({ work_memory: "4MB" }), ["parameters.work_memory"]],
  ["a parameter of another major version", parameters({ io_method: "worker" }), ["parameters.io_method"]],
  ["a number out of range", parameters({ max_connections: 0 }), ["parameters.max_connections"]],
  ["a number with a unit it has not", parameters({ max_connections: "100MB" }), ["parameters.max_connections"]],
  ["memory in units of time", parameters({ work_mem: "4min" }), ["parameters.work_mem"]],
  ["a unit in the wrong case", parameters({ work_mem: "4mb" }), ["parameters.work_mem"]],
  ["text for a number", parameters({ work_mem: "plenty" }), ["parameters.work_mem"]],
  ["a word that is no boolean", parameters({ row_security: "maybe" }), ["parameters.row_security"]],
  ["an ambiguous boolean", parameters({ row_security: "o" }), ["parameters.row_security"]],
  ["a value that is not in an enum", parameters({ wal_level: "full" }), ["parameters.wal_level"]],
  ["a list instead of text", parameters({ search_path: ["app", "public"] }), ["parameters.search_path"]],
  ["a newline inside a value", parameters({ archive_command: "cp %p /x\nfsync=off" }), ["parameters.archive_command"]],
  ["parameters as a list", { parameters: ["fsync=off"] }, ["parameters"]],
  ["one parameter in two spellings", parameters({ work_mem: "4MB", Work_Mem: "8MB" }), ["parameters.Work_Mem"]],
  ["a parameter that the server only reports", parameters({ server_version: "17.5" }), ["parameters.server_version"]],
  ["a parameter that belongs to a transaction", parameters({ transaction_isolation: "serializable" }), ["parameters.transaction_isolation"]],
  ["the data directory", parameters({ data_directory: "/srv/pg" }), ["parameters.data_directory"]],
  ["another hba file", parameters({ hba_file: "/tmp/pg_hba.conf" }), ["parameters.hba_file"]],
  ["what listenAddresses decides", parameters({ listen_addresses: "*" }), ["parameters.listen_addresses"]],
  ["what instance.port decides", parameters({ port: 6000 }), ["parameters.port"]],
  ["what tls decides", parameters({ ssl: "off", ssl_key_file: "/etc/ssl/key" }), ["parameters.ssl", "parameters.ssl_key_file"]],
  ["what audit decides", parameters({ "pgaudit.log": "none" }), ['parameters["pgaudit.log"]']],
  ["fsync off", parameters({ fsync: "off" }), ["parameters.fsync"]],
  ["full_page_writes off", parameters({ full_page_writes: false }), ["parameters.full_page_writes"]],
  ["MD5 passwords", parameters({ password_encryption: "md5" }), ["parameters.password_encryption"]],
  ["TLS 1.1", parameters({ ssl_min_protocol_version: "TLSv1.1" }), ["parameters.ssl_min_protocol_version"]],
  ["a TLS ceiling below the floor", parameters({ ssl_max_protocol_version: "TLSv1.2" }), ["parameters.ssl_max_protocol_version"]],
  ["a standby's password", parameters({ primary_conninfo: "host=a password=canary" }), ["parameters.primary_conninfo"]],
  ["a class that nobody declared", parameters({ "app.tenant": "none" }), ['parameters["app.tenant"]']],
  ["a custom parameter with a space", { customClasses: ["app"], parameters: { "app.the tenant": "x" } }, ['parameters["app.the tenant"]']],
  ["a class with a dot", { customClasses: ["app.x"] }, ["customClasses[0]"]],
  ["more reserved connections than there are", parameters({ max_connections: 5, superuser_reserved_connections: 5 }), ["parameters.superuser_reserved_connections"]],
  ["minimal WAL with replication", parameters({ wal_level: "minimal" }), ["parameters.wal_level"]],
  ["csvlog without the collector", parameters({ logging_collector: "off" }), ["parameters.logging_collector"]],
  // Listening
  ["a host name to listen on", () => ({ tls, listenAddresses: ["db1.example"] }), ["listenAddresses[0]"]],
  ["a network to listen on", () => ({ tls, listenAddresses: ["10.0.0.0/8"] }), ["listenAddresses[0]"]],
  ["an octet with a leading zero", () => ({ tls, listenAddresses: ["10.0.0.05"] }), ["listenAddresses[0]"]],
  ["every interface without a reason", () => ({ tls, listenAddresses: ["*"] }), ["listenAddresses[0]"]],
  ["a reason that is none", () => ({ tls, listenAddresses: ["*"], allowListeningEverywhere: "ok" }), ["allowListeningEverywhere"]],
  ["* beside another address", () => ({ tls, listenAddresses: ["*", "10.0.0.5"], allowListeningEverywhere: "addresses come by DHCP" }), ["listenAddresses"]],
  ["one address twice", () => ({ tls, listenAddresses: ["10.0.0.5", "10.0.0.5"] }), ["listenAddresses[1]"]],
  ["the network without a certificate", { listenAddresses: ["localhost", "10.0.0.5"] }, ["listenAddresses[1]"]],
  // Sockets
  ["a socket in /tmp", { sockets: { directories: [{ path: "/tmp" }, { path: "/run/postgresql" }] } }, ["sockets.directories[0].path"]],
  ["no socket where administration connects", { sockets: { directories: [{ path: "/run/app" }] } }, ["sockets.directories"]],
  ["no socket at all", { sockets: { directories: [] } }, ["sockets.directories"]],
  ["a directory that anybody writes to", { sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/app", mode: "0777" }] } }, ["sockets.directories[1].mode"]],
  ["a directory that postgres cannot write to", { sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/app", owner: "root", group: "app" }] } }, ["sockets.directories[1]"]],
  ["the mode of Debian's own directory", { sockets: { directories: [{ path: "/run/postgresql", mode: "0700" }] } }, ["sockets.directories[0]"]],
  ["a mode as a number", { sockets: { permissions: 770 } }, ["sockets.permissions"]],
  ["a socket its owner cannot write to", { sockets: { permissions: "0070" } }, ["sockets.permissions"]],
  ["a group that no host can have", { sockets: { group: "db users" } }, ["sockets.group"]],
  // TLS
  ["a path instead of a certificate", () => ({ tls: { ...tls, certificate: "/etc/ssl/db.crt" } }), ["tls.certificate"]],
  ["a key for a certificate", () => ({ tls: { ...tls, certificate: server.privateKey } }), ["tls.certificate"]],
  ["a key that belongs to another certificate", () => ({ tls: { ...tls, privateKey: new Secret(nameless.privateKey) } }), ["tls.privateKey"]],
  ["a key that is none", () => ({ tls: { ...tls, privateKey: new Secret("canary") } }), ["tls.privateKey"]],
  ["an encrypted key without its passphrase", () => ({ tls: { ...tls, privateKey: new Secret(encrypted(server.privateKey, "canary1")) } }), ["tls.passphrase"]],
  ["a wrong passphrase", () => ({ tls: { ...tls, privateKey: new Secret(encrypted(server.privateKey, "canary1")), passphrase: new Secret("canary2") } }), ["tls.privateKey"]],
  ["a passphrase of two lines", () => ({ tls: { ...tls, privateKey: new Secret(encrypted(server.privateKey, "canary\n1")), passphrase: new Secret("canary\n1") } }), ["tls.passphrase"]],
  ["a passphrase for a plain key", () => ({ tls: { ...tls, passphrase: new Secret("canary") } }), ["tls.passphrase"]],
  ["a certificate without alternative names", () => ({ tls: { certificate: nameless.certificate, privateKey: new Secret(nameless.privateKey) } }), ["tls.certificate"]],
  ["the authority's own certificate", () => ({ tls: { certificate: authority.certificate, privateKey: new Secret(authority.privateKey) } }), ["tls.certificate", "tls.certificate"]],
  ["a chain out of order", () => ({ tls: { ...tls, certificate: `${server.certificate}\n${clients.certificate}\n` } }), ["tls.certificate"]],
  ["a name the certificate has not", () => ({ tls: { ...tls, names: ["db1.example", "db2.example", "10.0.0.6"] } }), ["tls.names[1]", "tls.names[2]"]],
  ["a client's certificate for its authority", () => ({ tls: { ...tls, clientAuthority: server.certificate } }), ["tls.clientAuthority"]],
  ["a revocation list that is none", () => ({ tls: { ...tls, clientAuthority: clients.certificate, revocationList: clients.certificate } }), ["tls.revocationList"]],
  ["a key that is not given", () => ({ tls: { certificate: server.certificate } }), ["tls.privateKey"]],
  // The rest
  ["a class of statements that pgAudit does not know", { audit: { log: ["ddl", "selects"] } }, ["audit.log[1]"]],
  ["auditing nothing, by a list", { audit: { log: [] } }, ["audit.log"]],
  ["pgAudit refused and preloaded", { audit: false, parameters: { shared_preload_libraries: "pgaudit" } }, ["audit"]],
  ["a locale with a space", { initdb: { locale: "C; rm" } }, ["initdb.locale"]],
  ["WAL segments of 3 MB", { initdb: { walSegmentSize: 3 } }, ["initdb.walSegmentSize"]],
  ["a restart some time", { applyRestarts: "later" }, ["applyRestarts"]],
  ["deleting the data", { onDelete: "drop" }, ["onDelete"]],
  ["several faults at once", { instance: { major: 17, port: 99999 }, listenAddresses: ["10.0.0.5"], parameters: { fsync: "off", nope: 1 }, onDelete: "drop" },
    ["instance.port", "listenAddresses[0]", "onDelete", "parameters.fsync", "parameters.nope"]],
];

it.each(BAD)("refuses %s", (_, args, paths) => {
  const { declaration, issues } = declared(typeof args === "function" ? args() : args);
  expect(declaration).toBeUndefined();
  expect(issues.map(({ path }) => path)).toEqual(paths);
  for (const issue of issues) {
    expect(issue.allowed).not.toBe("");
    expect(issue.remedy).toMatch(/^[A-Z].*\.$/);
    expect(formatIssue(issue)).not.toContain("canary");
  }
});

it.each<readonly [string, () => Record<string, unknown>]>([
  ["the least: no TCP at all (TEL-14)", () => ({})],
  ["loopback without a certificate", () => ({ listenAddresses: ["localhost", "127.0.0.1", "::1"] })],
  ["addresses with a certificate for them", () => ({ listenAddresses: ["10.0.0.5", "fd00::5"], tls: { ...tls, names: ["db1.example", "10.0.0.5"] } })],
  ["every interface, with a reason", () => ({ listenAddresses: ["*"], allowListeningEverywhere: "addresses come by DHCP", tls })],
  ["a chain with its issuer", () => ({ tls: { ...tls, certificate: `${server.certificate}\n${authority.certificate}` } })],
  ["an encrypted key with its passphrase (SPG-20)", () => ({ tls: { ...tls, privateKey: new Secret(encrypted(server.privateKey, "it's $HOME")), passphrase: new Secret("it's $HOME") } })],
  ["values in every spelling", () => ({ parameters: { work_mem: "4MB", maintenance_work_mem: 65536, shared_buffers: "0.5GB", row_security: true, log_statement: "ALL", random_page_cost: "1.1", log_file_mode: "0640", statement_timeout: "1.5min" } })],
  ["an application's own parameter", () => ({ customClasses: ["app"], parameters: { "app.tenant": "it's \\ none" } })],
  ["socket directories for two applications (SPG-08, SPG-09)", () => ({ sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/app", group: "app", mode: "2750" }], group: "app", permissions: "0770" } })],
])("accepts %s", (_, args) => {
  expect(() => instance(args())).not.toThrow();
});

it("waits for unknown values and still names the other faults", () => {
  const { declaration, issues } = declared({ tls: { certificate: UNKNOWN, privateKey: new Secret(UNKNOWN) }, listenAddresses: [UNKNOWN, "10.0.0.5"], parameters: { fsync: "off", work_mem: UNKNOWN } });
  expect(declaration).toBeUndefined();
  expect(issues.map(({ path }) => path)).toEqual(["parameters.fsync"]);
});

it("gives nothing, and no fault, for a good declaration that is not whole yet", () => {
  expect(declared({ tls: { ...tls, certificate: UNKNOWN } })).toEqual({ declaration: undefined, issues: [] });
  expect(declared({ parameters: UNKNOWN })).toEqual({ declaration: undefined, issues: [] });
});
