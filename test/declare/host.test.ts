/** Bad hosts refused with path and what is allowed; ugly but legal ones taken as they are meant. */
import { IssueCollector } from "../../src/declare/issue";
import { declareHost, type HostDeclaration } from "../../src/declare/host";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";

type Inputs = Record<string, unknown>;
const connection = { host: "db.example.org", user: "admin", hostKeys: ["ssh-ed25519 AAAA"] };
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlZ0f3YjV7f4hPyvJmE3n2J0W7o1m2b8Y9kQ0c5X6Zz";
const account = (fields: Inputs): Inputs => ({ accounts: [{ name: "deploy", ...fields }] });
const file = (fields: Inputs): Inputs => ({ files: [{ path: "/etc/motd", content: "hello\n", ...fields }] });

function declare(inputs: Inputs): { readonly declared: HostDeclaration | undefined; readonly faults: readonly string[] } {
  const issues = new IssueCollector();
  const declared = declareHost(inputs, connection, issues);
  return { declared, faults: issues.issues.map((issue) => `${issue.path}: ${issue.allowed}`) };
}

/** Title, inputs, and for every fault its path and a part of what is allowed. */
const BAD: readonly (readonly [string, Inputs, ...(readonly [string, RegExp])[]])[] = [
  ["an unknown property", { package: [] }, ["package", /documented properties/]],
  ["packages that are no list", { packages: "postgresql-17" }, ["packages", /array/]],
  ["a package in capitals", { packages: ["PostgreSQL"] }, ["packages[0]", /Debian package name/]],
  ["a package that apt would remove", { packages: ["sudo-"] }, ["packages[0]", /not ending in a dash/]],
  ["an option in a package's place", { packages: ["--allow-unauthenticated"] }, ["packages[0]", /Debian package name/]],
  ["a package with its version behind it", { packages: ["postgresql-17=17.6"] }, ["packages[0]", /Debian package name/]],
  ["a package with shell in it", { packages: ["a;reboot"] }, ["packages[0]", /Debian package name/]],
  ["a version that is none", { packages: [{ name: "nftables", version: "latest" }] }, ["packages[0].version", /Debian version/]],
  ["a package twice", { packages: ["nftables", { name: "nftables" }] }, ["packages[1]", /packages\[0\] does not declare/]],
  ["root", account({ name: "root" }), ["accounts[0].name", /other than root/]],
  ["an account with a blank", account({ name: "my account" }), ["accounts[0].name", /lower-case/]],
  ["an account with a colon", account({ name: "a:b" }), ["accounts[0].name", /lower-case/]],
  ["an account with a newline", account({ name: "a\nb" }), ["accounts[0].name", /lower-case/]],
  ["an option in an account's place", account({ name: "-o" }), ["accounts[0].name", /lower-case/]],
  ["an account too long", account({ name: "a".repeat(32) }), ["accounts[0].name", /1 to 31/]],
  ["root's number", account({ uid: 0 }), ["accounts[0].uid", /at least 100/]],
  ["a number twice", { accounts: [{ name: "a", uid: 2000 }, { name: "b", uid: 2000 }] }, ["accounts[1]", /accounts\[0\] does not declare/]],
  ["an account twice", { accounts: [{ name: "a" }, { name: "a" }] }, ["accounts[1]", /accounts\[0\] does not declare/]],
  ["a home that climbs", account({ home: "/home/../root" }), ["accounts[0].home", /without \.\./]],
  ["a home that is relative", account({ home: "home" }), ["accounts[0].home", /absolute path/]],
  ["a key that is none", account({ authorizedKeys: ["my key"] }), ["accounts[0].authorizedKeys[0]", /line of authorized_keys/]],
  ["a key of two lines", account({ authorizedKeys: [`${KEY} a\n${KEY} b`] }), ["accounts[0].authorizedKeys[0]", /line of authorized_keys/]],
  ["a private key", account({ authorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] }), ["accounts[0].authorizedKeys[0]", /line of authorized_keys/]],
  ["a DSA key", account({ authorizedKeys: [`ssh-dss ${KEY.split(" ")[1] ?? ""}`] }), ["accounts[0].authorizedKeys[0]", /line of authorized_keys/]],
  ["keys without a shell", account({ authorizedKeys: [KEY], shell: "/usr/sbin/nologin" }), ["accounts[0].shell", /a shell, since/]],
  ["our own login without a shell", account({ name: "admin" }), ["accounts[0].shell", /lets the account log in/]],
  ["our own login without a key", account({ name: "admin", shell: "/bin/bash", authorizedKeys: [] }), ["accounts[0].authorizedKeys", /at least one key/]],
  ["a password", account({ password: "secret" }), ["accounts[0].password", /documented properties/]],
  ["sudo in other words", account({ sudo: "yes" }), ["accounts[0].sudo", /"none", "all"/]],
  ["a group with a comma", account({ groups: ["a,b"] }), ["accounts[0].groups[0]", /lower-case/]],
  ["a group's number too small", { groups: [{ name: "dba", gid: 4 }] }, ["groups[0].gid", /at least 100/]],
  ["a pattern of kernel parameters", { kernelParameters: { "net.ipv4.conf.*.rp_filter": 1 } }, ["kernelParameters[\"net.ipv4.conf.*.rp_filter\"]", /without patterns|name of a kernel parameter/]],
  ["a path out of /proc/sys", { kernelParameters: { "a./../../etc/passwd": 1 } }, ["kernelParameters[\"a./../../etc/passwd\"]", /name of a kernel parameter/]],
  ["a kernel parameter without dots", { kernelParameters: { ip_forward: 1 } }, ["kernelParameters.ip_forward", /name of a kernel parameter/]],
  ["a kernel value of two lines", { kernelParameters: { "net.ipv4.ip_forward": "0\nkernel.panic = 1" } }, ["kernelParameters[\"net.ipv4.ip_forward\"]", /one line/]],
  ["a kernel value that is a list", { kernelParameters: { "net.ipv4.ip_forward": [0] } }, ["kernelParameters[\"net.ipv4.ip_forward\"]", /number or text/]],
  ["a relative file", file({ path: "etc/motd" }), ["files[0].path", /absolute path/]],
  ["a file that climbs", file({ path: "/etc/../etc/passwd" }), ["files[0].path", /without \.\./]],
  ["a file with a blank", file({ path: "/etc/my file" }), ["files[0].path", /absolute path/]],
  ["a directory", file({ path: "/etc/" }), ["files[0].path", /slash at its end/]],
  ["the password file", file({ path: "/etc/passwd" }), ["files[0].path", /nothing else writes/]],
  ["an instance's file", file({ path: "/etc/postgresql/17/main/pg_hba.conf" }), ["files[0].path", /nothing else writes/]],
  ["the firewall's file", file({ path: "/etc/pgrampart/pgrampart.nft" }), ["files[0].path", /nothing else writes/]],
  ["a file of the kernel", file({ path: "/proc/sys/net/ipv4/ip_forward" }), ["files[0].path", /nothing else writes/]],
  ["a file that is gone after a boot", file({ path: "/run/x" }), ["files[0].path", /nothing else writes/]],
  ["a file twice", { files: [{ path: "/etc/a", content: "" }, { path: "/etc/a", content: "" }] }, ["files[1].path", /files\[0\] does not own/]],
  ["an account's key file", { ...account({ authorizedKeys: [KEY] }), ...file({ path: "/home/deploy/.ssh/authorized_keys" }) }, ["files[0].path", /accounts\[0\]\.authorizedKeys does not own/]],
  ["a file that everyone writes", file({ mode: "0666" }), ["files[0].mode", /does not let everyone write/]],
  ["a set-uid file", file({ mode: "4755" }), ["files[0].mode", /four octal digits/]],
  ["a mode in words", file({ mode: "rw-r--r--" }), ["files[0].mode", /four octal digits/]],
  ["a mode as a number", file({ mode: 0o644 }), ["files[0].mode", /string/]],
  ["content that is no text", file({ content: { a: 1 } }), ["files[0].content", /text of the file/]],
  ["content with a NUL", file({ content: "a\0b" }), ["files[0].content", /without NUL/]],
  ["an owner with a colon", file({ owner: "root:root" }), ["files[0].owner", /account or group/]],
  ["a unit without suffix", { services: [{ unit: "ssh", enabled: true }] }, ["services[0].unit", /suffix/]],
  ["SSH off", { services: [{ unit: "ssh.service", enabled: false }] }, ["services[0].unit", /other than SSH's|unit other than/]],
  ["SSH stopped", { services: [{ unit: "sshd.service", running: false }] }, ["services[0].unit", /unit other than/]],
  ["a unit twice", { services: [{ unit: "a.service" }, { unit: "a.service" }] }, ["services[1]", /services\[0\] does not declare/]],
  ["programs to write to for PostgreSQL", { postgresql: { writablePaths: ["/usr/lib/postgresql"] } }, ["postgresql.writablePaths[0]", /directory of data/]],
  ["everything to write to for PostgreSQL", { postgresql: { writablePaths: ["/"] } }, ["postgresql.writablePaths[0]", /absolute path/]],
  ["an unknown property of postgresql", { postgresql: { version: 17 } }, ["postgresql.version", /documented properties/]],
  ["a word for a switch", { hardenKernel: "no" }, ["hardenKernel", /boolean/]],
  ["faults everywhere", { packages: ["A"], ...account({ name: "B", home: "x" }), ...file({ path: "c", mode: "9" }), hardenFileModes: 1 },
    ["accounts[0].home", /path/], ["accounts[0].name", /letters/], ["files[0].mode", /octal/], ["files[0].path", /path/], ["hardenFileModes", /boolean/], ["packages[0]", /package/]],
];

it.each(BAD)("refuses %s", (_, inputs, ...expected) => {
  const { declared, faults } = declare(inputs as Inputs);
  const wanted = expected as unknown as (readonly [string, RegExp])[];
  expect(declared).toBeUndefined();
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual(wanted.map(([path]) => path));
  wanted.forEach(([, allowed], index) => expect(faults[index]).toMatch(allowed));
});

it.each<[string, Inputs, (declaration: HostDeclaration) => unknown, unknown]>([
  ["nothing at all", {}, ({ postgresql, hardenKernel }) => [postgresql.sandbox, postgresql.createMainCluster, hardenKernel], [true, false, true]],
  ["packages with signs", { packages: ["g++", "libc6", "0install.core"] }, ({ packages }) => packages.map(({ name }) => name), ["g++", "libc6", "0install.core"]],
  ["a version with an epoch", { packages: [{ name: "nginx", version: "1:1.2~rc1-3+deb13u1" }] }, ({ packages }) => packages[0]?.version, "1:1.2~rc1-3+deb13u1"],
  ["an account without keys, which cannot log in", account({}), ({ accounts }) => [accounts[0]?.shell, accounts[0]?.group], ["/usr/sbin/nologin", "deploy"]],
  ["keys with options and comments", account({ authorizedKeys: [`from="10.0.0.0/8",no-pty ${KEY} somebody's key "x"`] }), ({ accounts }) => accounts[0]?.shell, "/bin/bash"],
  ["a parameter of an interface with a dot", { kernelParameters: { "net.ipv4.conf.eth0/100.rp_filter": 2 } }, ({ kernelParameters }) => kernelParameters, [{ name: "net.ipv4.conf.eth0/100.rp_filter", value: "2" }]],
  ["a value of several numbers", { kernelParameters: { "net.ipv4.tcp_rmem": "4096\t131072  6291456" } }, ({ kernelParameters }) => kernelParameters[0]?.value, "4096 131072 6291456"],
  ["a secret file with everything in it", file({ content: new Secret("'\"$(id)`\\\n\u001e"), mode: "0600" }), ({ files }) => String(files[0]?.content), "[secret]"],
  ["an empty file", file({ content: "" }), ({ files }) => files[0]?.content, ""],
  ["the login account, with a shell", account({ name: "admin", shell: "/bin/bash" }), ({ accounts }) => accounts[0]?.name, "admin"],
])("takes %s", (_, inputs, look, expected) => {
  const { declared, faults } = declare(inputs);
  expect(faults).toEqual([]);
  expect(declared === undefined ? undefined : look(declared)).toEqual(expected);
});

it("shows no secret in a fault", () => {
  const issues = new IssueCollector();
  declareHost(file({ content: new Secret("the-secret\0") }), connection, issues);
  expect(JSON.stringify(issues.issues)).not.toMatch(/the-secret/);
});

it("waits for values that a preview does not know yet", () => {
  expect(declare({ packages: UNKNOWN, ...file({ content: UNKNOWN }), ...account({ authorizedKeys: [UNKNOWN] }) })).toEqual({ declared: undefined, faults: [] });
});
