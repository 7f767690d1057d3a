/**
 * A Host on a host of the lab: from bare to hardened, drift in every managed thing found and repaired, PostgreSQL at
 * work in its sandbox, and everything taken back. Run inside the lab; uses and resets host h2.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { postgresMajor } from "../../src/lab/recipe";
import { HOST_PATHS } from "../../src/model/host";
import { sh } from "../../src/render/shell";
import { hostKind } from "../../src/provider/host";
import { lab, labHost } from "../support/lab";
import { LiveHost } from "../support/live-resource";

jest.setTimeout(300_000);
const run = promisify(execFile);
let live: LiveHost;
let keys: string;

beforeAll(() => {
  live = new LiveHost("h2");
  keys = mkdtempSync(join(tmpdir(), "pgrampart-keys-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(keys, "deploy")]);
});

afterAll(async () => {
  await live.close();
  rmSync(keys, { recursive: true });
});

const publicKey = (): string => readFileSync(join(keys, "deploy.pub"), "utf8").trim();
const major = postgresMajor(lab().suite);
const unit = `postgresql@${major}-main`;
const configuration = `/etc/postgresql/${major}/main`;
const postgresql = [`postgresql-${major}`, `postgresql-${major}-pgaudit`];
const declared = (): Record<string, unknown> => ({
  packages: postgresql,
  groups: [{ name: "dba" }, { name: "backup-readers", gid: 4711 }],
  accounts: [
    { name: "deploy", groups: ["dba"], authorizedKeys: [publicKey()], sudo: "all" },
    { name: "archiver", home: "/var/lib/archiver", uid: 2345 },
  ],
  kernelParameters: { "net.ipv4.tcp_keepalive_time": 600, "net.ipv4.ip_local_port_range": "32768 60999" },
  files: [{ path: "/etc/motd", content: "Authorised use only.\n" }, { path: "/etc/pg/backup.conf", content: "key = \"$(id)\" 'x'\n\\", owner: "archiver", group: "dba", mode: "0640" },
    { path: "/etc/systemd/system/try.service", content: "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n" }],
  services: [{ unit: "try.service", enabled: true, running: true }],
});

/** Whether somebody with the account's key gets in from the management network, and becomes root. */
async function logsIn(account: string): Promise<string> {
  const address = labHost("h2").ipv4;
  const { stdout } = await run("ssh", ["-F", "none", "-i", join(keys, "deploy"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", `UserKnownHostsFile=${join(lab().directory, "known_hosts")}`, `${account}@${address}`, "sudo -n id -un"])
    .catch((error: { stderr: string }) => ({ stdout: error.stderr }));
  return stdout.trim();
}

it("makes a bare host what is declared, with no instance running", async () => {
  const observed = await live.resource(hostKind, declared()).up();
  expect(observed.release).toMatch(/^debian \S+$/);
  expect(observed.packages.map(({ name }) => name)).toEqual(postgresql);
  expect(await live.run(sh`pg_lsclusters -h; ls /etc/postgresql 2>/dev/null | cat; ls ${HOST_PATHS.installationGuard} 2>/dev/null; :`)).toBe("");
  expect(await logsIn("deploy")).toBe("root");
  expect(await live.run(sh`stat -c '%U:%G %a' /etc/pg/backup.conf; cat /etc/pg/backup.conf; id -u archiver; id -Gn deploy`)).toBe("archiver:dba 640\nkey = \"$(id)\" 'x'\n\\2345\ndeploy dba\n");
  expect(await live.run(sh`cat /proc/sys/net/ipv4/tcp_keepalive_time /proc/sys/net/ipv4/conf/all/accept_redirects /proc/sys/net/ipv4/conf/default/rp_filter`)).toBe("600\n0\n1\n");
});

it("shows what the kernel does not let us set, and refuses it where the program itself declares it", async () => {
  const observed = await live.resource(hostKind, declared()).up();
  const fixed = observed.kernelParameters.filter(({ isWritable }) => !isWritable).map(({ name }) => name);
  expect(fixed).toContain("kernel.dmesg_restrict");
  expect(fixed.filter((name) => name.startsWith("net."))).toEqual([]);
  await expect(live.resource(hostKind, { ...declared(), kernelParameters: { "vm.overcommit_memory": 2 } }).up()).rejects.toThrow(/vm\.overcommit_memory cannot be set on this host/);
  expect(await live.run(sh`cat /proc/sys/net/ipv4/tcp_keepalive_time`)).toBe("600\n");
});

it.each([
  ["a kernel parameter", sh`echo 1 > /proc/sys/net/ipv4/conf/all/accept_redirects`, "kernelParameters[\"net.ipv4.conf.all.accept_redirects\"]"],
  ["the drop-in of kernel parameters", sh`echo 'net.ipv4.ip_forward = 1' >> ${HOST_PATHS.kernelParameters}`, "kernelParameters"],
  ["a file's content", sh`echo changed > /etc/motd`, "files[0]"],
  ["a file's mode", sh`chmod 666 /etc/pg/backup.conf`, "files[1]"],
  ["a file's owner", sh`chown root /etc/pg/backup.conf`, "files[1]"],
  ["a file gone", sh`rm /etc/pg/backup.conf`, "files[1]"],
  ["a link in a file's place", sh`mv /etc/motd /etc/motd.real && ln -s motd.real /etc/motd`, "files[0]"],
  ["a key added", sh`echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlZ0f3YjV7f4hPyvJmE3n2J0W7o1m2b8Y9kQ0c5X6Zz intruder' >> /home/deploy/.ssh/authorized_keys`, "accounts[0].authorizedKeys"],
  ["a sudo line changed", sh`echo 'www-data ALL=(ALL) NOPASSWD: ALL' >> ${HOST_PATHS.sudoers("deploy")}`, "accounts[0].sudo"],
  ["an account's groups", sh`usermod -aG adm deploy`, "accounts[0].groups"],
  ["an account's shell", sh`usermod -s /bin/bash archiver`, "accounts[1].shell"],
  ["an account's password", sh`echo archiver:secret | chpasswd`, "accounts[1].password"],
  ["an account gone", sh`userdel archiver`, "accounts[1]"],
  ["a mode of the system's", sh`chmod 644 /etc/shadow`, "hardenFileModes[\"/etc/shadow\"]"],
  ["a unit off at boot", sh`systemctl disable --quiet try.service`, "services[0].enabled"],
  ["a unit stopped", sh`systemctl stop try.service`, "services[0].running"],
  ["the sandbox gone", sh`rm ${HOST_PATHS.sandbox}`, "postgresql.sandbox"],
  ["a package gone", sh`apt-get -qq purge ${`postgresql-${major}-pgaudit`} >/dev/null 2>&1`, "packages[1]"],
  ["what a killed installation leaves", sh`printf '#!/bin/sh\\n# Written by pgrampart for the time of one installation.\\nexit 101\\n' > ${HOST_PATHS.installationGuard}`, "observed.isInstallationGuardLeft"],
])("drift: %s is found and repaired", async (_, act, path) => {
  const host = live.resource(hostKind, declared());
  await host.up();
  await live.run(act);
  expect((await host.drift()).map((change) => change.path)).toContain(path);
  await host.up();
});

it("shows accounts, sudoers and sockets that nobody declared, and touches none of them", async () => {
  const host = live.resource(hostKind, declared());
  const before = (await host.up()).undeclared;
  expect(before.accounts).toEqual(["admin"]);
  expect(before.sockets).toEqual(expect.arrayContaining(["tcp 0.0.0.0:22 sshd", "tcp [::]:22 sshd"]));
  await live.run(sh`useradd -m -s /bin/bash mallory && echo 'mallory ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/zz-mallory && systemd-run --quiet --unit=try-listener perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => 4444, Listen => 1); sleep 600' && sleep 1`);
  const after = (await host.up()).undeclared;
  expect(after.accounts).toEqual(["admin", "mallory"]);
  expect(after.sudoers).toEqual([...before.sudoers, "/etc/sudoers.d/zz-mallory: mallory ALL=(ALL) NOPASSWD: ALL"].sort());
  expect(after.sockets).toEqual([...before.sockets, "tcp 0.0.0.0:4444 perl"].sort());
  await live.run(sh`systemctl stop try-listener; userdel -r mallory 2>/dev/null; rm /etc/sudoers.d/zz-mallory`);
});

it("a sudoers file that sudo could not read is never put in place", async () => {
  const host = live.resource(hostKind, declared());
  const before = await host.up();
  const broken = { ...declared(), files: [{ path: "/etc/sudoers.d/50-ops", content: "%ops ALL=(ALL NOPASSWD ALL\n", mode: "0440" }] };
  await expect(live.resource(hostKind, broken).up()).rejects.toThrow(/checking \/etc\/sudoers\.d\/50-ops with visudo/);
  expect(await host.read()).toEqual(before);
});

it("a change that shuts our own login out comes back by itself", async () => {
  const host = live.resource(hostKind, declared());
  const before = await host.up();
  const locking = { ...declared(), files: [{ path: "/etc/ssh/sshd_config.d/10-locked.conf", content: "DenyUsers admin\n", reloads: "ssh.service" }] };
  await expect(live.resource(hostKind, locking).up()).rejects.toThrow(/the host is as it was before/);
  expect(await host.read()).toEqual(before);
  await live.run(sh`[ ! -e /etc/ssh/sshd_config.d/10-locked.conf ]`);
});

it("PostgreSQL works whole in its sandbox: TLS, JIT, parallel query, extensions, tablespaces, dumps, pg_ctlcluster's fork", async () => {
  const host = live.resource(hostKind, { ...declared(), postgresql: { writablePaths: ["/srv/tablespaces"] } });
  await host.up();
  await live.run(sh`install -d -o postgres -g postgres -m 0700 /srv/tablespaces && pg_createcluster ${major} main --start-conf auto -- --data-checksums >/dev/null && cd ${configuration}
openssl req -x509 -newkey ed25519 -nodes -days 1 -subj /CN=h2 -keyout tls.key -out tls.crt 2>/dev/null && chown postgres tls.key && chmod 600 tls.key
printf "%s\\n" "ssl = on" "ssl_cert_file = '$PWD/tls.crt'" "ssl_key_file = '$PWD/tls.key'" "shared_preload_libraries = 'pgaudit'" "jit_above_cost = 0" "max_parallel_workers_per_gather = 4" "parallel_setup_cost = 0" "min_parallel_table_scan_size = 0" > conf.d/try.conf
systemctl start ${unit}`);
  const sql = (text: string): Promise<string> => live.run(sh`runuser -u postgres -- psql -X -At -v ON_ERROR_STOP=1 -c ${text}`);
  expect(await live.run(sh`systemctl is-active ${unit}; pg_lsclusters -h | awk '{print $4}'`)).toBe("active\nonline\n");
  await sql("create extension pgaudit");
  await sql("create tablespace other location '/srv/tablespaces'");
  await sql("create table t tablespace other as select g from generate_series(1, 200000) g");
  expect(await sql("select sum(sqrt(g))::int > 0 from t")).toBe("t\n");
  expect(await live.run(sh`runuser -u postgres -- pg_dump -Fc postgres | wc -c | awk '{ print ($1 > 1000) }'; runuser -u postgres -- pg_basebackup -D /srv/tablespaces/backup --tablespace-mapping=/srv/tablespaces=/srv/tablespaces/mapped -c fast 2>&1 | tail -1`)).toMatch(/^1\n/);
  expect(await live.run(sh`echo | openssl s_client -connect localhost:5432 -starttls postgres 2>/dev/null | grep -c 'BEGIN CERTIFICATE'`)).toBe("1\n");
  await live.run(sh`systemctl reload ${unit} && systemctl restart ${unit} && pg_ctlcluster ${major} main reload`);
  // What the sandbox is for: the server, even as a superuser's tool, cannot write outside, gain rights or see others.
  await live.run(sh`install -d -o postgres /srv/elsewhere`);
  await expect(sql("copy (select 1) to '/srv/elsewhere/out'")).rejects.toThrow(/Read-only file system/);
  await expect(sql(`copy (select 1) to '${configuration}/evil'`)).rejects.toThrow(/Read-only file system/);
  await live.run(sh`echo hidden > /home/admin/note; chmod 644 /home/admin/note; chmod 755 /home/admin`);
  await expect(sql("select pg_read_file('/home/admin/note')")).rejects.toThrow(/Permission denied|No such file/);
  expect(await live.run(sh`pid=$(systemctl show --property=MainPID --value ${unit}); awk '/^(NoNewPrivs|Seccomp|CapBnd):/ { print $1, $2 }' /proc/$pid/status; stat -c %U /proc/$pid`)).toBe("CapBnd: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\npostgres\n");
  expect((await host.up()).unsandboxed).toEqual([]);
  expect((await host.read())?.undeclared.sockets.filter((socket) => /5432/.test(socket))).toEqual([]);
});

it("an instance that runs without the newest sandbox is shown, and restarted only where that is declared", async () => {
  const wider = { ...declared(), postgresql: { writablePaths: ["/srv/tablespaces", "/srv/archive"] } };
  await live.run(sh`sleep 1.1`);
  expect((await live.resource(hostKind, wider).up()).unsandboxed).toEqual([`${unit}.service`]);
  const restarting = { ...declared(), postgresql: { writablePaths: ["/srv/tablespaces"], restartInstances: true } };
  await live.run(sh`sleep 1.1`);
  expect((await live.resource(hostKind, restarting).up()).unsandboxed).toEqual([]);
  expect(await live.run(sh`systemctl is-active ${unit}`)).toBe("active\n");
  await live.run(sh`pg_dropcluster --stop ${major} main`);
});

it("what is declared no more is taken back: files go, values and modes return, accounts are locked", async () => {
  await live.resource(hostKind, declared()).up();
  const less = { packages: postgresql, accounts: [{ name: "archiver", home: "/var/lib/archiver", uid: 2345 }], hardenKernel: false };
  await live.resource(hostKind, less).up();
  expect(await live.run(sh`cat /proc/sys/net/ipv4/tcp_keepalive_time /proc/sys/net/ipv4/conf/all/accept_redirects; ls /etc/pg /etc/motd 2>/dev/null; getent shadow deploy | cut -d: -f8`)).toBe("7200\n1\n/etc/pg:\n1\n");
  expect(await logsIn("deploy")).not.toBe("root");
  await live.resource(hostKind, declared()).up();
  expect(await logsIn("deploy")).toBe("root");
});

it("retiring leaves the packages and the way in, and nothing else of ours", async () => {
  const host = live.resource(hostKind, declared());
  await host.up();
  await host.retire();
  expect(await live.run(sh`cat /proc/sys/net/ipv4/conf/all/accept_redirects; ls ${HOST_PATHS.sandbox} ${HOST_PATHS.kernelParameters} ${HOST_PATHS.manifest} /etc/motd /etc/sudoers.d 2>/dev/null; dpkg-query -W -f='\${db:Status-Abbrev}\\n' ${`postgresql-${major}`}; getent shadow archiver | cut -d: -f8`))
    .toBe("1\n/etc/sudoers.d:\nREADME\nadmin\nii \n1\n");
  expect(await live.run(sh`id -un`)).toBe("root\n");
});
