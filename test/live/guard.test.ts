/**
 * The transaction on a real host: what it puts in place, what it leaves alone, and that the old state comes back by
 * itself from every kind of failure. Each test begins with the host as it was.
 */
import { applyPlan } from "../../src/apply/execute";
import { settle } from "../../src/apply/settle";
import { ApplyError } from "../../src/errors";
import { EMPTY_PLAN, type FileSwap, type Plan } from "../../src/model/plan";
import { Secret } from "../../src/model/secret";
import { sh, withInput } from "../../src/render/shell";
import { SshTransport } from "../../src/transport/ssh";
import { labConnection } from "../support/lab";
import { startProgram, type Program } from "../support/program";

jest.setTimeout(180_000);

const FOLDER = "/etc/pgrampart-test";
let host: SshTransport;

beforeEach(async () => {
  const earlier = new SshTransport(labConnection("h1"));
  await settle(earlier);
  await earlier.run("preparing", sh`rm -rf ${FOLDER} /var/lib/pgrampart/journal && mkdir -m 0755 ${FOLDER} && cd ${FOLDER} && echo old >a && chmod 0640 a && ln -s a link`);
  await earlier.close();
  host = new SshTransport(labConnection("h1"));
});

afterEach(async () => {
  await host.run("cleaning", sh`nft delete table inet pgrampart_test 2>/dev/null; rm -rf ${FOLDER} /var/lib/pgrampart/journal`);
  await host.close();
});

const file = (name: string, content: string | Secret<string>, mode = "0644"): FileSwap => ({ path: `${FOLDER}/${name}`, content, owner: "root", group: "root", mode });
const plan = (parts: Partial<Plan>): Plan => ({ ...EMPTY_PLAN, ...parts });
const look = (): Promise<string> => host.run("looking", sh`cd ${FOLDER} && ls -A && for f in a link; do stat -c '%n %F %a' "$f" && cat "$f"; done; ls /run/pgrampart`);
const OLD = "a\nlink\na regular file 640\nold\nlink symbolic link 777\nold\nlock\n";
const failure = async (work: Promise<unknown>): Promise<ApplyError> => {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof ApplyError)) {
    throw new Error(`expected an ApplyError, got ${String(error)}`);
  }
  return error;
};

it("puts every byte in place with owner and mode, and leaves nothing else", async () => {
  const ugly = "no newline at the end, \\n \\0101 %s $(id) `id` 'single' \"double\" \t\r\n ünï€ode \u0001 end";
  await applyPlan(host, plan({
    prepare: [{ title: "noting", script: sh`echo prepared >${FOLDER}/prepared` }],
    files: [file("a", ugly, "0600"), file("b", "", "0644"), file("link", "now a file\n"), { path: `${FOLDER}/missing`, content: null }],
    validate: [{
      title: "checking",
      script: sh`[ "$(cat "$(staged ${FOLDER}/link)")" = "now a file" ] && [ "$(cat "$(staged ${FOLDER}/prepared)")" = prepared ] && [ "$(cat ${FOLDER}/a)" = old ]`,
    }],
    activate: [{ title: "using", script: sh`cp ${FOLDER}/a ${FOLDER}/used` }],
  }));
  expect(await host.run("reading", sh`cat ${FOLDER}/used`)).toBe(ugly);
  expect(await host.run("reading", sh`cd ${FOLDER}; stat -c '%n %F %a %U:%G' a b link; ls -A; ls /run/pgrampart; ls /var/lib/pgrampart/journal/*`)).toBe(
    "a regular file 600 root:root\nb regular empty file 644 root:root\nlink regular file 644 root:root\na\nb\nlink\nprepared\nused\nlock\nbusy\ncommitted\n");
});

