/**
 * The example stack `orders` as a user would run it: the compiled program of stacks/ under the real pulumi, on the first
 * host of the lab, which has nothing on it yet. Needs root and a built dist/.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Forger } from "../../src/verify/forgery";
import { Keyring } from "../../src/verify/keyring";
import { inClient } from "../../src/lab/lab";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import type { LabClientName } from "../../src/lab/plan";
import type { DeployedResource } from "../../src/provider/deployment";
import { expose } from "../../src/provider/property";
import type { Vantage } from "../../src/verify/reach";
import { lab } from "./lab";
import { ended, ROOT, Stack, type Ended } from "./stack";

const PROGRAM = `module.exports = require(${JSON.stringify(join(ROOT, "dist/stacks/index.js"))});\n`;

export class Orders {
  private constructor(readonly lab: LabInventory, readonly host: LabHost, readonly stack: Stack) {}

  /** @param configuration of the stack beside that of stacks/Pulumi.lab.yaml */
  static async open(configuration: Readonly<Record<string, unknown>> = {}, program = PROGRAM): Promise<Orders> {
    const inventory = lab();
    const host = inventory.hosts[0] as LabHost;
    const stack = new Stack(program, { project: "orders" }).useCheckout();
    await stack.init();
    const orders = new Orders(inventory, host, stack);
    const committed = readFileSync(join(ROOT, "stacks/Pulumi.lab.yaml"), "utf8");
    const connection = { host: host.ipv4, port: host.port, user: inventory.user, hostKeys: host.hostKeys };
    const settings = Object.entries({ connection, ...configuration }).map(([name, value]) => `  orders:${name}: ${JSON.stringify(value)}\n`);
    appendFileSync(orders.configurationFile, `${committed}${settings.join("")}`);
    await stack.configure("orders:connection.privateKey", readFileSync(inventory.privateKey, "utf8"), "secret");
    return orders;
  }

  get configurationFile(): string {
    return join(this.stack.folder, "Pulumi.dev.yaml");
  }

  /** Sets a value of the configuration, of any form; `undefined` removes it. */
  async configure(name: string, value: unknown): Promise<void> {
    await this.stack.pulumi("config", "rm", `orders:${name}`).catch(() => undefined);
    if (value !== undefined) {
      appendFileSync(this.configurationFile, `  orders:${name}: ${JSON.stringify(value)}\n`);
    }
  }

  up(...args: string[]): Promise<string> {
    return this.stack.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** Whatever it ends with. */
  tryUp(...args: string[]): Promise<Ended> {
    return this.stack.run("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", ...args);
  }

  refresh(...args: string[]): Promise<string> {
    return this.stack.pulumi("refresh", "--yes", "--skip-preview", ...args);
  }

  /** Runs a shell script as root on the host, by hand as it were; it must succeed. */
  async onHost(script: string): Promise<string> {
    const { status, text } = await ended(this.stack.start("ssh", "-F", this.lab.sshConfig, this.host.name, "sudo", "-n", "sh", "-c", `'${script.replaceAll("'", `'\\''`)}'`));
    if (status !== 0) {
      throw new Error(`on ${this.host.name} "${script}" ended with ${status}: ${text}`);
    }
    return text.trim();
  }

  /** SQL as the local superuser. */
  sql(database: string, statement: string): Promise<string> {
    return this.onHost(`runuser -u postgres -- psql -X -w -v ON_ERROR_STOP=1 -qAt -d ${database} <<'SQL'\n${statement}\nSQL`);
  }

  vantage(client: LabClientName): Vantage {
    return {
      name: client,
      run: async (argv, environment) => {
        const words = inClient(this.lab, client, ["env", ...Object.entries(environment).map(([name, value]) => `${name}=${value}`), ...argv]);
        const [program = "", ...rest] = words;
        const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8" });
        return { status: status ?? 128, stdout, stderr };
      },
    };
  }

  /** The PEM texts of the stack, sorted out. */
  async keyring(): Promise<Keyring> {
    return new Keyring((await this.stack.export()).flatMap(({ inputs, outputs }) => texts(expose([inputs, outputs]))));
  }

  /** Signs as the clients' authority of the stack does. */
  async forger(): Promise<Forger> {
    const trust = (await this.instance()).tls.clientAuthority;
    const key = (await this.keyring()).keyOf(trust);
    if (key === undefined) {
      throw new Error("the stack does not hold the key of the clients' authority");
    }
    return Forger.of(trust, key);
  }

  async instance(): Promise<{ readonly tls: { readonly clientAuthority: string; readonly revocationList: string } }> {
    const found = (await this.stack.export()).find(({ type }) => type === "pgrampart:index:Instance") as DeployedResource;
    return expose(found.inputs) as { readonly tls: { readonly clientAuthority: string; readonly revocationList: string } };
  }

  close(): void {
    this.stack.remove();
  }
}

function texts(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
