import { declareConnection } from "../../src/declare/connection";
import { IssueCollector } from "../../src/declare/issue";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKvNqnGZqQYtxk9BmvOzcvHQ8oVVf2oO8eAy1aVYd0aT";
const PRIVATE = new Secret("-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n");
const good = { host: "db1.example", hostKeys: [KEY] };

function declared(value: unknown): { readonly connection: unknown; readonly paths: readonly string[]; readonly text: string } {
  const issues = new IssueCollector();
  const connection = declareConnection(value, issues);
  return { connection, paths: issues.issues.map(({ path }) => path), text: JSON.stringify(issues.issues) };
}

it.each([
  ["the least", good],
  ["IPv6, a jump host, a key with its passphrase", {
    ...good, host: "fd00::5", port: 2222, user: "admin", privateKey: PRIVATE, privateKeyPassword: new Secret("x"), perDialTimeout: 5, dialErrorLimit: 0,
    proxy: { host: "192.0.2.1", hostKeys: [`${KEY} jump`], agentSocketPath: "/run/user/0/agent" },
  }],
])("accepts %s", (_, value) => {
  expect(declared(value)).toMatchObject({ connection: value, paths: [] });
});

it.each([
  ["no pinned key", { host: "h" }, ["connection.hostKeys"]],
  ["an empty list of keys", { host: "h", hostKeys: [] }, ["connection.hostKeys"]],
  ["a fingerprint instead of a key", { host: "h", hostKeys: [KEY, "SHA256:abc"] }, ["connection.hostKeys[1]"]],
  ["options smuggled in as a host", { ...good, host: "-oProxyCommand=id" }, ["connection.host"]],
  ["a host with user and port", { ...good, host: "root@h:22" }, ["connection.host"]],
  ["a user with a newline", { ...good, user: "a\nProxyCommand id" }, ["connection.user"]],
  ["a path instead of a private key", { ...good, privateKey: new Secret("/home/deploy/.ssh/canary") }, ["connection.privateKey"]],
  ["a password", { ...good, password: "canary" }, ["connection.password"]],
  ["a proxy of a proxy", { ...good, proxy: { ...good, proxy: good } }, ["connection.proxy.proxy"]],
  ["several faults", { host: "", port: 70000, hostKeys: ["x"], proxy: { host: "p" } }, ["connection.host", "connection.hostKeys[0]", "connection.port", "connection.proxy.hostKeys"]],
])("refuses %s", (_, value, paths) => {
  const answer = declared(value);
  expect(answer.connection).toBeUndefined();
  expect(answer.paths).toEqual(paths);
});

it("waits for what is not known yet and shows no secret", () => {
  expect(declared({ ...good, host: UNKNOWN })).toEqual({ connection: undefined, paths: [], text: "[]" });
  expect(declared({ ...good, privateKey: new Secret("canary") }).text).not.toContain("canary");
});
