/**
 * The same declarations through a user's own `postgresql.Provider`: its real plugin, over mutual TLS, against a server
 * that pgrampart made. What that provider cannot express is refused before anything is sent.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inClient } from "../../src/lab/lab";
import type { LabInventory } from "../../src/lab/inventory";
import { ended, ROOT, Stack } from "../support/stack";

const LAB = "interop";
const PASSWORD = "canary-interop-4b1f";

const PROGRAM = `
const fs = require("fs");
const postgresql = require("@pulumi/postgresql");
const pulumi = require("@pulumi/pulumi");
const { ClientCertificate, Grants, HardenedCluster, Roles } = require("pgrampart");
const { connection, privateKey, more } = JSON.parse(fs.readFileSync("program.json", "utf8"));
const control = ["10.77.1.0/24"];
const cluster = new HardenedCluster("shop", {
  connection: { ...connection, privateKey: pulumi.secret(fs.readFileSync(privateKey, "utf8")) },
  addresses: [connection.host],
  managementNetworks: control,
  firewall: { services: [{ name: "deploy", ports: [5432], sources: control }] },
  records: [{ databases: ["postgres", "shop"], users: ["deploy"], address: control[0], method: "cert" }],
  roles: [{ name: "deploy", login: true, createdb: true, createrole: true }],
  policy: { mode: "additive" },
});
const deploy = new ClientCertificate("deploy", { authority: cluster.clientAuthority, role: "deploy" });
const provider = new postgresql.Provider("deploy", {
  host: connection.host, username: "deploy", database: "postgres", superuser: false, sslmode: "verify-full",
  // lib/pq takes all three inline or none of them.
  sslrootcert: cluster.serverTrust,
  clientcert: { cert: deploy.certificate, key: deploy.privateKey, sslinline: true },
}, { dependsOn: cluster.privileges });
const roles = new Roles("roles", {
  provider,
  roles: [{ name: "reader", ...more.role }, { name: "clerk", login: true, password: pulumi.secret(${JSON.stringify(PASSWORD)}) }],
  memberships: [{ role: "reader", member: "clerk", ...more.membership }],
});
new Grants("grants", {
  provider,
  databases: {
    shop: {
      owner: "deploy",
      schemas: { app: {} },
      grants: [
        { on: { kind: "database" }, privileges: ["CONNECT"], to: ["reader"] },
        { on: { kind: "schema", name: "app" }, privileges: ["USAGE"], to: ["reader"] },
      ],
      defaultPrivileges: [{ creator: "deploy", schema: "app", on: "tables", privileges: ["SELECT"], to: ["reader"] }],
      ...more.database,
    },
  },
}, { dependsOn: roles });
`;

function pgrampart(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, "bin/pgrampart"), args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`pgrampart ${args.join(" ")}: ${stderr}`);
  }
  return stdout;
}

let lab: LabInventory;
let stack: Stack;

function declare(more: object): void {
  const host = lab.hosts[0];
  stack.write("program.json", { connection: { host: host?.ipv4, port: host?.port, user: lab.user, hostKeys: host?.hostKeys }, privateKey: lab.privateKey, more: { role: {}, membership: {}, database: {}, ...more } });
}

async function onHost(script: string): Promise<string> {
  const { status, text } = await ended(stack.start("ssh", "-F", lab.sshConfig, "h1", "sudo", "-n", "sh", "-c", `'${script.replaceAll("'", `'\\''`)}'`));
  expect(status).toBe(0);
  return text;
}

const ask = (database: string, query: string): Promise<string> => onHost(`runuser -u postgres -- psql -XAtq -d ${database} -c "${query}"`);

beforeAll(async () => {
  pgrampart("lab", "down", "--name", LAB);
  lab = JSON.parse(pgrampart("lab", "up", "--name", LAB, "--hosts", "1", "--json")) as LabInventory;
  stack = await new Stack(PROGRAM, { enter: (argv) => inClient(lab, "control", argv) }).useCheckout().init();
}, 180_000);

afterAll(() => {
  stack?.remove();
  pgrampart("lab", "down", "--name", LAB);
});

it("what the provider cannot express is refused, all of it at once, before anything is made", async () => {
  declare({ role: { comment: "x", settings: { work_mem: "1MB" } }, membership: { set: false } });
  const { status, text } = await stack.run("pulumi", "preview", "--non-interactive");
  expect(status).not.toBe(0);
  expect(text).toContain("roles[0].comment");
  expect(text).toContain("roles[0].settings");
  expect(text).toContain("memberships[0].set");
}, 120_000);

it("roles, memberships, a database, a schema, grants and default privileges are made over mutual TLS", async () => {
  declare({});
  await stack.pulumi("up", "--yes", "--skip-preview");
  expect(await ask("shop", "select rolname, rolcanlogin from pg_roles where rolname in ('reader', 'clerk') order by 1")).toBe("clerk|t\nreader|f\n");
  expect(await ask("shop", "select pg_has_role('clerk', 'reader', 'usage'), has_database_privilege('clerk', 'shop', 'connect'), has_schema_privilege('clerk', 'app', 'usage')")).toBe("t|t|t\n");
  expect(await ask("shop", "set role deploy; create table app.item (id int); reset role; select has_table_privilege('clerk', 'app.item', 'select'), has_table_privilege('clerk', 'app.item', 'insert')")).toBe("t|f\n");
}, 300_000);

it("TEL-22 TEL-27 the provider logged in by its certificate", async () => {
  expect(await onHost("cat /var/log/postgresql/*.log /var/lib/postgresql/17/main/log/* 2>/dev/null; journalctl -u postgresql@17-main --no-pager")).toMatch(/connection authenticated: identity="CN=deploy" method=cert/);
}, 60_000);

it("a second update finds nothing to do, and the password is nowhere in plaintext", async () => {
  await stack.pulumi("preview", "--expect-no-changes");
  expect(stack.state()).not.toContain(PASSWORD);
  expect(readFileSync(join(stack.folder, "program.json"), "utf8")).not.toContain(PASSWORD);
}, 180_000);
