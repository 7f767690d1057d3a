/** The classes under Pulumi's mock engine: what leaves the program, and how they fit @pulumi/command. */
import { lstatSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remote } from "@pulumi/command";
import type { types as command } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { Secret } from "../../src/model/secret";
import { VERSION } from "../../src/model/version";
import { Access, commandConnection, Firewall, Host, Instance, Provider, type Inputs } from "../../src/resources";
import { linkPlugin } from "../../src/resources/plugin";
import { markSecrets, SECRET_INPUTS } from "../../src/resources/secret-inputs";
import type { Connection } from "../../src/model/connection";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKvNqnGZqQYtxk9BmvOzcvHQ8oVVf2oO8eAy1aVYd0aT";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

interface Registered {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

const registered: Registered[] = [];
beforeAll(() => pulumi.runtime.setMocks({
  newResource: ({ type, inputs, name }) => (registered.push({ type, inputs }), { id: `${name}-id`, state: inputs }),
  call: () => ({}),
}));
beforeEach(() => (registered.length = 0));

const known = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));
const connection = { host: "h1", user: "admin", privateKey: "canary", hostKeys: [HOST_KEY] };

async function inputsOf(resource: pulumi.CustomResource): Promise<Record<string, unknown>> {
  await known(resource.id);
  return registered[0]?.inputs ?? {};
}

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && Object.values(value).includes(SECRET_SIGNATURE);

it("marks secrets before they leave the program, and only those", async () => {
  const { connection: marked, files } = markSecrets({ connection, files: [{ path: "/etc/motd", content: "canary" }] }, SECRET_INPUTS.Host) as {
    connection: typeof connection; files: { path: string; content: unknown }[];
  };
  expect(await Promise.all([marked.privateKey, files[0]?.content].map((leaf) => pulumi.isSecret(leaf as unknown as pulumi.Output<string>)))).toEqual([true, true]);
  expect([marked.host, marked.user, marked.hostKeys, files[0]?.path]).toEqual(["h1", "admin", [HOST_KEY], "/etc/motd"]);
});

it("marks a whole output that may hide a secret, and opens our own Secret", async () => {
  expect(isSecret((await inputsOf(new Firewall("f", { connection: pulumi.output(connection), managementNetworks: ["10.0.0.0/8"] })))["connection"])).toBe(true);
  const marked = markSecrets({ roles: [{ name: "a", password: new Secret("canary") }, { name: "b" }] }, ["roles[*].password"]) as { roles: { password?: pulumi.Output<string> }[] };
  expect(await pulumi.isSecret(marked.roles[0]?.password as pulumi.Output<string>)).toBe(true);
  expect(marked.roles[1]).toEqual({ name: "b" });
});

it("takes any argument as a plain value or an output", async () => {
  const major = pulumi.output(17 as const);
  const resources: readonly pulumi.CustomResource[] = [
    new Instance("i", { connection: { ...connection, port: pulumi.output(22) }, instance: { major, name: undefined }, listenAddresses: pulumi.output(["10.0.0.1"]) }),
    new Access("a", { connection, instance: pulumi.output({ major: 17 as const }), roles: [pulumi.output({ name: "app" }), { name: pulumi.output("b"), login: true }] }),
    new Provider("p", { connections: { h1: connection }, updateLockTimeout: 5 }),
  ];
  await Promise.all(resources.map((resource) => known(resource.id)));
  expect(registered.map(({ type }) => type).sort()).toEqual(["pgrampart:index:Access", "pgrampart:index:Instance", "pulumi:providers:pgrampart"]);
});

it("connects like @pulumi/command: its arguments are ours, and a host's connection is one of its own", async () => {
  const theirs: Omit<command.input.remote.ConnectionArgs, "password" | "hostKey" | "proxy"> = { host: "h1", user: "admin", privateKey: "canary" };
  const ours: Inputs<Connection> = { ...theirs, hostKeys: [HOST_KEY] };
  const host = new Host("h", { connection: { ...ours, proxy: { host: "jump", hostKeys: [HOST_KEY] } } });
  const run = new remote.Command("uptime", { connection: commandConnection(host.connection), create: "uptime" });
  await known(run.id);
  expect(await known(commandConnection(host.connection))).toEqual({ host: "h1", user: "admin", privateKey: "canary", hostKey: HOST_KEY, proxy: { host: "jump", hostKey: HOST_KEY } });
  expect(await pulumi.isSecret(commandConnection(pulumi.secret(ours)))).toBe(true);
});

it("links the plugin where the engine looks, again and again, and under mocks not at all", () => {
  const plugins = mkdtempSync(join(tmpdir(), "pgrampart-plugins-"));
  try {
    const link = linkPlugin(plugins);
    expect(link).toBe(join(plugins, `resource-pgrampart-v${VERSION}`, "pulumi-resource-pgrampart"));
    expect(readlinkSync(link)).toMatch(/\/bin\/pulumi-resource-pgrampart$/);
    const { ino } = lstatSync(link);
    expect(lstatSync(linkPlugin(plugins)).ino).toBe(ino);
  } finally {
    rmSync(plugins, { recursive: true });
  }
});