it.each([
  ["a validator that refuses", { validate: [{ title: "checking the syntax", script: sh`echo "line 3: bad" >&2; exit 7` }] }, /checking the syntax: it failed with status 7: line 3: bad/],
  ["an owner that is missing", { files: [{ ...file("a", "new"), owner: "nobody-here" } as FileSwap] }, /staging the files.*nobody-here/],
  ["a folder that is missing", { files: [file("a", "new"), file("none/a", "new")] }, /staging the files/],
  ["a directory in the way", { files: [{ ...file("a", "x"), path: FOLDER } as FileSwap] }, /is a directory/],
  ["a failing activation", { activate: [{ title: "reloading", script: sh`echo no >&2; false` }] }, /reloading: it failed with status 1: no/],
  ["a failing check afterwards", { verify: [{ title: "looking at it", script: sh`exit 4` }] }, /looking at it: it failed with status 4/],
  ["a step that hangs", { activate: [{ title: "waiting", script: sh`sleep 60`, timeout: 1 }] }, /waiting: it did not end in time/],
  ["a syntax error in a step", { activate: [{ title: "misspelling", script: sh`if` }] }, /misspelling: it failed with status 2/],
])("%s leaves the host as it was", async (_, parts, message) => {
  const error = await failure(applyPlan(host, plan({ files: [file("a", "new"), file("new", "new"), file("link", "x")], restore: [{ title: "restoring", script: sh`true` }], ...parts })));
  expect(error.message).toMatch(message);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
});

it("masks secrets in what a failed step says", async () => {
  const secret = new Secret("canary-4711'x");
  const error = await failure(applyPlan(host, plan({ activate: [{ title: "speaking", script: sh`echo wrong password ${secret} >&2; false` }] })));
  expect(error.message).toMatch(/wrong password \[secret\]/);
});

it("tells when the old state could not be made effective again, and the next update settles it", async () => {
  const error = await failure(applyPlan(host, plan({
    files: [file("a", "new")],
    activate: [{ title: "reloading", script: sh`false` }],
    restore: [{ title: "reloading the old state", script: sh`[ -e ${FOLDER}/healed ]` }],
  })));
  expect(error.rolledBack).toBe(false);
  expect(error.message).toMatch(/could NOT be put back[^]*journal/);
  expect((await failure(applyPlan(host, plan({ files: [file("a", "newer")] })))).message).toMatch(/not settled/);
  await expect(settle(host)).rejects.toThrow(/cannot be undone[^]*reloading the old state/);
  await host.run("healing", sh`touch ${FOLDER}/healed`);
  expect(await settle(host)).toHaveLength(1);
  expect(await settle(host)).toEqual([]);
});

it("a full disk changes nothing and leaves no half-written file", async () => {
  await host.run("mounting", sh`mkdir ${FOLDER}/small && mount -t tmpfs -o size=64k none ${FOLDER}/small && echo old >${FOLDER}/small/a`);
  try {
    const error = await failure(applyPlan(host, plan({ files: [file("a", "new"), file("small/a", "x".repeat(200_000))] })));
    expect(error.message).toMatch(/staging the files: it failed with status \d+.*(No space left|I\/O error)/);
    expect(error.rolledBack).toBe(true);
    expect(await host.run("looking", sh`cd ${FOLDER}; ls -A . small; cat a small/a; ls -A /var/lib/pgrampart/journal`)).toBe(".:\na\nlink\nsmall\n\nsmall:\na\nold\nold\n");
  } finally {
    await host.run("unmounting", sh`umount ${FOLDER}/small`);
  }
});

it("files on another file system than the journal come back too", async () => {
  await host.run("mounting", sh`mkdir ${FOLDER}/small && mount -t tmpfs -o size=64k none ${FOLDER}/small && echo old >${FOLDER}/small/a && chmod 0600 ${FOLDER}/small/a`);
  try {
    const error = await failure(applyPlan(host, plan({ files: [file("a", "new"), file("small/a", "new"), file("small/b", "new")], activate: [{ title: "reloading", script: sh`false` }] })));
    expect(error.rolledBack).toBe(true);
    expect(await host.run("looking", sh`cd ${FOLDER}; cat a small/a; stat -c %a a small/a; ls -A small`)).toBe("old\nold\n640\n600\na\n");
  } finally {
    await host.run("unmounting", sh`umount ${FOLDER}/small`);
  }
});

