/** Bad declarations refused with path, allowed and remedy; ugly but legal ones taken as they are meant. */
import { declareHba } from "../../src/declare/hba";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { HBA_METHODS, type HbaMethod } from "../../src/model/hba-method";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";
import type { Connection } from "../../src/model/connection";

const CONNECTION: Connection = { host: "db.example", hostKeys: ["ssh-ed25519 AAAA"] };
const APP = { databases: "app", users: "app_rw", address: "10.0.0.0/24" };
const because = (...loosenings: readonly string[]): Record<string, string> => Object.fromEntries(loosenings.map((loosening) => [loosening, "a legacy client needs it"]));

function declare(inputs: Record<string, unknown>): { readonly declared: ReturnType<typeof declareHba>; readonly faults: readonly string[] } {
  const issues = new IssueCollector();
  const declared = declareHba({ connection: CONNECTION, instance: { major: 17 }, records: [], ...inputs }, CONNECTION, issues);
  return { declared, faults: issues.issues.map((issue) => `${issue.path}: ${issue.allowed}`) };
}

const record = (fields: Record<string, unknown>): Record<string, unknown> => ({ records: [{ ...APP, ...fields }] });

/** Title, inputs, and for every fault its path and a part of what is allowed. */
const BAD: readonly (readonly [string, Record<string, unknown>, ...(readonly [string, RegExp])[]])[] = [
  ["no records", { records: undefined }, ["records", /array/]],
  ["records that are no list", { records: "local all all trust" }, ["records", /array/]],
  ["an unknown property", { recrods: [] }, ["recrods", /documented properties/]],
  ["an unknown property of a record", record({ adress: "10.0.0.0/8" }), ["records[0].adress", /documented properties/]],
  ["an unknown major version", { instance: { major: 14 } }, ["instance.major", /15, 16, 17, 18/]],
  ["a line of the file", { records: ["host all all 0.0.0.0/0 trust"] }, ["records[0]", /object/]],
  ["an unknown type", record({ type: "hosts" }), ["records[0].type", /hostssl/]],
  ["a type in capitals", record({ type: "HOSTSSL" }), ["records[0].type", /hostssl/]],
  ["an address that is none", record({ address: "10.0.0.0/33" }), ["records[0].address", /network such as/]],
  ["five numbers", record({ address: "10.0.0.0.1/24" }), ["records[0].address", /network such as/]],
  ["a short IPv4 address", record({ address: "10.1/16" }), ["records[0].address", /network such as/]],
  ["leading zeros", record({ address: "010.0.0.0/8" }), ["records[0].address", /network such as/]],
  ["host bits", record({ address: "10.0.0.7/24" }), ["records[0].address", /network such as/]],
  ["host bits in IPv6", record({ address: "fd00::1/64" }), ["records[0].address", /network such as/]],
  ["an address without mask", record({ address: "10.0.0.7" }), ["records[0].address", /network such as/]],
  ["an IPv6 address with a zone", record({ address: "fe80::1%eth0/64" }), ["records[0].address", /network such as/]],
  ["IPv4 in IPv6", record({ address: "::ffff:10.0.0.0/104" }), ["records[0].address", /network such as/]],
  ["a host name with a mask", record({ address: "db.example/24" }), ["records[0].address", /network such as/]],
  ["a host name with a space", record({ address: "db example" }), ["records[0].address", /network such as/]],
  ["a keyword in capitals", record({ address: "SameNet" }), ["records[0].address", /samenet/]],
  ["an address with a newline", record({ address: "10.0.0.0/24\nhost all all all trust" }), ["records[0].address", /network such as/]],
  ["an empty address", record({ address: "" }), ["records[0].address", /network such as/]],
  ["a mask with a hole", record({ address: "10.0.0.0", netmask: "255.0.255.0" }), ["records[0].netmask", /ones before zeros/]],
  ["a mask of the other family", record({ address: "10.0.0.0", netmask: "ffff::" }), ["records[0].netmask", /family/]],
  ["a mask beside a prefix", record({ address: "10.0.0.0/24", netmask: "255.255.255.0" }), ["records[0].address", /single address/]],
  ["bits outside the mask", record({ address: "10.0.0.9", netmask: "255.255.255.0" }), ["records[0].address", /outside the mask/]],
  ["no address", record({ type: "hostssl", address: undefined }), ["records[0].address", /network such as/]],
  ["an address on the socket", record({ type: "local" }), ["records[0].address", /no address/]],
  ["an unknown method", record({ method: "scram" }), ["records[0].method", /scram-sha-256/]],
  ["cert without TLS", record({ type: "host", method: "cert" }), ["records[0].method", /for type host/]],
  ["peer from the network", record({ method: "peer" }), ["records[0].method", /for type hostssl/]],
  ["ident on the socket", { records: [{ databases: "app", users: "app", method: "ident" }] }, ["records[0].method", /for type local/]],
  ["gss on the socket", { records: [{ databases: "app", users: "app", method: "gss" }] }, ["records[0].method", /for type local/]],
  ["sspi, which Debian lacks", record({ method: "sspi" }), ["records[0].method", /Debian/]],
  ["bsd, which Debian lacks", record({ method: "bsd" }), ["records[0].method", /Debian/]],
  ["oauth before 18", record({ method: "oauth", options: { issuer: "https://id.example", scope: "db" } }), ["records[0].method", /PostgreSQL 17/]],
  ["an option of another method", record({ options: { ldapserver: "ldap.example" } }), ["records[0].options.ldapserver", /clientcert, clientname/]],
  ["an option nobody has", record({ method: "cert", options: { mapp: "x" } }), ["records[0].options.mapp", /map/]],
  ["clientcert without TLS", record({ type: "hostgssenc", options: { clientcert: "verify-full" } }), ["records[0].options.clientcert", /no options/]],
  ["an old value of clientcert", record({ options: { clientcert: "1" } }), ["records[0].options.clientcert", /verify-full/]],
  ["a weaker check than cert makes", record({ method: "cert", options: { clientcert: "verify-ca" } }), ["records[0].options.clientcert", /verify-full/]],
  ["a name that nothing compares", record({ options: { clientname: "DN" } }), ["records[0].options.clientname", /verify-full/]],
  ["a flag as text", record({ method: "gss", options: { include_realm: "1" } }), ["records[0].options.include_realm", /boolean/]],
  ["ldap without server and base", record({ method: "ldap", options: { ldaptls: true } }), ["records[0].options.ldapbasedn", /ldapprefix/], ["records[0].options.ldapserver", /server/]],
  ["both ways of ldap", record({ method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapprefix: "u=", ldapbasedn: "dc=x" } }), ["records[0].options.ldapbasedn", /either/]],
  ["attribute and filter", record({ method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapbasedn: "dc=x", ldapsearchattribute: "uid", ldapsearchfilter: "(uid=$username)" } }), ["records[0].options.ldapsearchfilter", /either/]],
  ["StartTLS inside TLS", record({ method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapscheme: "ldaps", ldapbasedn: "dc=x" } }), ["records[0].options.ldaptls", /either/]],
  ["URL and server", record({ method: "ldap", options: { ldapurl: "ldaps://l/dc=x", ldapserver: "l" } }), ["records[0].options.ldapserver", /either/]],
  ["a URL that is none", record({ method: "ldap", options: { ldapurl: "http://l/dc=x" }, allowInsecure: because("plain-backend") }), ["records[0].options.ldapurl", /ldap:/]],
  ["a port out of range", record({ method: "ldap", options: { ldapserver: "l", ldapport: 70000, ldaptls: true, ldapbasedn: "dc=x" } }), ["records[0].options.ldapport", /65535/]],
  ["radius without secrets", record({ method: "radius", options: { radiusservers: ["r.example"] }, allowInsecure: because("plain-backend") }), ["records[0].options.radiussecrets", /needs/]],
  ["too few secrets", record({ method: "radius", options: { radiusservers: ["a", "b", "c"], radiussecrets: new Secret(["x", "y"]) }, allowInsecure: because("plain-backend") }), ["records[0].options.radiussecrets", /one element, or 3/]],
  ["a map nobody declares", record({ method: "cert", options: { map: "people" } }), ["records[0].options.map", /identMappings/]],
  ["no users", record({ users: [] }), ["records[0].users", /at least one/]],
  ["no databases", record({ databases: undefined }), ["records[0].databases", /a text/]],
  ["a user twice", record({ users: ["app", "other", "app"] }), ["records[0].users[2]", /once/]],
  ["users in one text", record({ users: "app,other" }), ["records[0].users", /one name per element/]],
  ["quotes of the file's own", record({ users: '"app"' }), ["records[0].users", /without quotes/]],
  ["a keyword in another case", record({ databases: "ALL" }), ["records[0].databases", /lower case/]],
  ["a name with a newline", record({ users: "app\nlocal all all trust" }), ["records[0].users", /newline/]],
  ["a name with NUL", record({ users: { name: "app\0" } }), ["records[0].users", /NUL/]],
  ["half of a Unicode pair", record({ users: "app\ud800" }), ["records[0].users", /name of 1 to 63/]],
  ["a name of 64 bytes", record({ users: "a".repeat(64) }), ["records[0].users", /63 bytes/]],
  ["a name of 62 letters in 64 bytes", record({ users: `${"a".repeat(60)}éé` }), ["records[0].users", /63 bytes/]],
  ["an empty name", record({ users: "" }), ["records[0].users", /63 bytes/]],
  ["a group without name", record({ users: "+" }), ["records[0].users", /63 bytes/]],
  ["a group of databases", record({ databases: "+app" }), ["records[0].databases", /database/]],
  ["a name with a slash first", record({ users: { name: "/app" } }), ["records[0].users", /slash/]],
  ["an empty expression", record({ users: "/" }), ["records[0].users", /regular expression/]],
  ["an expression before 16", { instance: { major: 15 }, ...record({ users: "/^app" }) }, ["records[0].users", /before PostgreSQL 16/]],
  ["an include before 16", { instance: { major: 15 }, records: [{ type: "include", target: "x.conf", allowInsecure: because("unmanaged-file") }] }, ["records[0].type", /PostgreSQL 15/]],
  ["an include without a reason", { records: [{ type: "include", target: "x.conf" }] }, ["records[0].target", /not declared here/]],
  ["a file of names without a reason", record({ users: "@users.list" }), ["records[0].users", /not declared here/]],
  ["a comment of two lines", record({ comment: "one\ntwo" }), ["records[0].comment", /one line/]],
  ["a comment that continues", record({ comment: "path C:\\" }), ["records[0].comment", /backslash/]],
  ["a comment with a password", record({ comment: "was ldapbindpasswd=geheim" }), ["records[0].comment", /secret/]],
  ["trust", record({ method: "trust" }), ["records[0].method", /any proof/]],
  ["trust on the socket", { records: [{ databases: "app", users: "app", method: "trust" }] }, ["records[0].method", /any proof/]],
  ["md5", record({ method: "md5" }), ["records[0].method", /MD5/]],
  ["password", record({ method: "password" }), ["records[0].method", /see the password/]],
  ["ident", record({ method: "ident" }), ["records[0].method", /client's machine/]],
  ["no TLS", record({ type: "host" }), ["records[0].type", /without TLS/]],
  ["no TLS by name", record({ type: "hostnossl" }), ["records[0].type", /without TLS/]],
  ["every IPv4 address", record({ address: "0.0.0.0/0" }), ["records[0].address", /private network/]],
  ["half of all addresses", record({ address: "128.0.0.0/1" }), ["records[0].address", /private network/]],
  ["every IPv6 address", record({ address: "::/0" }), ["records[0].address", /private network/]],
  ["every address", record({ address: "all" }), ["records[0].address", /private network/]],
  ["a host name", record({ address: "client.example" }), ["records[0].address", /reverse lookup/]],
  ["every user", record({ users: "all" }), ["records[0].users", /superusers/]],
  ["the superuser", record({ users: ["app", "postgres"] }), ["records[0].users", /postgres/]],
  ["an expression that may match the superuser", record({ users: "/^(app|post)" }), ["records[0].users", /postgres/]],
  ["an unanchored expression", record({ users: "/app" }), ["records[0].users", /postgres/]],
  ["the realm taken off", record({ method: "gss", options: { include_realm: false } }), ["records[0].options.include_realm", /realm/]],
  ["ldap without TLS", record({ method: "ldap", options: { ldapserver: "l", ldapbasedn: "dc=x" } }), ["records[0].options", /without TLS/]],
  ["trust and more, all at once", record({ type: "host", method: "trust", address: "0.0.0.0/0", users: "all" }),
    ["records[0].address", /private/], ["records[0].method", /proof/], ["records[0].type", /TLS/], ["records[0].users", /superusers/]],
  ["a reason for something else", record({ method: "trust", allowInsecure: because("md5") }), ["records[0].allowInsecure.md5", /reasons for trust/], ["records[0].method", /proof/]],
  ["a reason that nothing needs", record({ allowInsecure: because("plaintext") }), ["records[0].allowInsecure.plaintext", /nothing here is loosened/]],
  ["a reason without words", record({ method: "md5", allowInsecure: { md5: "yes" } }), ["records[0].allowInsecure.md5", /10 characters/]],
  ["a reason by a wrong name", record({ allowInsecure: because("everything") }), ["records[0].allowInsecure.everything", /nothing/]],
  ["a record twice", { records: [APP, APP] }, ["records[1]", /records\[0\] has the same/]],
  ["a repetition with another method", { records: [APP, { ...APP, method: "cert" }] }, ["records[1]", /records\[0\] has the same/]],
  ["a record inside an earlier one", { records: [{ ...APP, address: "10.0.0.0/16" }, { ...APP, address: "10.0.7.0/24" }] }, ["records[1]", /records\[0\] already matches/]],
  ["a record inside two halves", { records: [{ ...APP, address: "10.0.0.0/25" }, { ...APP, address: "10.0.0.128/25" }, APP] }, ["records[2]", /records\[0\] and records\[1\] already match/]],
  ["a record inside types and users together", { records: [
    { ...APP, type: "host", allowInsecure: because("plaintext"), users: ["app_rw", "app_ro"] }, { ...APP, users: "app_ro" }] }, ["records[1]", /records\[0\]/]],
  ["a record that shadows all others", { records: [{ ...APP, users: "all", databases: "all", type: "host", address: "all", method: "reject" }, APP, { ...APP, users: "other" }] },
    ["records[0]", /leaves something/], ["records[1]", /records\[0\]/], ["records[2]", /records\[0\]/]],
  ["local administration by other means", { records: [{ databases: "all", users: "postgres", method: "scram-sha-256" }] }, ["records[0]", /built-in/]],
  ["a mapping without system name", { identMappings: [{ mapName: "m", databaseUsername: "app" }] }, ["identMappings[0].systemUsername", /a text/]],
  ["a mapping to everybody", { identMappings: [{ mapName: "m", systemUsername: "root", databaseUsername: "all" }] }, ["identMappings[0].databaseUsername", /superusers/]],
  ["a mapping to the superuser", { identMappings: [{ mapName: "m", systemUsername: "root", databaseUsername: "postgres" }] }, ["identMappings[0].databaseUsername", /postgres/]],
  ["an unanchored mapping", { identMappings: [{ mapName: "m", systemUsername: "/@example", databaseUsername: "app" }] }, ["identMappings[0].systemUsername", /contain the pattern/]],
  ["alternatives that escape the anchors", { identMappings: [{ mapName: "m", systemUsername: "/^a|b$", databaseUsername: "app" }] }, ["identMappings[0].systemUsername", /contain the pattern/]],
  ["a capture that is not there", { identMappings: [{ mapName: "m", systemUsername: "/^.*$", databaseUsername: "\\1" }] }, ["identMappings[0].systemUsername", /parentheses/]],
  ["a capture without an expression", { identMappings: [{ mapName: "m", systemUsername: "app", databaseUsername: "\\1" }] }, ["identMappings[0].databaseUsername", /expression/]],
  ["a group in a mapping before 16", { instance: { major: 15 }, identMappings: [{ mapName: "m", systemUsername: "app", databaseUsername: "+app" }] }, ["identMappings[0].databaseUsername", /before PostgreSQL 16/]],
  ["a mapping twice", { identMappings: [{ mapName: "m", systemUsername: "a", databaseUsername: "b" }, { mapName: "m", systemUsername: "a", databaseUsername: "b" }] }, ["identMappings[1]", /identMappings\[0\]/]],
  ["a proof without command", { proofs: [{ title: "logging in", command: " " }] }, ["proofs[0].command", /shell command/]],
  ["a guard of a day", { guardSeconds: 86400 }, ["guardSeconds", /600/]],
  ["faults in several records", { records: [{ ...APP, method: "trust" }, { ...APP, address: "10.0.0.0/40" }, { ...APP, users: "" }] },
    ["records[0].method", /proof/], ["records[1].address", /network/], ["records[2].users", /63 bytes/]],
];

it.each(BAD.map(([title, inputs, ...expected]) => [title, inputs, expected] as const))("refuses %s", (_, inputs, expected) => {
  const { declared, faults } = declare(inputs);
  expect(declared).toBeUndefined();
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual(expected.map(([path]) => path));
  expected.forEach(([, allowed], index) => expect(faults[index]).toMatch(allowed));
});

it("never prints a secret, not even a faulty one", () => {
  const issues = new IssueCollector();
  declareHba({ instance: { major: 17 }, records: [
    { ...APP, method: "ldap", options: { ldapbindpasswd: new Secret("geheim\n1"), ldapserver: "l", ldapprefix: "x" } },
    { ...APP, users: "b", method: "ldap", options: { ldapbindpasswd: new Secret("geheim2"), ldapserver: "l", ldapprefix: "x" } },
    { ...APP, users: "c", options: { ldapbindpasswd: "geheim3" } },
    { ...APP, users: "d", method: "radius", options: { radiusservers: ["a", "b", "c"], radiussecrets: new Secret(["geheim4", "geheim5"]) } },
  ] }, CONNECTION, issues);
  expect(issues.issues.length).toBeGreaterThan(3);
  expect(issues.issues.map(formatIssue).join("\n")).not.toMatch(/geheim/);
});

const keyword = (word: string): unknown => ({ kind: "keyword", keyword: word });
const name = (text: string): unknown => ({ kind: "name", name: text });

const UGLY: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
  ["the least one can write", { databases: "app", users: "app_rw", address: "10.0.0.0/24" }, { type: "hostssl", method: "scram-sha-256", address: { kind: "network", network: "10.0.0.0/24" }, users: [name("app_rw")] }],
  ["the least on the socket", { databases: "app", users: "app" }, { type: "local", method: "peer" }],
  ["names that are keywords", { ...APP, databases: [{ name: "all" }, { name: "replication" }, "sameuser"] }, { databases: [name("all"), name("replication"), keyword("sameuser")] }],
  ["a user called like a database keyword", { ...APP, users: "sameuser" }, { users: [name("sameuser")] }],
  ["names with everything", { ...APP, users: ["my app", 'we"ird', "back\\slash", "#hash", "Ünïcode", "'; DROP", "$(reboot)", { name: "a,b" }, { name: "+plus" }, { name: "@at" }, { name: '"quoted"' }, { name: " x " }] },
    { users: ["my app", 'we"ird', "back\\slash", "#hash", "Ünïcode", "'; DROP", "$(reboot)", "a,b", "+plus", "@at", '"quoted"', " x "].map(name) }],
  ["63 bytes", { ...APP, users: "é".repeat(31) + "a" }, { users: [name("é".repeat(31) + "a")] }],
  ["groups with spaces", { ...APP, users: "+my readers" }, { users: [{ kind: "member", role: "my readers" }] }],
  ["an expression that cannot be the superuser", { ...APP, users: "/^app_[0-9]+$" }, { users: [{ kind: "regex", regex: "^app_[0-9]+$" }] }],
  ["a single address", { ...APP, address: "192.0.2.7/32" }, { address: { kind: "network", network: "192.0.2.7/32" } }],
  ["IPv6 in a long spelling", { ...APP, address: "FD00:0:0::/64" }, { address: { kind: "network", network: "fd00::/64" } }],
  ["address and mask", { ...APP, address: "10.0.0.0", netmask: "255.255.240.0" }, { address: { kind: "network", network: "10.0.0.0/20" } }],
  ["loopback without TLS", { ...APP, type: "host", address: "127.0.0.1/32" }, { type: "host" }],
  ["a refusal of everybody", { databases: ["all", "replication"], users: "all", type: "host", address: "all", method: "reject" }, { method: "reject" }],
  ["every loosening, for reasons", { databases: "all", users: "all", type: "host", address: "0.0.0.0/0", method: "md5", allowInsecure: because("plaintext", "any-address", "any-user", "md5") }, { method: "md5" }],
  ["a secret", { ...APP, method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapbasedn: "dc=x, dc=y", ldapbindpasswd: new Secret("geheim") } },
    { options: [{ name: "ldapserver", value: "l" }, { name: "ldaptls", value: "1" }, { name: "ldapbasedn", value: "dc=x, dc=y" }, { name: "ldapbindpasswd", value: new Secret("geheim") }] }],
  ["a domain, for a reason", { ...APP, address: ".clients.example", allowInsecure: because("host-name") }, { address: { kind: "name", name: ".clients.example" } }],
];

