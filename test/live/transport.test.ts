/** The transport against a real sshd: framing, keys, refusals, lost connections, the lock, and what is left behind. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectError, RunError } from "../../src/errors";
import type { Probe } from "../../src/inspect/probe";
import { Secret } from "../../src/model/secret";
import { sh, withInput } from "../../src/render/shell";
import { SshTransport } from "../../src/transport/ssh";
import type { Connection } from "../../src/model/connection";
import { lab, labConnection, labHost } from "../support/lab";
import { startProgram } from "../support/program";

jest.setTimeout(90_000);

const transports: SshTransport[] = [];
function open(changes: Partial<Connection> = {}, options: { idle?: number } = {}): SshTransport {
  const transport = new SshTransport({ ...labConnection("h1"), ...changes }, options);
  transports.push(transport);
  return transport;
}
const without = (connection: Connection, ...names: readonly (keyof Connection)[]): Connection =>
  Object.fromEntries(Object.entries(connection).filter(([name]) => !names.includes(name as keyof Connection))) as unknown as Connection;
/** This test's own place for them, so that other programs' do not count. */
const privateDirectories = (): readonly string[] => readdirSync(join(scratch, "run")).map((name) => join(scratch, "run", name));
async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end && !condition();) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "transport-test-"));
  mkdirSync(join(scratch, "run"));
  process.env["XDG_RUNTIME_DIR"] = join(scratch, "run");
});
afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe("framing", () => {
  it("runs as root in a plain environment, in order, each script by itself", async () => {
    const host = open();
    expect(await host.run("asking", sh`id -u; pwd; umask; echo "$LC_ALL $#"; echo x >&2`)).toBe("0\n/\n0022\nC.UTF-8 0\n");
    await host.run("setting", sh`VARIABLE=1; cd /tmp; umask 077; exec >/dev/null; set -e`);
    expect(await host.run("asking again", sh`echo "\${VARIABLE-unset}"; pwd; umask; false; echo on`)).toBe("unset\n/\n0022\non\n");
    expect(await Promise.all(["a", "b", "c"].map((text) => host.run("in order", sh`echo ${text} >>/run/order; cat /run/order`)))).toEqual(["a\n", "a\nb\n", "a\nb\nc\n"]);
    await host.run("clearing", sh`rm /run/order`);
  });

  it.each([
    ["nothing", sh``, ""],
    ["no newline", sh`printf x`, "x"],
    ["only newlines", sh`printf '\n\n\n'`, "\n\n\n"],
    ["a comment at the end", sh`echo a # comment`, "a\n"],
    ["a quote in a comment", sh`echo a # it's`, "a\n"],
    ["exit in the middle", sh`echo a; exit 0; echo b`, "a\n"],
    ["exec in the middle", sh`exec echo a`, "a\n"],
    ["a here-document at the end", withInput(sh`cat`, "a\n\tb $x `y` \\ 'z'\n"), "a\n\tb $x `y` \\ 'z'\n"],
    ["reading its standard input", sh`cat; read x || echo none`, "none\n"],
    ["something in the background", sh`(sleep 0.2; echo late) & echo a`, "a\n"],
    ["a marker of its own", sh`printf '\n%s 0\n' 00000000000000000000000000000000; echo b`, "\n00000000000000000000000000000000 0\nb\n"],
    ["return", sh`echo a; return 0; echo b`, "a\n"],
  ])("%s", async (_, script, expected) => {
    expect(await open().run("trying", script)).toBe(expected);
  });

  it("carries 40 MB and any byte", async () => {
    const host = open();
    expect((await host.run("much", sh`head -c 40000000 /dev/zero | tr '\\0' x`)).length).toBe(40_000_000);
    const bytes = await host.run("all bytes", sh`i=1; while [ $i -lt 128 ]; do printf "\\\\$(printf %03o $i)"; i=$((i + 1)); done; printf '\\0end'`);
    expect(bytes).toBe(`${String.fromCharCode(...Array.from({ length: 127 }, (_, index) => index + 1))}\0end`);
    const text = "x'\"\\$`\n é€ \t".repeat(100_000);
    await expect(host.run("a script with NUL", sh`echo \0`)).rejects.toThrow(/NUL/);
    expect(await host.run("a large script", sh`printf %s ${text}`)).toBe(text);
  });

  it("a failing script gives its status and the end of what it said, secrets masked", async () => {
    const secret = new Secret("first line of it\nsecond 'line' of it");
    const error = await open().run("failing", sh`echo ${secret} >&2; echo "sh: second 'line' of it: bad" >&2; exit 3`).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({ status: 3, step: "failing" });
    expect((error as RunError).message).toMatch(/failing failed with status 3: \[secret\]\nsh: \[secret\]: bad$/);
    const long = await open().run("failing", sh`head -c 100000 /dev/zero | tr '\\0' x >&2; false`).catch((reason: unknown) => reason);
    expect((long as RunError).message.length).toBeLessThan(2500);
  });

  it("probes that come together travel together", async () => {
    const host = open();
    await host.run("connecting", sh`true`);
    const probe = (index: number): Probe<number> => ({ title: "reading", script: sh`echo ${index}`, parse: Number });
    const alone = performance.now();
    for (let index = 0; index < 20; index++) {
      await host.observe(probe(index));
    }
    const together = performance.now();
    expect(await Promise.all(Array.from({ length: 20 }, (_, index) => host.observe(probe(index))))).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(performance.now() - together).toBeLessThan(2 * (together - alone));
    expect(await host.run("counting logins", sh`pgrep -c -f '^sshd(-session)?: .*@notty'`)).toBe("1\n");
  });
});

