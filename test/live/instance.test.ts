/**
 * A PostgreSQL 17 made, changed, broken by hand and repaired on a real host, through the same stages and the same
 * transaction that the provider uses. The instance is one of its own, so that others on the host are left alone.
 */
import { applyPlan } from "../../src/apply/execute";
import { settle } from "../../src/apply/settle";
import { planInstance, retireInstance } from "../../src/diff/instance";
import { ApplyError } from "../../src/errors";
import { probeInstance } from "../../src/inspect/instance";
import type { ObservedInstance } from "../../src/model/instance-state";
import { Secret } from "../../src/model/secret";
import { sh } from "../../src/render/shell";
import { SshTransport } from "../../src/transport/ssh";
import { encrypted, TestAuthority, type Pair } from "../support/certificates";
import { desired } from "../support/instance";
import { labConnection, labHost } from "../support/lab";

jest.setTimeout(180_000);

const HOST = "h2";
const INSTANCE = { major: 17, name: "live", port: 5499 } as const;
const CONF = "/etc/postgresql/17/live/postgresql.conf";

let host: SshTransport;
let authority: TestAuthority;
let clients: TestAuthority;
let server: Pair;

beforeAll(async () => {
  host = new SshTransport(labConnection(HOST));
  await settle(host);
  await host.run("installing PostgreSQL", sh`mkdir -p /etc/postgresql-common/createcluster.d && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/live.conf
test -x /usr/lib/postgresql/17/bin/postgres || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 postgresql-17-pgaudit >/dev/null 2>&1
! test -e /etc/postgresql/17/live || pg_dropcluster --stop 17 live; rm -rf /etc/postgresql/17/live /var/lib/postgresql/17/live`, { timeout: 170 });
  authority = await TestAuthority.create("Server CA");
  clients = await TestAuthority.create("Client CA");
  server = await authority.issue("db", ["db.example"], [labHost(HOST).ipv4]);
});

afterAll(async () => {
  await host.run("cleaning", sh`! test -e /etc/postgresql/17/live || pg_dropcluster --stop 17 live; rm -rf /etc/postgresql/17/live`);
  await host.close();
});

const tls = (): Record<string, unknown> => ({ certificate: server.certificate, privateKey: new Secret(server.privateKey), clientAuthority: clients.certificate });
const network = (): Record<string, unknown> => ({ instance: INSTANCE, listenAddresses: ["localhost", labHost(HOST).ipv4], tls: tls() });

const observe = (args: Record<string, unknown>): Promise<ObservedInstance> => host.observe(probeInstance(desired(args)));

/** Brings the host to the declaration and gives the paths that differed; then nothing may be left. */
async function update(args: Record<string, unknown>): Promise<readonly string[]> {
  const wanted = desired(args);
  const plan = planInstance(await observe(args), wanted);
  await applyPlan(host, plan);
  expect(planInstance(await observe(args), wanted).changes).toEqual([]);
  return plan.changes.map(({ path }) => path);
}

async function refusal(args: Record<string, unknown>): Promise<ApplyError> {
  const before = await observe(args);
  const error = await applyPlan(host, planInstance(before, desired(args))).then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof ApplyError)) {
    throw new Error(`expected an ApplyError, got ${String(error)}`);
  }
  expect(await observe(args)).toEqual(before);
  return error;
}

const sqlAnswer = (query: string): Promise<string> => host.run("asking", sh`runuser -u postgres -- psql -XAtqw -h /run/postgresql -p ${INSTANCE.port} -d postgres -c ${query}`);
const postmaster = (): Promise<string> => host.run("reading", sh`head -n 1 /var/lib/postgresql/17/live/postmaster.pid`);

it("SPG-10 TEL-14 is made with its sockets only, closed, and a second run finds nothing to do", async () => {
  expect(await update({ instance: INSTANCE })).toEqual(["instance"]);
  const observed = await observe({ instance: INSTANCE });
  expect(observed).toMatchObject({ exists: true, isRunning: true, isReachable: true, dataChecksums: true, encoding: "UTF8", listeners: ["/run/postgresql/.s.PGSQL.5499"] });
  expect(observed.version).toMatch(/^17\./);
  expect(await host.run("looking", sh`stat -c '%a %U:%G %n' /var/lib/postgresql/17/live /etc/postgresql/17/live /etc/postgresql/17/live/pg_hba.conf /run/postgresql/.s.PGSQL.5499`)).toBe(
    "700 postgres:postgres /var/lib/postgresql/17/live\n750 root:postgres /etc/postgresql/17/live\n640 root:postgres /etc/postgresql/17/live/pg_hba.conf\n770 postgres:postgres /run/postgresql/.s.PGSQL.5499\n");
  expect(await sqlAnswer("select string_agg(concat_ws(' ', type, database, user_name, address, auth_method), ';') from pg_hba_file_rules")).toBe(
    "local {all} {postgres} peer;local {all} {all} reject;host {all} {all} all reject\n");
});

