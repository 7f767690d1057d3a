/**
 * Changes that lock out, through the real `pulumi up`: the update fails and says why, the host comes back by itself (also
 * when this side is killed in the middle), the state tells the truth, and the next correct update converges.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Orders } from "../support/orders";
import { ended, ROOT } from "../support/stack";

jest.setTimeout(300_000);

/** Each part by itself, so that the application's own way in can be a proof of pg_hba.conf. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { Access, Firewall, Host, HostBasedAccess, Instance } = require(${JSON.stringify(join(ROOT, "dist/components"))});
const config = new pulumi.Config();
const connection = config.requireObject("connection");
const instance = { major: 17 };
const host = new Host("host", { connection, packages: ["postgresql-17", "postgresql-17-pgaudit"], accounts: [{ name: "app", groups: ["postgres"] }] });
const firewall = new Firewall("firewall", { connection, managementNetworks: config.getObject("management") ?? config.requireObject("networks").management }, { dependsOn: host });
const server = new Instance("instance", { connection, instance }, { dependsOn: firewall });
const access = new Access("access", { connection, instance, roles: [{ name: "app", login: true }] }, { dependsOn: server });
new HostBasedAccess("host-based-access", {
  connection, instance,
  records: config.getObject("records") ?? [{ type: "local", databases: "postgres", users: "app", method: "peer" }],
  proofs: [{ title: "logging in as the application", command: "cd / && runuser -u app -- psql -Xwqc 'select' -d postgres" }],
  guardSeconds: 20,
}, { dependsOn: access });
`;

/**
 * Another firewall that comes and goes with ours and lets no new SSH connection in: no check of our own ruleset can see
 * it. It comes in the same breath as ours, and a watch takes it away when ours is gone.
 */
const OTHER = "/etc/systemd/system/pgrampart-firewall.service.d/other.conf";
const MAKE_OTHER = `mkdir -p ${OTHER.slice(0, OTHER.lastIndexOf("/"))} && cat > /etc/other.nft <<'END'
table inet other {
  chain input {
    type filter hook input priority -10; policy accept;
    tcp dport 22 ct state new drop
  }
}
END
printf '%s\\n' '[Service]' 'ExecStartPost=/usr/sbin/nft -f /etc/other.nft' > ${OTHER} && systemctl daemon-reload
systemd-run --quiet --unit=other-watch sh -c 'while sleep 0.2; do nft list table inet pgrampart >/dev/null 2>&1 || nft delete table inet other 2>/dev/null; done'`;

let orders: Orders;

beforeAll(async () => {
  orders = await Orders.open({}, PROGRAM);
});
afterAll(() => orders?.close());

/** Whether a new login gets in now. */
const letsIn = (): boolean => spawnSync("ssh", ["-F", orders.lab.sshConfig, "-o", "ConnectTimeout=2", orders.host.name, "true"]).status === 0;
const tables = (): Promise<string> => orders.onHost("nft list tables");
const inState = async (): Promise<readonly string[]> => (await orders.stack.export()).map(({ type }) => type.split(":").at(-1) ?? "");

async function until(what: string, seconds: number, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) {
      throw new Error(`after ${seconds} s there is still not: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe("TEL-08 a firewall through which no new login gets", () => {
  it("fails the update with a clear error, and the host is as it was", async () => {
    await orders.onHost(MAKE_OTHER);
    const { status, text } = await orders.tryUp();
    expect(status).not.toBe(0);
    expect(text).toMatch(/firewall[^]*logging in anew through the ruleset: the change would lock out[^]*\(the host is as it was before\)/);
    await until("a host that lets us in again", 20, letsIn);
    expect(await tables()).toBe("");
    expect(await orders.onHost("ls /etc/pgrampart 2>/dev/null; systemctl is-enabled pgrampart-firewall 2>&1 || true")).not.toMatch(/\.nft|^enabled/m);
  });

  it("is not in the state, which holds what is there", async () => {
    expect(await inState()).toContain("Host");
    expect(await inState()).not.toEqual(expect.arrayContaining(["Firewall"]));
    expect(await orders.refresh("--expect-no-changes")).toMatch(/unchanged/);
  });

  it("comes back by itself when this side is killed while it is cut off", async () => {
    const child = orders.stack.start("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
    const whole = ended(child);
    await new Promise<void>((resolve, reject) => {
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("logging in anew through the ruleset")) {
          resolve();
        }
      });
      void whole.then(() => reject(new Error(`pulumi ended before: ${text}`)));
    });
    await until("a host that is cut off", 10, () => !letsIn());
    process.kill(-(child.pid as number), "SIGKILL");
    await until("a host that lets us in again", 90, letsIn);
    expect(await tables()).toBe("");
    await whole;
  });

  it("converges with the next update, once nothing cuts it off", async () => {
    await orders.onHost(`systemctl stop other-watch; rm -r ${OTHER} /etc/other.nft; systemctl daemon-reload`);
    await orders.stack.pulumi("cancel", "--yes");
    await orders.up();
    expect(await tables()).toBe("table inet pgrampart");
    expect(letsIn()).toBe(true);
    expect(await orders.refresh("--expect-no-changes")).toMatch(/unchanged/);
  });
});

describe("TEL-03 management networks without this side", () => {
  it("are refused on the host before anything is loaded; the state keeps what is there", async () => {
    const before = await orders.onHost("nft list ruleset | sha256sum; stat -c '%n %a %y' /etc/pgrampart/*");
    await orders.configure("management", ["10.99.0.0/16"]);
    const { status, text } = await orders.tryUp();
    expect(status).not.toBe(0);
    expect(text).toMatch(/checking that the ruleset keeps this SSH session's origin[^]*10\.77\.1\.2[^]*\(the host is as it was before\)/);
    expect(await orders.onHost("nft list ruleset | sha256sum; stat -c '%n %a %y' /etc/pgrampart/*")).toBe(before);
    await orders.configure("management", undefined);
    expect(await orders.up("--expect-no-changes")).toMatch(/unchanged/);
    expect(await orders.refresh("--expect-no-changes")).toMatch(/unchanged/);
  });
});

describe("an hba that refuses everyone", () => {
  const asApplication = (): Promise<string> => orders.onHost("cd / && runuser -u app -- psql -XwqAt -d postgres -c 'select current_user'");

  it("fails the update with a clear error, and the application gets in as before", async () => {
    expect(await asApplication()).toBe("app");
    const before = await orders.onHost("sha256sum /etc/postgresql/17/main/pg_hba.conf");
    await orders.configure("records", []);
    const { status, text } = await orders.tryUp();
    expect(status).not.toBe(0);
    expect(text).toMatch(/host-based-access[^]*logging in as the application: the change would lock out[^]*\(the host is as it was before\)/);
    expect(await orders.onHost("sha256sum /etc/postgresql/17/main/pg_hba.conf")).toBe(before);
    expect(await asApplication()).toBe("app");
  });

  it("leaves a state that is true: a refresh finds no drift", async () => {
    expect(await orders.refresh("--expect-no-changes")).toMatch(/unchanged/);
  });

  it("converges with the next correct update", async () => {
    await orders.configure("records", [{ type: "local", databases: ["postgres"], users: ["app"], method: "peer", comment: "the application" }]);
    expect(await orders.up()).toMatch(/~ 1 updated/);
    expect(await asApplication()).toBe("app");
    expect(await orders.up("--expect-no-changes")).toMatch(/unchanged/);
  });
});