describe("keys", () => {
  const generate = (name: string, ...options: readonly string[]): { readonly key: Secret<string>; readonly publicKey: string } => {
    const path = join(scratch, name);
    execFileSync("ssh-keygen", ["-q", "-f", path, "-C", name, ...options]);
    return { key: new Secret(readFileSync(path, "utf8")), publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
  };

  it("a key in memory never lies on a disk, and its agent ends with the connection", async () => {
    const host = open();
    await host.run("connecting", sh`true`);
    const directories = privateDirectories();
    expect(directories.length).toBeGreaterThan(0);
    for (const directory of directories) {
      const files = readdirSync(directory).filter((name) => name !== "agent");
      expect(files.map((name) => readFileSync(join(directory, name), "utf8")).join("")).not.toMatch(/PRIVATE KEY/);
      expect(execFileSync("stat", ["-c", "%a", directory]).toString()).toBe("700\n");
    }
    await host.close();
    await until(() => privateDirectories().length === 0);
    expect(privateDirectories()).toEqual([]);
  });

  it("an encrypted key opens with its passphrase; a wrong or missing one is refused without a question", async () => {
    const passphrase = "canary pass 'phrase' $x";
    const { key, publicKey } = generate("encrypted", "-t", "ed25519", "-N", passphrase);
    await open().run("allowing", sh`printf '%s\n' ${publicKey} >>~admin/.ssh/authorized_keys`);
    expect(await open({ privateKey: key, privateKeyPassword: new Secret(passphrase) }).run("asking", sh`id -un`)).toBe("root\n");
    for (const privateKeyPassword of [{ privateKeyPassword: new Secret("wrong canary") }, {}]) {
      const error = await open({ privateKey: key, ...privateKeyPassword }).run("asking", sh`true`).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConnectError);
      expect((error as ConnectError).message).toMatch(/private key could not be loaded/);
      expect((error as ConnectError).message).not.toMatch(/canary/);
    }
  });

  it("an RSA key in PEM form works", async () => {
    const { key, publicKey } = generate("pem", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "");
    await open().run("allowing", sh`printf '%s\n' ${publicKey} >>~admin/.ssh/authorized_keys`);
    expect(await open({ privateKey: key }).run("asking", sh`id -un`)).toBe("root\n");
  });

  it("a user's agent works", async () => {
    const socket = join(scratch, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      await until(() => existsSync(socket));
      execFileSync("ssh-add", ["-q", lab().privateKey], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      const host = new SshTransport({ ...without(labConnection("h1"), "privateKey"), agentSocketPath: socket });
      transports.push(host);
      expect(await host.run("asking", sh`id -un`)).toBe("root\n");
    } finally {
      agent.kill();
      await once(agent, "close");
    }
  });

  it("a key that the host does not know is refused at once", async () => {
    const begun = Date.now();
    await expect(open({ privateKey: generate("stranger", "-t", "ed25519", "-N", "").key, dialErrorLimit: 10 }).run("asking", sh`true`)).rejects.toThrow(/login as admin was refused.*Permission denied \(publickey/);
    expect(Date.now() - begun).toBeLessThan(5000);
  });
});

describe("host keys", () => {
  const fingerprintOf = (line: string): string => execFileSync("ssh-keygen", ["-lf", "-"], { input: `${line}\n` }).toString().split(" ")[1] as string;

  it.each(["ed25519", "rsa"])("another %s key than the host's is refused with both fingerprints, not retried", async (type) => {
    const path = join(scratch, `pinned-${type}`);
    execFileSync("ssh-keygen", ["-q", "-t", type, "-f", path, "-N", ""]);
    const pinned = readFileSync(`${path}.pub`, "utf8").trim();
    const begun = Date.now();
    const error = await open({ hostKeys: [pinned], dialErrorLimit: 10 }).run("asking", sh`touch /run/never`).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as ConnectError).message).toContain(fingerprintOf(pinned));
    expect((error as ConnectError).message).toContain(fingerprintOf(labHost("h1").hostKeys[0] as string));
    expect((error as ConnectError).remedy).toMatch(/ssh-keygen -lf/);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(await open().run("looking", sh`ls /run/never 2>/dev/null; :`)).toBe("");
  });

  it("one of several pinned keys is enough", async () => {
    const other = readFileSync(join(scratch, "pinned-ed25519.pub"), "utf8").trim();
    expect(await open({ hostKeys: [other, ...labConnection("h1").hostKeys] }).run("asking", sh`echo in`)).toBe("in\n");
  });

  it("a jump host carries the connection, and its key is pinned too", async () => {
    const { proxy: _, ...jump } = labConnection("h1");
    const target = labConnection("h2");
    const host = new SshTransport({ ...target, proxy: jump });
    transports.push(host);
    expect(await host.run("asking", sh`hostname; echo "$SSH_CONNECTION"; ss -Htn state established sport = :22 | grep -c ${jump.host}`)).toBe("h2\n\n1\n");
    const wrong = new SshTransport({ ...target, proxy: { ...jump, hostKeys: target.hostKeys } });
    transports.push(wrong);
    await expect(wrong.run("asking", sh`true`)).rejects.toThrow(new RegExp(`${jump.host}.*host key is not one of those pinned`));
    const wrongTarget = new SshTransport({ ...target, hostKeys: jump.hostKeys, proxy: jump });
    transports.push(wrongTarget);
    await expect(wrongTarget.run("asking", sh`true`)).rejects.toThrow(new RegExp(`^admin@${target.host}.*host key is not one of those pinned`));
  });
});

