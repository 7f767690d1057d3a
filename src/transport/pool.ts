/**
 * One transport per way to reach a host in this process, however many resources use it: they share one login and their
 * reads travel together. Two connections are the same when all their values are; the values themselves are not kept as keys.
 */
import { createHash } from "node:crypto";
import { reveal } from "../model/secret";
import { SshTransport, type SshTransportOptions } from "./ssh";
import type { Connection } from "../model/connection";
import type { Transport } from "./transport";

export class TransportPool {
  readonly #transports = new Map<string, SshTransport>();

  constructor(private readonly options: SshTransportOptions = {}) {}

  /** Opens nothing yet: a transport connects when it is first used. */
  transport(connection: Connection): Transport {
    const key = digest(connection);
    const transport = this.#transports.get(key) ?? new SshTransport(connection, this.options);
    this.#transports.set(key, transport);
    return transport;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#transports.values()].map((transport) => transport.close()));
    this.#transports.clear();
  }
}

function digest(connection: Connection): string {
  const plain = ({ privateKey, privateKeyPassword, ...hop }: Omit<Connection, "proxy">): unknown => ({
    ...hop,
    privateKey: privateKey === undefined ? null : reveal(privateKey),
    privateKeyPassword: privateKeyPassword === undefined ? null : reveal(privateKeyPassword),
  });
  const { proxy, ...target } = connection;
  const hops = [target, ...(proxy === undefined ? [] : [proxy])].map((hop) => Object.entries(plain(hop) as object).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(JSON.stringify(hops)).digest("hex");
}
