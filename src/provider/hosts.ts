/** The effects on hosts as the provider needs them: the pool of transports, the host's lock and the transaction. */
import type { Plan } from "../model/plan";
import { TransportPool } from "../transport/pool";
import type { Connection, Transport } from "../transport/transport";
import type { Hosts } from "./host-realm";
import type { Occasion } from "./realm";

export class HostEffects implements Hosts {
  readonly #pool = new TransportPool();

  /** @param lockTimeout seconds to wait for another update on the same host */
  constructor(private readonly lockTimeout: () => number) {}

  connect(connection: Connection): Transport {
    return this.#pool.transport(connection);
  }

  async settle(transport: Transport, _occasion: Occasion): Promise<void> {
    await transport.lock(this.lockTimeout());
  }

  async apply(_transport: Transport, _plan: Plan, _occasion: Occasion): Promise<void> {
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