describe("a host that does not answer", () => {
  it("is tried again with pauses, then named with the step", async () => {
    const error = await open({ port: 1, dialErrorLimit: 3 }).run("reading the loaded ruleset", sh`true`).catch((reason: unknown) => reason);
    expect((error as ConnectError).message).toMatch(/^admin@.*:1: no connection after 3 attempts while reading the loaded ruleset: .*Connection refused/);
    expect((error as ConnectError).remedy).toMatch(/host is up/);
  });

  it("is waited for no longer than told", async () => {
    const begun = Date.now();
    await expect(open({ host: "10.77.0.99", dialErrorLimit: 1, perDialTimeout: 2 }).run("asking", sh`true`)).rejects.toThrow(/no connection after 1 attempt/);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it("is found when it comes back", async () => {
    await open().run("stopping sshd for a second", sh`systemctl stop ssh.socket 2>/dev/null; systemctl stop ssh; systemd-run --quiet --on-active=1.5 --timer-property=AccuracySec=10ms systemctl start ssh`);
    expect(await open({ dialErrorLimit: 10 }).run("asking", sh`echo back`)).toBe("back\n");
  });

  it("ends the waiting when the update is cancelled", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const begun = Date.now();
    await expect(open({ port: 1, dialErrorLimit: -1 }).run("asking", sh`true`, { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(Date.now() - begun).toBeLessThan(3000);
  });
});

describe("accounts", () => {
  beforeAll(async () => {
    const host = open();
    for (const [name, shell] of [["plain", "/bin/sh"], ["closed", "/usr/sbin/nologin"]] as const) {
      await host.run("adding an account", sh`id ${name} >/dev/null 2>&1 || useradd -m -s ${shell} ${name}
install -d -m 0700 -o ${name} ${`/home/${name}/.ssh`} && install -m 0600 -o ${name} ~admin/.ssh/authorized_keys ${`/home/${name}/.ssh/authorized_keys`}`);
    }
    await host.close();
  });

  it("without sudo is refused with the line that allows it", async () => {
    const error = await open({ user: "plain" }).run("asking", sh`true`).catch((reason: unknown) => reason);
    expect((error as ConnectError).message).toMatch(/sudo refused to work without a password: .*password is required/);
    expect((error as ConnectError).remedy).toMatch(/plain ALL=\(ALL:ALL\) NOPASSWD: ALL/);
  });

  it("without a shell is refused", async () => {
    await expect(open({ user: "closed" }).run("asking", sh`true`)).rejects.toThrow(/no shell: .*not available/);
  });
});

describe("a connection that ends", () => {
  const cut = sh`touch /run/begun; p=$$; while ! grep -q '^sshd' /proc/$p/comm; do p=$(cut -d ' ' -f 4 /proc/$p/stat); done; sleep 0.2; kill -9 $p; sleep 1; touch /run/ended`;

  it("in the middle is told with its step; the next use connects again and nothing runs twice", async () => {
    const host = open();
    await host.run("clearing", sh`rm -f /run/begun /run/ended /run/times`);
    const error = await host.run("changing something", sh`echo once >>/run/times; ${cut}`).catch((reason: unknown) => reason);
    expect((error as ConnectError).message).toMatch(/connection was lost while changing something: .*the host had begun/);
    expect(await host.run("looking", sh`sleep 1.5; cat /run/times; ls /run/begun /run/ended`)).toBe("once\n/run/begun\n/run/ended\n");
  });

  it("because of a timeout says that it may still run there", async () => {
    const host = open();
    await expect(host.run("waiting", sh`sleep 5`, { timeout: 1 })).rejects.toThrow(/waiting: no answer within 1 s \(the host had begun; it may have finished or may still be at it\)/);
    expect(await host.run("asking", sh`echo on`)).toBe("on\n");
  });

  it("because it was cancelled", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    await expect(open().run("waiting", sh`sleep 5`, { signal: controller.signal })).rejects.toThrow(/cancelled/);
  });

  it("rests after a while without use, and wakes", async () => {
    const host = open({}, { idle: 1 });
    await host.run("asking", sh`true`);
    await until(() => privateDirectories().length === 0);
    expect(privateDirectories()).toEqual([]);
    expect(await host.run("asking", sh`echo awake`)).toBe("awake\n");
  });
});

describe("the lock", () => {
  it("excludes another update, which is told who holds it, and passes on when its holder closes", async () => {
    const [first, second] = [open(), open()];
    await first.lock(5);
    await first.lock(5);
    await expect(second.lock(1)).rejects.toThrow(/another update holds the host's lock: .*@.*, process \d+, since 20/);
    const waiting = second.lock(20);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await first.close();
    await waiting;
    expect(await open().run("looking", sh`stat -c %a /run/pgrampart /run/pgrampart/lock`)).toBe("700\n600\n");
  });

  it("is not inherited by what a step starts", async () => {
    const first = open();
    await first.lock(5);
    await first.run("starting a daemon", sh`setsid sleep 30 >/dev/null 2>&1 </dev/null & echo $! >/run/daemon`);
    await first.close();
    const second = open();
    await second.lock(2);
    await second.run("ending it", sh`kill $(cat /run/daemon)`);
  });

  it("stays while a script of a lost connection still runs", async () => {
    const [first, second] = [open(), open()];
    await first.lock(5);
    await first.run("running on", sh`sleep 4`, { timeout: 1 }).catch(() => undefined);
    await expect(second.lock(1)).rejects.toThrow(/another update/);
    await second.lock(20);
  });
});

describe("a new connection", () => {
  it("is a login of its own", async () => {
    const host = open();
    const count = sh`pgrep -c -f '^sshd(-session)?: .*@notty'`;
    expect(await host.run("counting", count)).toBe("1\n");
    expect(await host.runFresh("counting", count)).toBe("2\n");
    await expect(host.runFresh("failing", sh`echo no >&2; exit 5`)).rejects.toThrow(/failing failed with status 5: no/);
    expect(await host.run("counting", sh`sleep 0.3; pgrep -c -f '^sshd(-session)?: .*@notty'`)).toBe("1\n");
  });
});

describe("secrets and leftovers", () => {
  const CANARY = "canary-9f31";

  it("no process on either side shows a script's secret or a key", async () => {
    const host = open();
    const running = host.run("holding a secret", sh`x=${new Secret(CANARY)}; printf %s "$x" >/dev/null; sleep 2`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const search = withInput(sh`{ grep -aslf - /proc/[0-9]*/cmdline /proc/[0-9]*/environ || :; }`, `${CANARY}\nPRIVATE KEY`);
    expect(await open().run("searching", search)).toBe("");
    const local = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid)).flatMap((pid) =>
      ["cmdline", "environ"].filter((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`).includes(CANARY);
        } catch {
          return false;
        }
      }).map((file) => `${pid}/${file}`));
    expect(local).toEqual([]);
    for (const directory of privateDirectories()) {
      expect(readFileSync(join(directory, "log"), "utf8")).not.toContain(CANARY);
    }
    await running;
    expect(await open().run("searching the journal", withInput(sh`{ { journalctl -q --no-pager | grep -cf /dev/fd/3; :; } 3<&0; }`, CANARY))).toBe("0\n");
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("a control process ended by %s leaves no ssh, no agent, no directory", async (signal) => {
    const program = startProgram(
      `import { SshTransport } from "./src/transport/ssh"; import { sh } from "./src/render/shell"; import { labConnection } from "./test/support/lab";`,
      `const host = new SshTransport(labConnection("h1")); await host.lock(5); await host.run("x", sh\`true\`); console.log("ready"); await host.run("y", sh\`sleep 1\`); await new Promise(() => setInterval(() => undefined, 1000));`,
    );
    await program.said("ready");
    const [directory] = privateDirectories();
    expect(directory).toBeDefined();
    program.process.kill(signal);
    await program.ended;
    const mentions = (): string => execFileSync("ps", ["-eo", "pid,args"]).toString().split("\n").filter((line) => line.includes(String(directory))).join("\n");
    await until(() => privateDirectories().length === 0 && mentions() === "");
    expect(privateDirectories()).toEqual([]);
    expect(mentions()).toBe("");
    await open().lock(10);
  });
});
