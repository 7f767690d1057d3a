/** Pulumi's messages in and out, handed to the methods as gRPC would. */
import { status, type sendUnaryData, type ServerUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { readFileSync } from "node:fs";
import { VERSION } from "../../src/model/version";
import { Registry, type AnyResource } from "../../src/provider";
import { HostRealm, Turns } from "../../src/provider/host-realm";
import type { PropertyMap } from "../../src/provider/kind";
import { EngineLog, type Severity } from "../../src/provider/log";
import { decode, encode, expose } from "../../src/provider/property";
import { Resource } from "../../src/provider/resource";
import { ProviderService } from "../../src/provider/server";
import { SECRET_INPUTS } from "../../src/resources/secret-inputs";
import { MemoryHosts, noteKind } from "./note-kind";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKvNqnGZqQYtxk9BmvOzcvHQ8oVVf2oO8eAy1aVYd0aT";
const connection = { host: "h1", hostKeys: [HOST_KEY] };
const inputs: PropertyMap = { connection, name: "n", text: "canary", tags: ["a"] };
const TYPE = "pgrampart:index:Note";

class Recorded extends EngineLog {
  readonly lines: string[] = [];

  override write(severity: Severity, urn: string, message: string): Promise<void> {
    this.lines.push(`${severity} ${urn} ${message}`);
    return Promise.resolve();
  }
}

let hosts: MemoryHosts;
let log: Recorded;
let service: ProviderService;
let methods: UntypedServiceImplementation;
beforeEach(() => {
  hosts = new MemoryHosts();
  log = new Recorded(undefined);
  const world = { hosts, turns: new Turns(), now: () => 0 };
  service = new ProviderService(new Registry(world, { Note: () => new Resource(noteKind, new HostRealm(noteKind, hosts, world.turns)) as unknown as AnyResource }), log);
  methods = service.implementation();
});

type Failed = { readonly code: number; readonly details: string; readonly metadata: { get(name: string): unknown[] } };

function call<Answer>(method: string, request: unknown): Promise<Answer> {
  const handler = methods[method] as (call: ServerUnaryCall<unknown, Answer>, done: sendUnaryData<Answer>) => void;
  return new Promise((resolve, reject) => handler({ request } as ServerUnaryCall<unknown, Answer>, (error, answer) => (error === null ? resolve(answer as Answer) : reject(error))));
}

const create = (preview = false): Promise<wire.CreateResponse> =>
  call("create", new wire.CreateRequest().setUrn("u").setName("note").setType(TYPE).setProperties(encode(inputs)).setPreview(preview));

it("says who it is and what it can", async () => {
  expect((await call<PluginInfo>("getPluginInfo", new Empty())).getVersion()).toBe(VERSION);
  expect((JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version).toBe(VERSION);
  expect((await call<wire.ProviderHandshakeResponse>("handshake", new wire.ProviderHandshakeRequest())).toObject()).toMatchObject({ acceptSecrets: true, acceptResources: false, supportsAutonamingConfiguration: true });
  expect((await call<wire.ConfigureResponse>("configure", new wire.ConfigureRequest())).toObject()).toMatchObject({ acceptsecrets: true, acceptresources: false, supportspreview: true });
});

it("answers a type it does not have with those it has", async () => {
  const request = new wire.CheckRequest().setType("pgrampart:index:constructor").setNews(encode({}));
  await expect(call("check", request)).rejects.toMatchObject({ code: status.UNKNOWN, details: expect.stringContaining("Use one of Note") as string });
});

it("check, create, diff, update, read and delete fit together", async () => {
  const checked = await call<wire.CheckResponse>("check", new wire.CheckRequest().setType(TYPE).setNews(encode(inputs)));
  expect(checked.getFailuresList()).toEqual([]);
  const made = await create();
  expect([made.getId(), expose(decode(made.getProperties()))]).toEqual(["h1/n", expect.objectContaining({ shout: "n!" })]);

  const news = encode({ ...decode(checked.getInputs()), tags: ["a", "b"] });
  const diff = (changed: typeof news): Promise<wire.DiffResponse> => call("diff", new wire.DiffRequest().setUrn("u").setType(TYPE).setId("h1/n").setOldInputs(checked.getInputs()).setOlds(made.getProperties()).setNews(changed));
  expect((await diff(checked.getInputs() ?? news)).getChanges()).toBe(wire.DiffResponse.DiffChanges.DIFF_NONE);
  const different = await diff(news);
  expect(different.getChanges()).toBe(wire.DiffResponse.DiffChanges.DIFF_SOME);
  expect(different.getHasdetaileddiff()).toBe(true);
  expect(different.getDetaileddiffMap().get("tags[1]")?.toObject()).toEqual({ kind: wire.PropertyDiff.Kind.ADD, inputdiff: false });
  expect(log.lines).toEqual([expect.stringMatching(/^warning u access-widened: tags\[1\]: /)]);

  const updated = await call<wire.UpdateResponse>("update", new wire.UpdateRequest().setType(TYPE).setId("h1/n").setOldInputs(checked.getInputs()).setOlds(made.getProperties()).setNews(news));
  expect(hosts.notes.get("n")?.tags).toEqual(["a", "b"]);
  const read = (): Promise<wire.ReadResponse> => call("read", new wire.ReadRequest().setType(TYPE).setId("h1/n").setInputs(news).setProperties(updated.getProperties()));
  expect((await read()).getId()).toBe("h1/n");
  await call("delete", new wire.DeleteRequest().setType(TYPE).setId("h1/n").setOldInputs(news).setProperties(updated.getProperties()));
  expect((await read()).getId()).toBe("");
});

it("gives faults without a property, so that Pulumi does not print its value", async () => {
  const { failuresList } = (await call<wire.CheckResponse>("check", new wire.CheckRequest().setType(TYPE).setNews(encode({ ...inputs, name: "", wrong: 1 })))).toObject();
  expect(failuresList).toEqual([{ property: "", reason: expect.stringMatching(/^name: /) as string }, { property: "", reason: expect.stringMatching(/^wrong: /) as string }]);
});

it("a half-made resource is remembered in the way the engine reads", async () => {
  hosts.failure = { error: new Error("broken canary"), after: "half" };
  const failed = await create().then(() => undefined, (error: unknown) => error as Failed);
  expect(failed).toMatchObject({ code: status.UNKNOWN, details: "broken [secret]" });
  const detail = Status.deserializeBinary(failed?.metadata.get("grpc-status-details-bin")[0] as Uint8Array).getDetailsList()[0];
  expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
  const remembered = wire.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  expect([remembered.getId(), remembered.getReasonsList(), decode(remembered.getProperties())["observed"]]).toEqual(["h1/n", ["broken [secret]"], expect.objectContaining({ name: "n", tags: [] })]);
});

it("a preview of a creation has no id, asks no host and warns", async () => {
  expect((await create(true)).getId()).toBe("");
  expect(hosts.log).toEqual([]);
  expect(log.lines).toEqual([expect.stringContaining("warning u access-widened: tags[0]: ")]);
});

describe("the provider's configuration", () => {
  const configure = (args: PropertyMap): Promise<unknown> => call("configure", new wire.ConfigureRequest().setArgs(encode(args)));
  const read = (id: string): Promise<wire.ReadResponse> => call("read", new wire.ReadRequest().setType(TYPE).setId(id));

  it.each([["as values", { h: connection }], ["as JSON, as `pulumi config` gives it", JSON.stringify({ h: connection })]])("names hosts for import, %s", async (_, connections) => {
    hosts.notes.set("n", { name: "n", text: "canary", tags: ["a"] });
    await configure({ connections, updateLockTimeout: "5", version: VERSION });
    expect(service.configuration.updateLockTimeout).toBe(5);
    const response = await read("h/n");
    expect([response.getId(), expose(decode(response.getInputs()))]).toEqual(["h/n", inputs]);
    expect((await read("h/other")).getId()).toBe("");
    await expect(read("x/n")).rejects.toMatchObject({ details: expect.stringContaining('"x" is not a configured connection (known: h)') as string });
  });

  it("is kept secret, and its faults are told without it", async () => {
    const check = async (news: PropertyMap): Promise<wire.CheckResponse> => call("checkConfig", new wire.CheckRequest().setNews(encode(news)));
    const good = decode((await check({ connections: "{}", version: "1" })).getInputs());
    expect(String(good["connections"])).toBe("[secret]");
    const { failuresList } = (await check({ connections: "canary", updateLockTimeout: -1, region: "canary" })).toObject();
    expect(failuresList.map(({ reason }) => reason.split(":")[0])).toEqual(["connections", "region", "updateLockTimeout"]);
    expect(JSON.stringify(failuresList)).not.toContain("canary");
  });
});

it("cancel lets what runs end and begins nothing new", async () => {
  const running = create();
  await call("cancel", new Empty());
  await expect(running).rejects.toMatchObject({ details: expect.stringContaining("the update was cancelled. Run it again") as string });
  await expect(create()).rejects.toMatchObject({ details: expect.stringContaining("cancelled") as string });
  await service.ended();
  expect(hosts.notes.size).toBe(0);
});

it("every type is complete: its row, its schema, its class's secrets", () => {
  const registry = new Registry({ hosts, turns: new Turns(), now: () => 0 });
  expect(Object.fromEntries(registry.all().map(({ kind }) => [kind.type, [...kind.secretInputs].sort()]))).toEqual(
    Object.fromEntries(Object.entries(SECRET_INPUTS).map(([type, patterns]) => [type, [...patterns].sort()])));
});

it("every output of a kind is one of its class's", () => {
  const kinds = new Registry({ hosts, turns: new Turns(), now: () => 0 }).all().map(({ kind }) => kind);
  for (const { type, outputs } of kinds) {
    const text = readFileSync(`src/resources/${type.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.ts`, "utf8");
    Object.keys(outputs ?? {}).forEach((name) => expect(text).toMatch(new RegExp(`declare readonly ${name}: [^]*super\\([^)]*"${name}"`)));
  }
});

it("the schema holds every type and says what is secret", async () => {
  const text = (await call<wire.GetSchemaResponse>("getSchema", new wire.GetSchemaRequest())).getSchema();
  expect(JSON.parse(text)).toMatchObject({ name: "pgrampart", version: VERSION, resources: { [TYPE]: { description: "A note.", inputProperties: { text: { description: "Holds secrets: text." } } } } });
});