it("SPG-06 another account of the host does not reach the socket", async () => {
  const answer = await host.run("trying", sh`runuser -u nobody -- psql -XAtqw -h /run/postgresql -p ${INSTANCE.port} -U postgres -d postgres -c 'select 1' 2>&1; :`);
  expect(answer).toMatch(/Permission denied/);
});

it("SPG-11 SPG-19 TEL-13 listens where it is told, with TLS 1.3", async () => {
  expect(await update(network())).toEqual(expect.arrayContaining(["listenAddresses", "tls", "tls.certificate", "tls.privateKey"]));
  const { listeners, certificate } = await observe(network());
  expect(listeners).toEqual(["/run/postgresql/.s.PGSQL.5499", `${labHost(HOST).ipv4}:5499`, "127.0.0.1:5499", "[::1]:5499"].sort());
  expect(certificate).toMatchObject({ subject: "CN=db", notAfter: "2036-01-01T00:00:00.000Z" });
  expect(await host.run("asking", sh`openssl s_client -starttls postgres -connect ${`${labHost(HOST).ipv4}:5499`} -brief </dev/null 2>&1; :`)).toMatch(/Protocol version: TLSv1\.3/);
  expect(await host.run("asking", sh`openssl s_client -starttls postgres -tls1_2 -connect ${`${labHost(HOST).ipv4}:5499`} -brief </dev/null 2>&1; :`)).toMatch(/alert protocol version|unsupported protocol/);
});

it("SPG-20 SPG-21 an encrypted key is opened by the passphrase command, on a reload too", async () => {
  const pid = await postmaster();
  const passphrase = "it's a \\ $canary";
  const args = { ...network(), tls: { ...tls(), privateKey: new Secret(encrypted(server.privateKey, passphrase)), passphrase: new Secret(passphrase) } };
  await update(args);
  expect(await sqlAnswer("show ssl_passphrase_command")).not.toContain("canary");
  expect(await host.run("looking", sh`openssl s_client -starttls postgres -connect localhost:5499 -brief </dev/null 2>&1; stat -c '%a %U:%G' /etc/postgresql/17/live/tls/*`)).toMatch(
    /Protocol version: TLSv1\.3[^]*640 root:postgres\n640 root:postgres\n640 root:postgres\n640 root:postgres\n$/);
  await update(network());
  expect(await postmaster()).toBe(pid);
});

it.each<readonly [string, string, string[]]>([
  ["a line edited and loaded", `sed -i "s/^log_connections.*/log_connections = off/" ${CONF}; systemctl reload postgresql@17-live; sleep 1`, ['parameters["log_connections"]']],
  ["a line added and not loaded", `echo "max_wal_size = 2GB" >>${CONF}`, ['observed.parameters["max_wal_size"]']],
  ["a broken line", `echo "nonsense here" >>${CONF}`, [`observed.files["${CONF}"]`, "observed.fileErrors[0]"]],
  ["a comment", `echo "# by hand" >>${CONF}`, [`observed.files["${CONF}"]`]],
  ["what ALTER SYSTEM writes", `echo "work_mem = '9MB'" >>/var/lib/postgresql/17/live/postgresql.auto.conf; systemctl reload postgresql@17-live; sleep 1`, ['observed.parameters["work_mem"]', 'observed.alterSystem["work_mem"]']],
  ["the mode of the key", "chmod 0644 /etc/postgresql/17/live/tls/server.key", ["tls.privateKey"]],
  ["the owner of a directory", "chown postgres /etc/postgresql/17/live; chmod 0755 /var/lib/postgresql/17/live", ['observed.directories["/etc/postgresql/17/live"]', 'observed.directories["/var/lib/postgresql/17/live"]']],
  ["another certificate", "cp /etc/postgresql/17/live/tls/client-ca.crt /etc/postgresql/17/live/tls/server.crt", ["tls.certificate"]],
  ["a stopped server", "systemctl stop postgresql@17-live", ["observed.isRunning"]],
])("drift made by hand is found and taken back: %s", async (_, command, paths) => {
  await host.run("breaking", sh`sh -c ${command}`);
  expect(await update(network())).toEqual(paths);
});

it("ALTER SYSTEM itself is refused", async () => {
  await expect(sqlAnswer("alter system set work_mem = '9MB'")).rejects.toThrow(/ALTER SYSTEM is not allowed/);
});

