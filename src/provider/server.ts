/**
 * Pulumi's ResourceProvider service: requests in, answers out, nothing decided here. What is not served (invoke, call,
 * construct, parameterize, list) is answered UNIMPLEMENTED by gRPC itself. Every effect ends at the next safe point once
 * the engine cancels; `ended` resolves when the last one has.
 */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PlanError } from "../errors";
import { VERSION } from "../model/version";
import { DEFAULT_CONFIGURATION, readConfiguration, type Configuration } from "./configuration";
import type { HazardReport } from "./detail";
import { answerDiff, answerError } from "./answer";
import type { AnyResource, Registry } from "./index";
import type { EngineLog } from "./log";
import { conceal, decode, encode } from "./property";
import { schema } from "./schema";
import type { Occasion } from "./realm";
import type { Effect, Refused, Stored } from "./resource";

/** What a request about one resource names it by. */
interface Subject {
  getUrn(): string;
  getType(): string;
}

export class ProviderService {
  #configuration: Configuration = DEFAULT_CONFIGURATION;
  readonly #cancelled = new AbortController();
  readonly #underway = new Set<Promise<unknown>>();

  constructor(private readonly registry: Registry, private readonly log: EngineLog) {}

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Lets running effects come to a safe point; new ones are refused. */
  cancel(): void {
    this.#cancelled.abort(new PlanError("the update was cancelled", { remedy: "Run it again; it continues where it stopped." }));
  }

  /** Resolves when no effect is under way. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underway);
  }

  /** The methods by their names in the service definition. */
  implementation(): grpc.UntypedServiceImplementation {
    return {
      handshake: this.#unary(() => new wire.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true)),
      getPluginInfo: this.#unary(() => new PluginInfo().setVersion(VERSION)),
      attach: this.#unary((request: PluginAttach) => (this.log.attach(request.getAddress()), new Empty())),
      cancel: this.#unary(() => (this.cancel(), new Empty())),
      getMapping: this.#unary(() => new wire.GetMappingResponse()),
      getMappings: this.#unary(() => new wire.GetMappingsResponse()),
      getSchema: this.#unary((request: wire.GetSchemaRequest) => this.#getSchema(request)),
      checkConfig: this.#unary((request: wire.CheckRequest) => this.#checkConfig(request)),
      diffConfig: this.#unary(() => new wire.DiffResponse().setChanges(wire.DiffResponse.DiffChanges.DIFF_UNKNOWN)),
      configure: this.#unary((request: wire.ConfigureRequest) => this.#configure(request)),
      check: this.#unary((request: wire.CheckRequest) => this.#check(request)),
      diff: this.#unary((request: wire.DiffRequest) => this.#diff(request)),
      create: this.#unary((request: wire.CreateRequest) => this.#create(request)),
      read: this.#unary((request: wire.ReadRequest) => this.#read(request)),
      update: this.#unary((request: wire.UpdateRequest) => this.#update(request)),
      delete: this.#unary((request: wire.DeleteRequest) => this.#delete(request)),
    };
  }

  #unary<Request, Answer>(handle: (request: Request) => Answer | Promise<Answer>): grpc.handleUnaryCall<Request, Answer> {
    return (call, callback) => {
      const work = (async () => handle(call.request))();
      this.#underway.add(work);
      work.then((answer) => callback(null, answer), (error: unknown) => callback(answerError(error))).finally(() => this.#underway.delete(work));
    };
  }