it("a full journal changes nothing", async () => {
  await host.run("mounting", sh`mkdir -p -m 0700 /var/lib/pgrampart/journal && mount -t tmpfs -o size=64k none /var/lib/pgrampart/journal && head -c 200000 /dev/zero >${FOLDER}/big`);
  try {
    const error = await failure(applyPlan(host, plan({ files: [file("a", "new"), file("big", "new")] })));
    expect(error.message).toMatch(/saving the old files.*No space left/);
    expect(error.rolledBack).toBe(true);
    expect(await host.run("looking", sh`cd ${FOLDER}; cat a; stat -c %s big; ls -A . /var/lib/pgrampart/journal`)).toBe(`old\n200000\n.:\na\nbig\nlink\n\n/var/lib/pgrampart/journal:\n`);
  } finally {
    await host.run("unmounting", sh`umount /var/lib/pgrampart/journal`);
  }
});

const DROPS = (exceptions: string): string => `table inet pgrampart_test {\n  chain in {\n    type filter hook input priority -10; policy drop;\n    iif lo accept\n    ${exceptions}\n  }\n}\n`;
const firewall = (seconds: number, ruleset: string): Plan => plan({
  files: [file("rules.nft", ruleset)],
  validate: [{ title: "checking the ruleset", script: sh`nft -c -f "$(staged ${FOLDER}/rules.nft)"` }],
  activate: [{ title: "loading the ruleset", script: sh`nft -f ${FOLDER}/rules.nft` }],
  restore: [{ title: "removing the ruleset", script: sh`nft delete table inet pgrampart_test 2>/dev/null; :` }],
  guard: { seconds, proofs: [{ title: "logging in again", script: sh`true` }] },
});
const traces = (): Promise<string> => host.run("looking", sh`nft list tables; systemctl list-units --all 'pgrampart-rollback*' --no-legend --plain`);

it("TEL-08 a ruleset that refuses new logins is put back as soon as the proof fails", async () => {
  const error = await failure(applyPlan(host, firewall(15, DROPS("ct state established accept"))));
  expect(error.message).toMatch(/logging in again: the change would lock out/);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
  expect(await traces()).not.toMatch(/pgrampart/);
});

it("TEL-08 a ruleset that cuts this very connection comes back by itself, and the update fails clearly", async () => {
  const error = await failure(applyPlan(host, firewall(6, DROPS(""))));
  expect(error.message).toMatch(/lock out|connection was lost/);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
  expect(await traces()).not.toMatch(/pgrampart/);
});

it("a good ruleset stays, and its timer goes", async () => {
  await applyPlan(host, firewall(20, DROPS("tcp dport 22 accept; ct state established accept")));
  expect(await traces()).toBe("table inet pgrampart_test\n");
  expect(await host.run("looking", sh`ls /var/lib/pgrampart/journal/*`)).toBe("busy\ncommitted\ntimer\n");
});

it("a rollback that comes before the commit wins: the update fails, nothing of it stays", async () => {
  const racing = firewall(60, DROPS("tcp dport 22 accept; ct state established accept"));
  const error = await failure(applyPlan(host, {
    ...racing,
    guard: { seconds: 60, proofs: [{ title: "letting the timer win", script: sh`for r in /var/lib/pgrampart/journal/*/rollback; do sh "$r"; done` }] },
  }));
  expect(error.message).toMatch(/committing the change.*the rollback came first/);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
  expect(await traces()).not.toMatch(/pgrampart/);
});

it("a timer that fires while a step still runs waits for it, then undoes it", async () => {
  const slow = firewall(2, DROPS("tcp dport 22 accept; ct state established accept"));
  const error = await failure(applyPlan(host, { ...slow, activate: [{ title: "taking long", script: sh`sleep 4; nft -f ${FOLDER}/rules.nft` }] }));
  expect(error.message).toMatch(/lock out|the rollback came first/);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
  expect(await traces()).not.toMatch(/pgrampart/);
});

