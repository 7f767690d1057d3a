/** What a Host does to a bare host, to a drifted one and to one it leaves; and what it never does. */
import { planHost, retireHost } from "../../src/diff/host";
import { HOST_PATHS, type ObservedHost } from "../../src/model/host";
import { EMPTY_PLAN, type Plan } from "../../src/model/plan";
import { bareHost, desiredHost, hardenedHost } from "../support/host";

type Inputs = Record<string, unknown>;
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlZ0f3YjV7f4hPyvJmE3n2J0W7o1m2b8Y9kQ0c5X6Zz";
const FULL: Inputs = {
  packages: ["postgresql-17", { name: "nftables", version: "1.1.3-1" }],
  groups: [{ name: "dba", gid: 4711 }],
  accounts: [{ name: "deploy", groups: ["dba"], authorizedKeys: [KEY], sudo: "all" }],
  files: [{ path: "/etc/motd", content: "secret words\n" }, { path: "/etc/systemd/system/try.service", content: "", reloads: "try.service" }],
  services: [{ unit: "try.service", enabled: true, running: true }],
  unattendedUpgrades: true,
  timeSync: true,
};
const full = desiredHost(FULL);
const there = hardenedHost(full);
const told = (plan: Plan): string[] => plan.changes.map(({ path, kind, hazards }) => `${path} ${kind}${hazards.length > 0 ? `: ${hazards.join(", ")}` : ""}`);
const titles = (steps: Plan["prepare"]): string[] => steps.map(({ title }) => title);

it("nothing is to do where everything is as desired, even with what the kernel refuses", () => {
  expect(planHost(there, full)).toEqual(EMPTY_PLAN);
});

it("on a bare host, installs before it changes anything, and keeps instances from being made", () => {
  const plan = planHost(bareHost(full), full);
  expect(titles(plan.prepare)).toEqual([
    "telling PostgreSQL's packages not to create an instance", "installing postgresql-17, nftables=1.1.3-1, unattended-upgrades, systemd-timesyncd",
    "making the group dba", "making the account deploy", "making the directories of new files",
  ]);
  expect(titles(plan.validate)).toEqual(["checking /etc/sudoers.d/60-pgrampart-deploy with visudo"]);
  expect(titles(plan.activate)).toEqual(["letting systemd read its units anew", "setting kernel parameters", "setting modes", "turning units on or off", "reloading try.service"]);
  expect(plan.guard?.seconds).toBe(60);
  const kernel = plan.activate[1]?.script.masked ?? "";
  expect(kernel.indexOf("/proc/sys/net/ipv4/ip_forward")).toBeLessThan(kernel.indexOf("/proc/sys/net/ipv4/conf/all/send_redirects"));
  expect(kernel).not.toMatch(/\/proc\/sys\/(kernel|fs)/);
});

it("removes no package, whatever is declared no more", () => {
  const plan = planHost(there, desiredHost({}));
  const scripts = [...plan.prepare, ...plan.activate, ...plan.finish].map(({ script }) => script.masked).join("\n");
  expect(scripts).not.toMatch(/apt-get|dpkg|userdel|groupdel/);
});

it.each<[string, Partial<ObservedHost>, string[]]>([
  ["a package gone", { packages: there.packages.filter(({ name }) => name !== "postgresql-17") }, ["packages[0] add"]],
  ["another version", { packages: there.packages.map((one) => (one.name === "nftables" ? { ...one, version: "1.0" } : one)) }, ["packages[1] add"]],
  ["a group gone", { groups: [] }, ["groups[0] add"]],
  ["an account gone", { accounts: [] }, ["accounts[0] add: access-widened"]],
  ["a shell", { accounts: there.accounts.map((one) => ({ ...one, shell: "/bin/sh" })) }, ["accounts[0].shell update: lockout"]],
  ["a password", { accounts: there.accounts.map((one) => ({ ...one, password: "set" })) }, ["accounts[0].password update: lockout"]],
  ["an expired account", { accounts: there.accounts.map((one) => ({ ...one, isExpired: true })) }, ["accounts[0].expired update: lockout"]],
  ["a sudoers file", { files: there.files.filter(({ path }) => !path.includes("sudoers")) }, ["accounts[0].sudo add: access-widened, lockout"]],
  ["a file's mode", { files: there.files.map((one) => (one.path === "/etc/motd" ? { ...one, mode: "0666" } : one)) }, ["files[0] update"]],
  ["a unit stopped", { services: there.services.map((one) => ({ ...one, isRunning: false })) }, ["services[0].running update", "timeSync.running update"]],
  ["a kernel parameter", { kernelParameters: there.kernelParameters.map((one) => (one.name === "net.ipv4.ip_forward" ? { ...one, value: "1" } : one)) }, ["kernelParameters[\"net.ipv4.ip_forward\"] update: lockout"]],
  ["a wider mode", { modes: there.modes.map((one) => (one.path === "/etc/shadow" ? { ...one, mode: "0644" } : one)) }, ["hardenFileModes[\"/etc/shadow\"] update"]],
  ["a stricter mode, which stays", { modes: there.modes.map((one) => (one.path === "/etc/passwd" ? { ...one, mode: "0600" } : one)) }, []],
  ["root's group, which stays", { modes: there.modes.map((one) => (one.path === "/etc/shadow" ? { ...one, group: "root" } : one)) }, []],
  ["a killed installation", { isInstallationGuardLeft: true }, ["observed.isInstallationGuardLeft delete"]],
])("drift: %s", (_, part, expected) => expect(told(planHost({ ...there, ...part }, full))).toEqual(expected));

