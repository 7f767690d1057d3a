/**
 * The lab itself, tried for real: boot, addresses, logins, power, crash. Makes a lab of its own and removes it.
 * Needs root and a built dist/. Sends nothing beyond the lab's closed network.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { LabHost, LabInventory } from "../../src/lab/inventory";

/**
 * Started where `make test` was, not in the control network of its lab: `nsenter` becomes the command, so that killing
 * it kills the command itself.
 */
const outside = process.env["PGRAMPART_LAB_OUTSIDE"];
delete process.env["PGRAMPART_LAB_OUTSIDE"];
const enter = outside === undefined ? [] : ["nsenter", `--target=${outside}`, "--mount", "--net", "--wd=.", "--"];
const command = resolve(__dirname, "../../bin/pgrampart");
const [program = "", ...lead] = [...enter, command];
const name = "lab-test";
const clients = ["control", "app", "ops", "outside"] as const;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function pgrampart(...args: string[]): Ended {
  const [verb = "", ...rest] = args;
  return spawnSync(program, [...lead, "lab", verb, "--name", name, ...rest], { encoding: "utf8" });
}

/** Runs a command that must succeed and returns what it printed. */
function done(...args: string[]): string {
  const { status, stdout, stderr } = pgrampart(...args);
  if (status !== 0) throw new Error(`pgrampart lab ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

const inventory = (): LabInventory => JSON.parse(done("status", "--json")) as LabInventory;
const onHost = (host: string, command: string): string => done("ssh", host, command);
const bootOf = (host: string): string => onHost(host, "journalctl --list-boots --quiet 2>/dev/null | wc -l; cut -d' ' -f22 /proc/1/stat");

/** Everything on this machine that carries the id of a lab. */
function tracesOf(id: string): string[] {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n").filter((line) => line.includes(id) || line.includes(`/${name}/`));
  const namespaces = existsSync("/run/netns") ? readdirSync("/run/netns").filter((entry) => entry.includes(id)) : [];
  const groups = spawnSync("find", ["/sys/fs/cgroup", "-name", `*${id}*`], { encoding: "utf8" }).stdout.split("\n").filter((line) => line !== "");
  return [...mounts, ...namespaces, ...groups, ...processesWith(id)];
}

function processesWith(word: string): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(word) ? [command] : [];
    } catch {
      return []; // ended while we looked
    }
  });
}

const labs = process.env["PGRAMPART_LABS"] ?? "/var/lib/pgrampart/lab";
const labDirectory = join(labs, name);
/** The lab's own folder, its lock and whatever else bears its name. */
const leftInLabs = (): string[] => (existsSync(labs) ? readdirSync(labs).filter((entry) => entry.startsWith(name)) : []);

jest.setTimeout(180_000);
beforeAll(() => void pgrampart("down"));
afterAll(() => void pgrampart("down"));

describe("four hosts", () => {
  let lab: LabInventory;

  it("boot and accept logins in less than 15 seconds", () => {
    done("up", "--hosts", "1"); // the image exists from here on
    done("down");
    const started = Date.now();
    done("up", "--hosts", "4");
    expect(Date.now() - started).toBeLessThan(15_000);
    lab = inventory();
    expect(lab.hosts.map((host) => host.name)).toEqual(["h1", "h2", "h3", "h4"]);
  });

  it.each(clients)("see a visitor from %s under the visitor's own address, IPv4 and IPv6", (client) => {
    const from = lab.clients.find((candidate) => candidate.name === client)?.address;
    for (const family of ["ipv4", "ipv6"] as const) {
      const seen = done("exec", "--as", client, "--", "ssh", "-F", lab.sshConfig, "-o", `HostName=${lab.hosts[3]?.[family]}`, "h4", "echo $SSH_CONNECTION");
      expect(seen.split(" ")[0]).toBe(from?.[family]);
    }
  });

  it("are known by name in every client network", () => {
    expect(done("exec", "--as", "app", "--", "getent", "ahosts", "h2")).toMatch(/fd77::12(.|\n)*10\.77\.0\.12|10\.77\.0\.12(.|\n)*fd77::12/);
  });

  it("have no way out, nor have the clients", () => {
    for (const address of ["192.0.2.1", "2001:db8:ffff::1"]) {
      expect(onHost("h1", `ip route get ${address} 2>&1 || true`)).toContain("unreachable");
      for (const client of clients) expect(pgrampart("exec", "--as", client, "ip", "route", "get", address).stderr).toContain("unreachable");
    }
    for (const table of ["-4", "-6"]) expect(onHost("h1", `ip ${table} route show default`)).toBe("");
  });

  it("reach each other", () => {
    expect(onHost("h1", "bash -c 'exec 3<>/dev/tcp/h3/22; head -c 4 <&3'")).toBe("SSH-");
  });

  it("differ in identity and run without a failed unit", () => {
    expect(new Set(lab.hosts.map((host) => onHost(host.name, "cat /etc/machine-id"))).size).toBe(4);
    for (const host of lab.hosts) expect(onHost(host.name, "hostname; sudo systemctl is-system-running --wait")).toBe(`${host.name}\nrunning`);
  });

  it("let nobody in but the account with its key", () => {
    const attempt = (...options: string[]): string => pgrampart("exec", "ssh", "-F", lab.sshConfig, ...options, "h1", "true").stderr;
    expect(attempt("-l", "root")).toContain("Permission denied (publickey)");
    expect(attempt("-o", "PubkeyAuthentication=no")).toContain("Permission denied (publickey)");
    expect(attempt("-o", "HostKeyAlias=h2")).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
  });

  it("become root at once, without a name server to wait for", () => {
    const started = Date.now();
    expect(onHost("h1", "sudo -n id -u")).toBe("0");
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it("pass on the exit status of what they ran", () => {
    expect(pgrampart("ssh", "h1", "exit 7").status).toBe(7);
    expect(pgrampart("exec", "--as", "ops", "--", "sh", "-c", "exit 9").status).toBe(9);
  });

  it("have no PostgreSQL, and can install it from where they are, in UTF-8", () => {
    expect(onHost("h4", "dpkg-query -W 2>/dev/null | grep -c postgres || true")).toBe("0");
    onHost("h4", "sudo DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql-17 postgresql-17-pgaudit");
    expect(onHost("h4", "sudo -u postgres psql -Atc 'SHOW server_encoding'")).toBe("UTF8");
  });

  it("have a firewall of their own", () => {
    onHost("h3", "sudo nft add table inet probe");
    expect(onHost("h3", "sudo nft list tables")).toBe("table inet probe");
    expect(onHost("h2", "sudo nft list tables")).toBe("");
  });

  it("are left alone by a second up, which refuses other hosts", () => {
    const before = lab.hosts.map((host) => bootOf(host.name));
    done("up");
    expect(lab.hosts.map((host) => bootOf(host.name))).toEqual(before);
    expect(inventory().id).toBe(lab.id);
    const refused = pgrampart("up", "--hosts", "2");
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("exists with hosts h1,h2,h3,h4, not h1,h2")]);
  });

  it.each([["off", []], ["off the hard way", ["--kill"]]])("keep disk and host key when switched %s and on", (_, options) => {
    onHost("h2", "echo kept > note; sync");
    done("stop", "h2", ...options);
    const off = pgrampart("status");
    expect([off.status, off.stdout]).toEqual([1, expect.stringMatching(/^h2 +off/m)]);
    done("start", "h2");
    expect(onHost("h2", "cat note")).toBe("kept");
  });

  it("come back from a reboot of their own", async () => {
    const before = bootOf("h3");
    pgrampart("ssh", "h3", "sudo systemctl reboot");
    const deadline = Date.now() + 30_000;
    let after = "";
    while (after === "" || after === before) {
      if (Date.now() > deadline) throw new Error("h3 does not come back");
      await new Promise((wait) => setTimeout(wait, 300));
      after = pgrampart("ssh", "h3", "true").status === 0 ? bootOf("h3") : "";
    }
    expect(onHost("h3", "sudo nft list tables")).toBe("");
  });

  it("are as on the first day after a reset, with the same host key", () => {
    done("reset", "h4");
    expect(onHost("h4", "dpkg-query -W 2>/dev/null | grep -c postgres || true; ls")).toBe("0");
    expect((inventory().hosts[3] as LabHost).hostKeys).toEqual(lab.hosts[3]?.hostKeys);
  });

  it("can be changed from inside a client network", () => {
    done("exec", "--as", "app", "--", command, "lab", "stop", "h1", "--kill", "--name", name);
    done("exec", "--as", "app", "--", command, "lab", "start", "h1", "--name", name);
    expect(onHost("h1", "hostname")).toBe("h1");
  });

  it("boot again from their disks after this machine was rebooted", () => {
    onHost("h2", "echo kept > across; sync");
    // What a reboot leaves: the lab's folder and a journal of another boot.
    for (const host of lab.hosts) done("stop", host.name, "--kill");
    for (const namespace of readdirSync("/run/netns").filter((entry) => entry.includes(lab.id))) spawnSync("ip", ["netns", "delete", namespace]);
    const journal = join(labDirectory, "journal.jsonl");
    writeFileSync(journal, readFileSync(journal, "utf8").replace(/"id":"[^"]+"/, '"id":"another-boot"'));
    expect(pgrampart("start", "h2")).toMatchObject({ status: 2, stderr: expect.stringContaining("lab lab-test is not up") as string });
    done("up");
    expect([inventory().id, onHost("h2", "cat across")]).toEqual([lab.id, "kept"]);
  });

  it("leave nothing behind, and a second down finds nothing to do", () => {
    expect(tracesOf(lab.id)).not.toEqual([]);
    done("down");
    expect(tracesOf(lab.id)).toEqual([]);
    expect(leftInLabs()).toEqual([]);
    expect(pgrampart("down")).toMatchObject({ status: 0, stderr: expect.stringContaining("nothing to remove") as string });
    expect(pgrampart("status").status).toBe(1);
  });
});

describe("a lab up that is killed", () => {
  /** Starts `lab up`, kills it after a while and returns the lab's id if it got as far as having one. */
  async function killedAfter(milliseconds: number): Promise<string | undefined> {
    const child = spawn(program, [...lead, "lab", "up", "--name", name, "--hosts", "2"], { stdio: "ignore" });
    await new Promise((wait) => setTimeout(wait, milliseconds));
    child.kill("SIGKILL");
    await new Promise((ended) => (child.exitCode === null && child.signalCode === null ? child.on("exit", ended) : ended(0)));
    const file = join(labDirectory, "lab.json");
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LabInventory).id : undefined;
  }

  it.each([50, 100, 150, 200, 250, 300, 350, 400, 500, 700, 1000])("after %d ms is removed without a trace by down", async (milliseconds) => {
    const id = await killedAfter(milliseconds);
    done("down");
    expect(id === undefined ? [] : tracesOf(id)).toEqual([]);
    expect(leftInLabs()).toEqual([]);
  });

  it.each([100, 200, 300, 500, 1000])("after %d ms is completed by the next up", async (milliseconds) => {
    const id = await killedAfter(milliseconds);
    done("up", "--hosts", "2");
    expect(onHost("h2", "hostname")).toBe("h2");
    if (id !== undefined) expect(inventory().id).toBe(id);
    done("down");
  });

  it("while it builds an image leaves no process, no mount and no image", async () => {
    const cache = mkdtempSync(join(tmpdir(), "pgrampart-cache-"));
    try {
      // With another cache the command would not find a Node that lies in the usual one.
      const node = spawnSync(resolve(__dirname, "../../bin/with-node"), ["-p", "process.execPath"], { encoding: "utf8" }).stdout.trim();
      const env = { ...process.env, PGRAMPART_CACHE: cache, PGRAMPART_NODE: node };
      const child = spawn(program, [...lead, "lab", "up", "--name", name], { stdio: "ignore", env });
      await new Promise((wait) => setTimeout(wait, 4_000));
      expect(processesWith(cache)).not.toEqual([]);
      child.kill("SIGKILL");
      await new Promise((wait) => setTimeout(wait, 500));
      expect(processesWith(cache)).toEqual([]);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(cache);
      expect(readdirSync(join(cache, "lab")).filter((entry) => /^trixie-[0-9a-f]+$/.test(entry))).toEqual([]);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

it("two at once: the second is told who is first", async () => {
  const first = spawn(program, [...lead, "lab", "up", "--name", name, "--hosts", "1"], { stdio: "ignore" });
  const ended = new Promise((resolved) => first.on("exit", resolved));
  while (!leftInLabs().includes(`${name}.lock`)) await new Promise((wait) => setTimeout(wait, 5));
  const second = pgrampart("up", "--hosts", "1");
  expect([second.status, second.stderr]).toEqual([2, expect.stringMatching(/lab lab-test is being changed by process \d+/)]);
  expect(await ended).toBe(0);
  done("down");
});