it("a commit and a rollback at the same moment never leave a mixture", async () => {
  const outcomes = new Set<string>();
  for (let turn = 0; turn < 8; turn++) {
    // The rollback is started in the background by the proof and races with the commit that follows it.
    const racing = firewall(60, DROPS("tcp dport 22 accept; ct state established accept"));
    const delay = (turn * 0.02).toFixed(2);
    const work = applyPlan(host, {
      ...racing,
      guard: { seconds: 60, proofs: [{ title: "starting a rollback", script: sh`(sleep ${delay}; for r in /var/lib/pgrampart/journal/*/rollback; do [ ! -e "$r" ] || sh "$r"; done) >/dev/null 2>&1 & :` }] },
    });
    const isCommitted = await work.then(() => true, (error: ApplyError) => { expect(error.rolledBack).toBe(true); return false; });
    outcomes.add(String(isCommitted));
    await host.run("waiting", sh`sleep 0.3`);
    if (isCommitted) {
      expect(await traces()).toBe("table inet pgrampart_test\n");
      await host.run("clearing", sh`nft delete table inet pgrampart_test; rm ${FOLDER}/rules.nft`);
    } else {
      expect(await traces()).not.toMatch(/pgrampart/);
    }
    expect(await look()).toBe(OLD);
  }
  expect([...outcomes].sort()).toEqual(["false", "true"]);
});

it("a cancelled update is undone", async () => {
  const controller = new AbortController();
  const work = applyPlan(host, firewall(30, DROPS("tcp dport 22 accept; ct state established accept")), { signal: controller.signal, log: () => controller.abort() });
  const error = await failure(work);
  expect(error.message).toMatch(/cancelled/);
  expect(error.rolledBack).toBe(true);
  expect(await look()).toBe(OLD);
});

/** An update in a process of its own that gets as far as its proof, which hangs. */
function startUpdate(seconds: number): Program {
  return startProgram(
    `import { SshTransport } from "./src/transport/ssh"; import { applyPlan } from "./src/apply/execute"; import { EMPTY_PLAN } from "./src/model/plan";
     import { sh } from "./src/render/shell"; import { labConnection } from "./test/support/lab";`,
    `const own = { owner: "root", group: "root", mode: "0644" };
     await applyPlan(new SshTransport(labConnection("h1")), {
       ...EMPTY_PLAN,
       files: [{ path: "${FOLDER}/a", content: "new", ...own }, { path: "${FOLDER}/new", content: "new", ...own }, { path: "${FOLDER}/link", content: null }],
       activate: [{ title: "using it", script: sh\`cp ${FOLDER}/a /run/pgrampart-used\` }],
       restore: [{ title: "using the old one", script: sh\`cp ${FOLDER}/a /run/pgrampart-used\` }],
       guard: { seconds: ${seconds}, proofs: [{ title: "hanging", script: sh\`sleep 60\` }] },
     }, { log: (line) => console.log(line) });`,
  );
}

async function untilOld(limit: number): Promise<void> {
  for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) {
    if ((await look().catch(() => "")) === OLD) {
      return;
    }
  }
  expect(await look()).toBe(OLD);
}

it("a control side killed while the change is unproven: the host puts the old state back by its timer", async () => {
  const update = startUpdate(5);
  await update.said("hanging");
  update.process.kill("SIGKILL");
  await update.ended;
  expect(await host.run("looking", sh`cat ${FOLDER}/a ${FOLDER}/new /run/pgrampart-used; ls ${FOLDER}`)).toBe("newnewnewa\nnew\n");
  await untilOld(15_000);
  expect(await host.run("looking", sh`cat /run/pgrampart-used; ls /var/lib/pgrampart/journal/*`)).toBe("old\nbusy\nreverted\ntimer\nunstage\n");
  expect(await settle(host)).toEqual([]);
});

it("a control side killed long before its timer: the next update does not wait for it", async () => {
  const update = startUpdate(600);
  await update.said("hanging");
  update.process.kill("SIGKILL");
  await update.ended;
  expect(await settle(host)).toHaveLength(1);
  expect(await look()).toBe(OLD);
  expect(await traces()).not.toMatch(/pgrampart/);
});

it("a host that loses power while the change is unproven has its old state back after the boot", async () => {
  const update = startUpdate(600);
  await update.said("hanging");
  update.process.kill("SIGKILL");
  await update.ended;
  await host.run("cutting the power", sh`echo b >/proc/sysrq-trigger 2>/dev/null; reboot -f -f`).catch(() => undefined);
  await host.close();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await host.run("looking", sh`cd ${FOLDER} && ls -A && stat -c '%n %F %a' a link && cat a`)).toBe("a\nlink\na regular file 640\nlink symbolic link\nold\n".replace("link symbolic link", "link symbolic link 777"));
  expect(await host.run("waiting for the boot", sh`systemctl is-system-running --wait >/dev/null; cat /run/pgrampart-used; ls /var/lib/pgrampart/journal/*; systemctl show -P Result pgrampart-recover pgrampart-recover-effects`)).toMatch(/^old\n[^]*reverted\n[^]*success\n+success\n$/);
});

