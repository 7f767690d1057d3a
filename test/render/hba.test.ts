/** Exact bytes, locked by files a reviewer can read. */
import { declareHba } from "../../src/declare/hba";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import type { DesiredHba } from "../../src/model/hba-state";
import { reveal, Secret } from "../../src/model/secret";
import { digestHba, hbaFiles, spellRow } from "../../src/render/hba";
import { resolveHba } from "../../src/resolve/hba";
import { expectGolden } from "../support/golden";

const APP = { databases: "app", users: "app_rw", address: "10.0.0.0/24" };

function desired(args: Record<string, unknown>): DesiredHba {
  const issues = new IssueCollector();
  const declaration = declareHba({ instance: { major: 17 }, ...args }, { host: "db", hostKeys: ["ssh-ed25519 AAAA"] }, issues);
  if (declaration === undefined) {
    throw new Error(issues.issues.map(formatIssue).join("\n"));
  }
  return resolveHba(declaration);
}

const CASES: Readonly<Record<string, Record<string, unknown>>> = {
  closed: { records: [] },
  small: { records: [APP] },
  failover: {
    records: [
      { databases: "replication", users: "pgautofailover_replicator", address: "10.0.1.0/28", method: "cert", options: { map: "pgautofailover" }, comment: "the standby of either node" },
      { databases: ["app", "postgres"], users: "pgautofailover_monitor", address: "10.0.1.9/32", method: "cert", comment: "health checks of the monitor" },
      { ...APP, options: { clientcert: "verify-full" } },
      { databases: "app", users: "+readers", address: "fd00:0:0:10::/64" },
    ],
    identMappings: [
      { mapName: "pgautofailover", systemUsername: "postgres", databaseUsername: "pgautofailover_replicator" },
      { mapName: "people", systemUsername: "/^(.*)@example\\.org$", databaseUsername: "\\1", comment: "by their mail" },
    ],
  },
  ugly: {
    records: [
      { databases: [{ name: "all" }, "my db", { name: "a,b" }], users: ['we"ird', { name: "+plus" }, { name: "@at" }, "back\\slash", "#hash", "Größe"], address: "10.0.0.0/24" },
      { databases: "/^tenant_[0-9]+$", users: "+group with space", address: "samenet" },
      { databases: "all", users: "/^(a|b),c$", address: ".clients.example", allowInsecure: { "host-name": "the clients have no network", superuser: "an expression for a test" } },
      { type: "include", target: "/etc/other tool/pg hba.conf", allowInsecure: { "unmanaged-file": "kept by another tool" } },
    ],
  },
};

it.each(Object.keys(CASES))("renders %s as in its golden files", (name) => {
  for (const file of hbaFiles(desired(CASES[name] ?? {}))) {
    expectGolden(`hba/${name}.${file.path.slice(file.path.lastIndexOf("/") + 1)}`, reveal(file.content));
    expect(file).toMatchObject({ owner: "root", group: "postgres", mode: "0640" });
  }
});

const LDAP = { ...APP, method: "ldap", options: { ldapserver: "l", ldaptls: true, ldapbasedn: "dc=x, dc=y", ldapbindpasswd: new Secret("geheim") } };

it("content with a shared secret is a Secret; rows and digests do not give it away", () => {
  const [file] = hbaFiles(desired({ records: [LDAP] }));
  const [other] = hbaFiles(desired({ records: [{ ...LDAP, options: { ...LDAP.options, ldapbindpasswd: new Secret("anders") } }] }));
  expect(file?.content).toBeInstanceOf(Secret);
  expect(reveal(file?.content)).toContain("ldapbasedn=\"dc=x, dc=y\" ldapbindpasswd=geheim");
  expect(digestHba(reveal(file?.content) ?? "")).toBe(digestHba(reveal(other?.content) ?? ""));
  const row = { type: "local", databases: ["a"], users: ["b"], method: "ldap", options: { ldapserver: "l", ldapbindpasswd: new Secret("geheim") } };
  expect(spellRow(row)).toBe("local a b ldap ldapserver=l ldapbindpasswd=[secret]");
  expect(spellRow(row, true)).toContain("geheim");
});