  #getSchema(request: wire.GetSchemaRequest): wire.GetSchemaResponse {
    if (request.getVersion() !== 0) {
      throw new PlanError(`schema version ${request.getVersion()} is not known`, { remedy: "Use a Pulumi that asks for version 0." });
    }
    return new wire.GetSchemaResponse().setSchema(JSON.stringify(schema(this.registry.all().map(({ kind }) => kind))));
  }

  #checkConfig(request: wire.CheckRequest): wire.CheckResponse {
    const news = decode(request.getNews());
    const { faults } = readConfiguration(news);
    const marked = news["connections"] === undefined ? news : { ...news, connections: conceal(news["connections"]) };
    return new wire.CheckResponse().setInputs(encode(marked)).setFailuresList(faults.map(({ reason }) => new wire.CheckFailure().setReason(reason)));
  }

  #configure(request: wire.ConfigureRequest): wire.ConfigureResponse {
    this.#configuration = readConfiguration(decode(request.getArgs())).configuration;
    return new wire.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setSupportsAutonamingConfiguration(true);
  }

  async #check(request: wire.CheckRequest): Promise<wire.CheckResponse> {
    const refused: Refused[] = [];
    const news = decode(request.getNews(), (path, found) => refused.push({ path, found }));
    const { inputs, failures } = (await this.#of(request)).check(news, refused);
    const response = new wire.CheckResponse().setInputs(encode(inputs));
    // The property stays empty: Pulumi would print that top-level property's whole value. The reason names the path.
    return response.setFailuresList(failures.map(({ reason }) => new wire.CheckFailure().setReason(reason)));
  }

  async #diff(request: wire.DiffRequest): Promise<wire.DiffResponse> {
    const stored = { inputs: decode(request.getOldInputs()), outputs: decode(request.getOlds()) };
    const answer = await (await this.#of(request)).diff(stored, decode(request.getNews()), request.getIgnorechangesList());
    await this.#report(request, answer.hazards);
    return answerDiff(answer);
  }

  async #create(request: wire.CreateRequest): Promise<wire.CreateResponse> {
    const news = decode(request.getProperties());
    const effect = request.getPreview()
      ? await (await this.#of(request)).previewCreate(news)
      : await (await this.#of(request)).create(request.getName(), news, this.#occasion(request));
    await this.#report(request, effect.hazards);
    return new wire.CreateResponse().setId(effect.id).setProperties(encode(effect.outputs));
  }

  async #update(request: wire.UpdateRequest): Promise<wire.UpdateResponse> {
    const stored = { inputs: decode(request.getOldInputs()), outputs: decode(request.getOlds()) };
    const news = decode(request.getNews());
    const { outputs } = request.getPreview()
      ? await (await this.#of(request)).previewUpdate(request.getId(), stored, news)
      : await (await this.#of(request)).update(request.getId(), stored, news, this.#occasion(request));
    return new wire.UpdateResponse().setProperties(encode(outputs));
  }

  async #read(request: wire.ReadRequest): Promise<wire.ReadResponse> {
    const stored = { inputs: decode(request.getInputs()), outputs: decode(request.getProperties()) };
    const isImport = Object.keys(stored.inputs).length === 0;
    const effect = isImport ? await this.#import(request) : await (await this.#of(request)).read(request.getId(), stored, this.#occasion(request));
    await this.#report(request, effect?.hazards ?? []);
    return effect === undefined
      ? new wire.ReadResponse()
      : new wire.ReadResponse().setId(effect.id).setInputs(encode(effect.inputs)).setProperties(encode(effect.outputs));
  }

  async #delete(request: wire.DeleteRequest): Promise<Empty> {
    const stored: Stored = { inputs: decode(request.getOldInputs()), outputs: decode(request.getProperties()) };
    await (await this.#of(request)).delete(stored, this.#occasion(request));
    return new Empty();
  }

  /** An import id is `CONNECTION` or `CONNECTION/IDENTITY`, CONNECTION being a name in `pgrampart:connections`. */
  async #import(request: wire.ReadRequest): Promise<Effect | undefined> {
    const [name = "", ...rest] = request.getId().split("/");
    const resource = await this.#of(request);
    if (!resource.isImportable) {
      throw new PlanError(`a ${resource.kind.type} lives in Pulumi's state only and cannot be imported`, { remedy: "Declare it without import." });
    }
    const connection = this.#configuration.connections[name];
    if (connection === undefined) {
      throw new PlanError(`"${name}" is not a configured connection (known: ${Object.keys(this.#configuration.connections).join(", ") || "none"})`, {
        remedy: `Run: pulumi config set --secret pgrampart:connections '{"${name}": {"host": "…", "user": "…", "hostKeys": ["…"]}}', then pulumi up: a stack that has resources hands its provider a new configuration only then.`,
      });
    }
    return resource.adopt(request.getId(), rest.join("/"), { connection }, this.#occasion(request));
  }

  async #of(request: Subject): Promise<AnyResource> {
    const resource = this.registry.resource(request.getType() || typeOfUrn(request.getUrn()));
    await resource.kind.ready?.();
    return resource;
  }

  #occasion(request: Subject & { getTimeout(): number }): Occasion {
    const seconds = request.getTimeout();
    const signals = [this.#cancelled.signal, ...(seconds > 0 ? [AbortSignal.timeout(seconds * 1000)] : [])];
    return {
      signal: AbortSignal.any(signals),
      progress: (message) => void this.log.write("info", request.getUrn(), message, true),
      warn: (message) => void this.log.write("warning", request.getUrn(), message),
    };
  }

  async #report(request: Subject, hazards: readonly HazardReport[]): Promise<void> {
    await Promise.all(hazards.map(({ isWarning, text }) => this.log.write(isWarning ? "warning" : "info", request.getUrn(), text)));
  }
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` → TYPE, for engines that do not send it. */
function typeOfUrn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export interface RunningServer {
  readonly port: number;
  stop(): void;
}

/** Serves on a free port of the loopback address. */
export function serve(service: ProviderService): Promise<RunningServer> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService as unknown as grpc.ServiceDefinition, service.implementation());
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve({ port, stop: () => server.forceShutdown() }) : reject(error));
  });
}