it("a host that loses power in the middle of an unguarded change has its old state back after the boot", async () => {
  await applyPlan(host, plan({ files: [file("a", "new"), file("new", "new")], activate: [{ title: "losing power", script: sh`reboot -f -f; sleep 20` }] })).catch((error: ApplyError) => {
    expect(error).toBeInstanceOf(ApplyError);
    expect(error.rolledBack).toBe(true);
  });
  expect(await host.run("looking", sh`cd ${FOLDER} && ls -A && cat a`)).toBe("a\nlink\nold\n");
});

it("an unguarded change outlives its control side", async () => {
  const update = startProgram(
    `import { SshTransport } from "./src/transport/ssh"; import { applyPlan } from "./src/apply/execute"; import { EMPTY_PLAN } from "./src/model/plan";
     import { sh } from "./src/render/shell"; import { labConnection } from "./test/support/lab";`,
    `await applyPlan(new SshTransport(labConnection("h1")), {
       ...EMPTY_PLAN,
       files: [{ path: "${FOLDER}/a", content: "new\\n", owner: "root", group: "root", mode: "0640" }],
       activate: [{ title: "taking time", script: sh\`touch /run/pgrampart-at-it; sleep 3; yes | head -c 100000\` }],
       finish: [{ title: "finishing", script: sh\`touch /run/pgrampart-finished\` }],
     }, { log: (line) => console.log(line) });`,
  );
  await host.run("waiting", sh`for i in $(seq 100); do [ ! -e /run/pgrampart-at-it ] || exit 0; sleep 0.1; done; exit 1`);
  update.process.kill("SIGKILL");
  await update.ended;
  expect(await settle(host)).toEqual([]);
  expect(await host.run("looking", sh`cat ${FOLDER}/a; ls /run/pgrampart-*; rm /run/pgrampart-*`)).toMatch(/^new\n[^]*finished/);
});

it("two updates exclude each other", async () => {
  const update = startUpdate(20);
  await update.said("hanging");
  const second = new SshTransport(labConnection("h1"));
  await expect(second.lock(1)).rejects.toThrow(/another update holds the host's lock: .* process \d+/);
  await second.close();
  update.process.kill("SIGTERM");
  await update.ended;
  expect(await settle(host)).toHaveLength(1);
});

it("new secret content is in no process list, journal file, log or leftover", async () => {
  const canary = "canary-77c1";
  const isHidden = withInput(
    sh`{ { { cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; journalctl -q --no-pager; grep -rhs '' /var/lib/pgrampart /run/pgrampart /tmp /var/tmp /var/log; } | grep -acf /dev/fd/3; :; } 3<&0; }`,
    canary,
  );
  const secret = new Secret(`${canary}\n`);
  const update = applyPlan(host, plan({
    prepare: [{ title: "preparing", script: sh`x=${secret}; sleep 1` }],
    files: [file("secret", secret, "0600")],
    activate: [{ title: "using it", script: sh`x=${secret}; echo "$x"; sleep 1; systemd-cat echo nothing` }],
    restore: [{ title: "undoing it", script: sh`true` }],
  }));
  const watcher = new SshTransport(labConnection("h1"));
  const seen: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    seen.push(await watcher.run("watching", sh`sleep 0.3; for f in /proc/[0-9]*/cmdline; do ${withInput(sh`grep -aqsf - "$f"`, canary)}
[ $? -ne 0 ] || echo "$f"; done`));
  }
  await update;
  expect(seen.join("")).toBe("");
  expect(await watcher.run("searching", isHidden)).toBe("0\n");
  expect(await host.run("looking", sh`stat -c %a ${FOLDER}/secret; cat ${FOLDER}/secret`)).toBe(`600\n${canary}\n`);
  await watcher.close();
});
