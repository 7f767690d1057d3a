/** The effects on hosts as the provider needs them: the pool of transports, the host's lock and the transaction. */
import { applyPlan } from "../apply/execute";
import { settle } from "../apply/settle";
import type { Plan } from "../model/plan";
import { TransportPool } from "../transport/pool";
import type { Connection } from "../model/connection";
import type { Transport } from "../transport/transport";
import type { Hosts } from "./host-realm";
import type { Occasion } from "./realm";

export class HostEffects implements Hosts {
  readonly #pool = new TransportPool();

  /** @param lockTimeout seconds to wait for another update on the same host */
  constructor(private readonly lockTimeout: () => number) {}

  connect(connection: Connection): Transport {
    return this.#pool.transport(connection);
  }

  async settle(transport: Transport, occasion: Occasion): Promise<void> {
    await transport.lock(this.lockTimeout());
    for (const id of await settle(transport)) {
      occasion.warn(`${transport.name}: an interrupted update (${id}) was found and undone first`);
    }
  }

  apply(transport: Transport, plan: Plan, occasion: Occasion): Promise<void> {
    return applyPlan(transport, plan, { signal: occasion.signal, log: (line) => occasion.progress(`${transport.name}: ${line}`) });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
