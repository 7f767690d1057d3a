/**
 * Messages to the engine: they show in `pulumi preview` and `pulumi up` beside their resource. Whoever calls has masked
 * the text; a message that cannot be delivered is no reason to fail an update.
 */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export type Severity = "debug" | "info" | "warning";

const SEVERITY: Readonly<Record<Severity, LogSeverity>> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
};

export class EngineLog {
  #client: EngineClient | undefined;

  /** @param address `host:port` of the engine; absent when started by hand, and then nobody listens. */
  constructor(private address: string | undefined) {}

  attach(address: string): void {
    this.close();
    this.address = address;
  }

  /** `isEphemeral`: shown as the resource's status, gone when it is done. */
  write(severity: Severity, urn: string, message: string, isEphemeral = false): Promise<void> {
    if (this.address === undefined) {
      return Promise.resolve();
    }
    this.#client ??= new EngineClient(this.address, credentials.createInsecure());
    const request = new LogRequest().setSeverity(SEVERITY[severity]).setUrn(urn).setMessage(message).setEphemeral(isEphemeral);
    return new Promise((resolve) => this.#client?.log(request, () => resolve()));
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