it.each(UGLY)("takes %s", (_, args, expected) => {
  const { declared, faults } = declare({ records: [args] });
  expect(faults).toEqual([]);
  expect(declared?.records[0]).toMatchObject(expected);
});

it("a slash means itself before 16", () => {
  expect(declare({ instance: { major: 15 }, records: [{ ...APP, users: { name: "/app" } }] }).declared?.records[0]).toMatchObject({ users: [name("/app")] });
});

it("takes mappings by name, group, expression and capture", () => {
  const { declared, faults } = declare({
    records: [{ ...APP, method: "cert", options: { map: "people" } }],
    identMappings: [
      { mapName: "people", systemUsername: "/^(.*)@example\\.org$", databaseUsername: "\\1", comment: "by their mail" },
      { mapName: "people", systemUsername: "CN=Ann Other, O=x", databaseUsername: "ann" },
      { mapName: "people", systemUsername: "ops", databaseUsername: "+operators" },
      { mapName: "local admins", systemUsername: "root", databaseUsername: "postgres", allowInsecure: because("superuser") },
    ],
  });
  expect(faults).toEqual([]);
  expect(declared?.identMappings).toHaveLength(4);
  expect(declared?.identMappings[0]).toEqual({ mapName: "people", systemUsername: { kind: "regex", regex: "^(.*)@example\\.org$" }, databaseUsername: name("\\1"), comment: "by their mail" });
});

