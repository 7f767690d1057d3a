/**
 * A resource on a host of the lab, driven through the stages that ship: declare, resolve, and the realm of hosts with
 * its transport and transaction. Only Pulumi's protocol is left out.
 */
import { isDeepStrictEqual } from "node:util";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import type { Change, Plan, Script } from "../../src/model/plan";
import { sh } from "../../src/render/shell";
import { HostEffects } from "../../src/provider/hosts";
import { HostRealm, Turns } from "../../src/provider/host-realm";
import type { OnHost, PropertyMap, ResourceKind } from "../../src/provider/kind";
import type { Occasion } from "../../src/provider/realm";
import { labConnection } from "./lab";

const occasion: Occasion = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined };

export class LiveHost {
  readonly #effects = new HostEffects(() => 60);
  readonly #turns = new Turns();
  readonly connection;

  constructor(readonly name: string) {
    this.connection = labConnection(name);
  }

  resource<D extends OnHost, S, O>(kind: ResourceKind<D, S, O>, args: PropertyMap): LiveResource<D, S, O> {
    return new LiveResource(kind, new HostRealm(kind, this.#effects, this.#turns), { ...args, connection: this.connection });
  }

  /** Carries out a plan as it stands, however wrong. */
  apply(plan: Plan): Promise<void> {
    return this.#effects.apply(this.#effects.connect(this.connection), plan, occasion);
  }

  /** Runs a script as root, by hand as it were; gives what it prints. */
  run(script: Script): Promise<string> {
    return this.#effects.connect(this.connection).run("acting by hand", script, { timeout: 300 });
  }

  /** Reboots and waits until a new login works. */
  async reboot(): Promise<void> {
    const started = sh`stat -c %Y /proc/1`;
    const before = await this.run(started);
    await this.run(sh`systemctl --no-block reboot`);
    await this.#effects.close();
    for (let attempt = 0; attempt < 60; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const effects = new HostEffects(() => 60);
      const after = await effects.connect(this.connection).runFresh("waiting for the host", sh`systemctl is-system-running --wait >/dev/null; ${started}`).catch(() => before);
      await effects.close();
      if (after !== before) {
        return;
      }
    }
    throw new Error(`${this.name} did not come back`);
  }

  close(): Promise<void> {
    return this.#effects.close();
  }
}

export class LiveResource<D extends OnHost, S, O> {
  readonly declaration: D;
  readonly desired: S;

  constructor(kind: ResourceKind<D, S, O>, private readonly realm: HostRealm<D, S, O>, args: PropertyMap) {
    const issues = new IssueCollector();
    const declaration = kind.declare(args, issues);
    if (declaration === undefined) {
      throw new Error(issues.issues.map(formatIssue).join("\n"));
    }
    this.declaration = declaration;
    this.desired = kind.resolve(declaration);
  }

  /** Create or update, then what every apply must be followed by: nothing left to do, and two equal observations. */
  async up(): Promise<O> {
    const observed = await this.realm.converge(this.declaration, this.desired, null, occasion);
    const again = await this.read();
    if (again === null || !isDeepStrictEqual(again, observed)) {
      throw new Error(`two observations differ:\n${JSON.stringify(observed)}\n${JSON.stringify(again)}`);
    }
    expect(this.realm.changes(again, this.desired)).toEqual([]);
    return observed;
  }

  read(): Promise<O | null> {
    return this.realm.read(this.declaration, this.desired, null, occasion);
  }

  /** What an update would change now, as `pulumi refresh` and `preview` would show it. */
  async drift(): Promise<readonly Change[]> {
    return this.realm.changes(await this.read(), this.desired);
  }

  retire(): Promise<void> {
    return this.realm.retire(this.declaration, this.desired, occasion);
  }
}
