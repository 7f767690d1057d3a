/**
 * The plugin as Pulumi's engine drives it: a process of its own, spoken to over gRPC, with the calls of an update or a
 * refresh in the engine's order. So the provider is measured without the engine.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PropertyMap } from "../../src/provider/kind";
import { encode } from "../../src/provider/property";

/** A resource as the engine remembers it between two runs. */
export interface Remembered {
  readonly id: string;
  readonly inputs: Struct;
  readonly outputs: Struct;
}

type Call<Request, Response> = (request: Request, done: (error: grpc.ServiceError | null, response: Response) => void) => unknown;

export class Plugin {
  private constructor(private readonly process: ChildProcess, private readonly client: ResourceProviderClient) {}

  /** @param root of this checkout; the plugin must be built */
  static async start(root: string): Promise<Plugin> {
    const process = spawn(join(root, "bin/pulumi-resource-pgrampart"), { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await Promise.race([once(process.stdout, "data"), once(process.stdout, "end")])) as [Buffer | undefined];
    if (port === undefined) {
      throw new Error("the plugin ended without printing its port");
    }
    const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
    const client = new ResourceProviderClient(`127.0.0.1:${port.toString().trim()}`, grpc.credentials.createInsecure(), unlimited);
    const plugin = new Plugin(process, client);
    await plugin.#call<wire.ConfigureRequest, wire.ConfigureResponse>(client.configure, new wire.ConfigureRequest().setAcceptsecrets(true).setAcceptresources(true));
    return plugin;
  }

  async stop(): Promise<void> {
    this.client.close();
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }

  /** One resource in `pulumi up`: check, diff where it is known, then create or update unless nothing differs. */
  async up(type: string, name: string, news: PropertyMap, old: Remembered | undefined): Promise<Remembered> {
    const urn = `urn:pulumi:bench::bench::pgrampart:index:${type}::${name}`;
    const check = new wire.CheckRequest().setUrn(urn).setNews(encode(news)).setOlds(old?.inputs);
    const checked = await this.#call<wire.CheckRequest, wire.CheckResponse>(this.client.check, check);
    const faults = checked.getFailuresList().map((failure) => failure.getReason());
    if (faults.length > 0) {
      throw new Error(faults.join("\n"));
    }
    const inputs = checked.getInputs() as Struct;
    if (old === undefined) {
      const create = new wire.CreateRequest().setUrn(urn).setName(name).setProperties(inputs);
      const created = await this.#call<wire.CreateRequest, wire.CreateResponse>(this.client.create, create);
      return { id: created.getId(), inputs, outputs: created.getProperties() as Struct };
    }
    const diff = new wire.DiffRequest().setUrn(urn).setId(old.id).setOlds(old.outputs).setOldInputs(old.inputs).setNews(inputs);
    const difference = await this.#call<wire.DiffRequest, wire.DiffResponse>(this.client.diff, diff);
    if (difference.getChanges() === wire.DiffResponse.DiffChanges.DIFF_NONE) {
      return old;
    }
    const update = new wire.UpdateRequest().setUrn(urn).setId(old.id).setOlds(old.outputs).setOldInputs(old.inputs).setNews(inputs);
    const updated = await this.#call<wire.UpdateRequest, wire.UpdateResponse>(this.client.update, update);
    return { id: old.id, inputs, outputs: updated.getProperties() as Struct };
  }

  /** One resource in `pulumi refresh`. */
  async refresh(type: string, name: string, old: Remembered): Promise<Remembered> {
    const urn = `urn:pulumi:bench::bench::pgrampart:index:${type}::${name}`;
    const read = new wire.ReadRequest().setUrn(urn).setId(old.id).setInputs(old.inputs).setProperties(old.outputs);
    const found = await this.#call<wire.ReadRequest, wire.ReadResponse>(this.client.read, read);
    return { id: found.getId(), inputs: found.getInputs() as Struct, outputs: found.getProperties() as Struct };
  }

  #call<Request, Response>(method: Call<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => method.call(this.client, request, (error, response) => (error === null ? resolve(response) : reject(error))));
  }
}