it("waits for what a preview does not know, and still reports the rest", () => {
  expect(declare({ records: [{ ...APP, address: UNKNOWN }, APP] })).toEqual({ declared: undefined, faults: [] });
  expect(declare({ records: [{ ...APP, address: UNKNOWN, method: "trust", users: "" }, { ...APP, address: "x/y" }] }).faults).toHaveLength(2);
  expect(declare({ records: [{ ...APP, users: [{ name: UNKNOWN }, UNKNOWN], options: { clientcert: UNKNOWN }, comment: UNKNOWN, allowInsecure: UNKNOWN }] })).toEqual({ declared: undefined, faults: [] });
  expect(declare({ records: UNKNOWN })).toEqual({ declared: undefined, faults: [] });
  expect(declare({ records: [{ ...APP, method: "cert", options: { map: "m" } }], identMappings: [{ mapName: UNKNOWN, systemUsername: "a", databaseUsername: "b" }] }).faults).toEqual([]);
});

it("takes every method that Debian has with what it needs", () => {
  const options: Partial<Record<HbaMethod, Record<string, unknown>>> = {
    ldap: { ldapurl: "ldaps://ldap.example/dc=x?uid" },
    radius: { radiusservers: ["r.example"], radiussecrets: new Secret(["x"]), radiusports: [1812], radiusidentifiers: ["pg"] },
    oauth: { issuer: "https://id.example", scope: "db", validator: "v" },
    pam: { pamservice: "pg", pam_use_hostname: false },
    gss: { krb_realm: "EXAMPLE.ORG", include_realm: true },
  };
  const reasons: Partial<Record<HbaMethod, string>> = { trust: "trust", password: "password", md5: "md5", ident: "ident", radius: "plain-backend" };
  for (const method of (Object.keys(HBA_METHODS) as HbaMethod[]).filter((candidate) => !["peer", "sspi", "bsd"].includes(candidate))) {
    const loosening = reasons[method];
    const { faults } = declare({ instance: { major: 18 }, records: [{ ...APP, method, ...(options[method] === undefined ? {} : { options: options[method] }), ...(loosening === undefined ? {} : { allowInsecure: because(loosening) }) }] });
    expect([method, faults]).toEqual([method, []]);
  }
});