it("a parameter of the server's start is restarted for now, or waits where that is declared", async () => {
  const more = (applyRestarts: string): Record<string, unknown> => ({ ...network(), parameters: { max_connections: 120 }, applyRestarts });
  const pid = await postmaster();
  await update(more("defer"));
  expect((await observe(more("defer"))).pendingRestart).toEqual(["max_connections"]);
  expect(await postmaster()).toBe(pid);
  expect(await update(more("now"))).toEqual(['parameters["max_connections"]']);
  expect(await sqlAnswer("show max_connections")).toBe("120\n");
  expect(await postmaster()).not.toBe(pid);
  await update(network());
});

it.each<readonly [string, () => Promise<Record<string, unknown>>, RegExp]>([
  ["a library that is not there", () => Promise.resolve({ ...network(), parameters: { shared_preload_libraries: "nonexistent" } }), /checking the configuration.*could not access file "nonexistent"/s],
  ["more memory than the host has", () => Promise.resolve({ ...network(), parameters: { shared_buffers: "4TB" } }), /checking the configuration.*shared memory/s],
  ["ciphers that are none", () => Promise.resolve({ ...network(), parameters: { ssl_ciphers: "NONSENSE" } }), /checking the configuration.*cipher/s],
  ["a certificate that has expired", async () => {
    const old = await authority.issue("db", ["db.example"], [], new Date("2026-01-02T00:00:00Z"));
    return { ...network(), tls: { certificate: old.certificate, privateKey: new Secret(old.privateKey) } };
  }, /checking the configuration.*the certificate has expired/s],
  ["a revocation list that has expired", async () => ({ ...network(), tls: { ...tls(), revocationList: await clients.revocationList(new Date("2026-01-02T00:00:00Z")) } }), /checking the configuration.*revocation list has expired/s],
])("refused before anything is touched: %s", async (_, args, message) => {
  const pid = await postmaster();
  const error = await refusal(await args());
  expect(error.message).toMatch(message);
  expect(error.rolledBack).toBe(true);
  expect(await postmaster()).toBe(pid);
});

it.each<readonly [string, Record<string, unknown>, RegExp]>([
  ["only addresses the host has not: the server does not start", { listenAddresses: ["192.0.2.77"] }, /restarting the instance 17\/live: it failed/],
  ["one address the host has not: the server starts without it", { listenAddresses: ["localhost", "192.0.2.77"] }, /nothing listens on 192\.0\.2\.77/],
])("rolled back, and running as before: %s", async (_, args, message) => {
  const error = await refusal({ ...network(), ...args });
  expect(error.message).toMatch(message);
  expect(error.rolledBack).toBe(true);
  expect(await sqlAnswer("select 1")).toBe("1\n");
});

it("an update cut off while the instance was being made is made anew", async () => {
  const args = { instance: { ...INSTANCE, name: "cut", port: 5498 } };
  await host.run("cutting", sh`: >/var/lib/postgresql/.pgrampart-making-17-cut; mkdir -p /etc/postgresql/17/cut /var/lib/postgresql/17/cut/base; chown -R postgres: /var/lib/postgresql/17/cut`);
  await update(args);
  expect((await observe(args)).isRunning).toBe(true);
  await host.run("cleaning", sh`pg_dropcluster --stop 17 cut; rm -rf /etc/postgresql/17/cut; ! test -e /var/lib/postgresql/.pgrampart-making-17-cut`);
});

it("SPG-08 SPG-09 socket directories of their own survive a restart of the host's /run", async () => {
  const args = { ...network(), sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/pgrampart-live", group: "adm", mode: "0750" }] } };
  await update(args);
  await host.run("emptying /run", sh`systemctl stop postgresql@17-live; rm -rf /run/pgrampart-live; systemd-tmpfiles --create /etc/tmpfiles.d/pgrampart-postgresql-17-live.conf; systemctl start postgresql@17-live`);
  expect(await host.run("looking", sh`stat -c '%a %U:%G' /run/pgrampart-live; test -S /run/pgrampart-live/.s.PGSQL.5499`)).toBe("750 postgres:adm\n");
  await update(network());
});

it("deleting with onDelete stop stops it, keeps it stopped, and leaves the data", async () => {
  const args = { ...network(), onDelete: "stop" };
  await applyPlan(host, retireInstance(await observe(args), desired(args)));
  expect(await observe(args)).toMatchObject({ exists: true, isRunning: false });
  expect(await host.run("looking", sh`tail -n 1 /etc/postgresql/17/live/start.conf; test -f /var/lib/postgresql/17/live/PG_VERSION`)).toBe("manual\n");
});