it("what is declared no more goes back to what it was", () => {
  const plan = planHost({ ...there, files: there.files }, desiredHost({ hardenKernel: false, hardenFileModes: false, postgresql: { sandbox: false } }));
  expect(plan.files).toEqual(expect.arrayContaining([{ path: "/etc/motd", content: null }, { path: HOST_PATHS.sandbox, content: null }, { path: HOST_PATHS.sudoers("deploy"), content: null }]));
  expect(told(plan)).toContain("observed.accounts.deploy delete: access-narrowed, lockout");
  expect(plan.activate.map(({ script }) => script.masked).join("\n")).toMatch(/usermod --expiredate 1 deploy[\s\S]*printf '%s\\n' 7 > \/proc\/sys\/net\/ipv4\/ip_forward/);
  expect(told(plan)).toContain("hardenFileModes[\"/etc/shadow\"] update");
});

it("an account that was there before is not locked when it is declared no more", () => {
  const manifest = there.manifest.map((entry) => entry.replace("account deploy created", "account deploy found"));
  expect(told(planHost({ ...there, manifest }, desiredHost({})))).not.toContain("observed.accounts.deploy delete: access-narrowed, lockout");
});

it("the files that let this very connection in are never taken away", () => {
  const mine = desiredHost({ accounts: [{ name: "admin", authorizedKeys: [KEY], sudo: "all" }] });
  const plan = retireHost(hardenedHost(mine), mine);
  expect(plan.files.map(({ path }) => path)).not.toEqual(expect.arrayContaining(["/home/admin/.ssh/authorized_keys"]));
  expect(plan.files.map(({ path }) => path)).not.toEqual(expect.arrayContaining([HOST_PATHS.sudoers("admin")]));
  expect(told(plan).filter((change) => change.includes("accounts"))).toEqual([]);
});

it("retiring takes back every file and the manifest, and a second time there is nothing to do", () => {
  const plan = retireHost(there, full);
  expect(plan.files.map(({ path }) => path).sort()).toEqual([...there.files.map(({ path }) => path), HOST_PATHS.manifest].sort());
  expect(plan.files.every(({ content }) => content === null)).toBe(true);
  expect(retireHost({ ...bareHost(desiredHost({ hardenKernel: false, hardenFileModes: false })) }, full)).toEqual(EMPTY_PLAN);
});

it("a declared kernel parameter that cannot be set is an error before anything is touched", () => {
  const desired = desiredHost({ kernelParameters: { "vm.overcommit_memory": 2 }, hardenKernel: false });
  const plan = planHost(bareHost(desired), desired);
  expect(titles(plan.validate)).toEqual(["checking that vm.overcommit_memory can be set"]);
});

it("a number that would move files to other hands is refused with the way out", () => {
  const desired = desiredHost({ accounts: [{ name: "deploy", uid: 2000 }], hardenKernel: false, hardenFileModes: false });
  const before = hardenedHost(desired);
  const plan = planHost({ ...before, accounts: before.accounts.map((one) => ({ ...one, uid: 1001 })) }, desired);
  expect(told(plan)).toEqual(["accounts[0].uid update"]);
  expect(plan.validate[0]?.script.masked).toMatch(/has the number 1001, 2000 is declared/);
});

it("a sandbox that changes restarts running instances only where that is declared", () => {
  const without = { ...there, files: there.files.filter(({ path }) => path !== HOST_PATHS.sandbox) };
  expect(titles(planHost(without, full).activate)).toEqual(["letting systemd read its units anew"]);
  const restarting = desiredHost({ ...FULL, postgresql: { restartInstances: true } });
  expect(titles(planHost(without, restarting).activate)).toEqual(["letting systemd read its units anew", "restarting instances in their sandbox"]);
  expect(told(planHost(without, restarting))).toEqual(["postgresql.sandbox add: restart, session-end"]);
});

it("every activation can be undone, and content is in no printable text", () => {
  const plan = planHost(bareHost(full), full);
  expect(plan.restore.length).toBeGreaterThanOrEqual(plan.activate.length);
  expect(JSON.stringify(plan.changes)).not.toMatch(/secret words/);
});
