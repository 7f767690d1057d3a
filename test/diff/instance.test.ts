import { planInstance, retireInstance } from "../../src/diff/instance";
import { diffFiles, observedForm } from "../../src/diff/file";
import { PlanError } from "../../src/errors";
import { certificateFacts, parseCertificates } from "../../src/model/certificate";
import { TLS_FILES, type DesiredInstance, type ObservedInstance } from "../../src/model/instance-state";
import { isEmptyPlan, type Change } from "../../src/model/plan";
import { Secret } from "../../src/model/secret";
import { instanceDirectories, renderInstance } from "../../src/render/instance";
import { encrypted, TestAuthority, type Pair } from "../support/certificates";
import { desired } from "../support/instance";

let server: Pair;
let renewed: Pair;
let clients: TestAuthority;

beforeAll(async () => {
  const authority = await TestAuthority.create("Server CA");
  [server, renewed] = [await authority.issue("db1", ["db1.example"]), await authority.issue("db1", ["db1.example"])];
  clients = await TestAuthority.create("Client CA");
});

const tls = (): Record<string, unknown> => ({ certificate: server.certificate, privateKey: new Secret(server.privateKey), clientAuthority: clients.certificate });

/** What the host would show with everything as wanted: the oracle for "the second run is empty". */
function converged(wanted: DesiredInstance): ObservedInstance {
  const passphrase = renderInstance(wanted).map(observedForm).find(({ path }) => path.endsWith(`/${TLS_FILES.passphrase}`));
  const facts = (pem: string | null | undefined): ReturnType<typeof certificateFacts>[] => (parseCertificates(pem ?? "") ?? []).map(certificateFacts);
  return {
    major: wanted.instance.major, name: wanted.instance.name, exists: true, isRunning: true, isReachable: true, version: "17.11", dataChecksums: true, encoding: "UTF8", locale: "C.UTF-8",
    files: renderInstance(wanted).map(observedForm).map((file) => (file === passphrase || file.path === passphrase?.path ? { ...file, sha256: "" } : file)),
    passphrase: passphrase === undefined ? null : new Secret(passphrase.sha256),
    directories: instanceDirectories(wanted).map(({ path, owner, group, mode }) => ({ path, owner, group, mode })),
    parameters: Object.fromEntries(wanted.parameters.map(({ definition, value }) => [definition.name, value])),
    sources: {}, unloaded: {}, pendingRestart: [], fileErrors: [], alterSystem: {},
    listeners: wanted.listenAddresses.map((address) => `${address === "localhost" ? "127.0.0.1" : address}:${wanted.instance.port}`),
    certificate: facts(wanted.tls?.certificate)[0] ?? null, clientAuthorities: facts(wanted.tls?.clientAuthority),
  };
}

const summary = (changes: readonly Change[]): unknown[] => changes.map(({ path, kind, before, after, hazards }) => [kind, path, before, after, hazards.join(" ")]);
const titles = (wanted: DesiredInstance, observed: ObservedInstance | null): string[] => planInstance(observed, wanted).activate.map(({ title }) => title);

it.each<readonly [string, () => Record<string, unknown>]>([
  ["the least", () => ({})],
  ["TLS on the network", () => ({ listenAddresses: ["localhost", "10.0.0.5"], tls: tls() })],
  ["a passphrase", () => ({ tls: { ...tls(), privateKey: new Secret(encrypted(server.privateKey, "canary")), passphrase: new Secret("canary") } })],
  ["sockets of their own", () => ({ sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/app", group: "app" }] } })],
])("the second run is empty: %s", (_, args) => {
  const wanted = desired(args());
  const plan = planInstance(converged(wanted), wanted);
  expect(plan.changes).toEqual([]);
  expect(isEmptyPlan(plan)).toBe(true);
});

it("creation makes, checks, starts and asks", () => {
  const plan = planInstance(null, desired());
  expect(summary(plan.changes)).toEqual([["add", "instance", undefined, "17/main", ""]]);
  expect([plan.prepare, plan.validate, plan.activate, plan.verify].map((steps) => steps.map(({ title }) => title))).toEqual([
    ["making the instance 17/main", "making the instance's directories"], ["checking the configuration"], ["starting the instance 17/main"],
    ["asking the server for its parameters and listeners"],
  ]);
  expect(plan.files.map(({ path }) => path)).toContain("/etc/postgresql/17/main/postgresql.conf");
  expect(plan.files.every((file) => file.content !== null && file.owner === "root" && file.mode === "0640")).toBe(true);
});

/** From one declaration to another: the changes, what is done, whether the timed rollback is armed. */
it.each<readonly [string, Record<string, unknown>, Record<string, unknown>, unknown[], string[], boolean]>([
  ["reload for a parameter of context sighup", {}, { parameters: { authentication_timeout: "10s" } },
    [["update", 'parameters["authentication_timeout"]', "30s", "10s", "reload"]], ["reloading the instance"], false],
  ["restart for one of context postmaster", {}, { parameters: { wal_level: "logical", track_commit_timestamp: true } },
    [["add", 'parameters["track_commit_timestamp"]', undefined, "on", "restart session-end"], ["add", 'parameters["wal_level"]', undefined, "logical", "restart session-end"]], ["restarting the instance 17/main"], true],
  ["no restart where it is deferred", {}, { applyRestarts: "defer", parameters: { max_connections: 200 } },
    [["update", 'parameters["max_connections"]', "100", "200", "reload lockout"]], ["reloading the instance"], true],
  ["less than the baseline is access widened", {}, { parameters: { log_connections: false } },
    [["update", 'parameters["log_connections"]', "on", "off", "reload access-widened"]], ["reloading the instance"], false],
  ["back to the baseline is not", { parameters: { log_connections: false } }, {},
    [["update", 'parameters["log_connections"]', "off", "on", "reload"]], ["reloading the instance"], false],
  ["one address more", {}, { listenAddresses: ["localhost"] },
    [["update", "listenAddresses", [], ["localhost"], "restart session-end lockout access-widened"]], ["restarting the instance 17/main"], true],
  ["another port", {}, { instance: { major: 17, port: 5433 } },
    [["update", "instance.port", 5432, 5433, "restart session-end lockout"]], ["restarting the instance 17/main"], true],
  ["sockets open to every account", {}, { sockets: { permissions: "0777" } },
    [["update", "sockets.permissions", "0770", "0777", "restart session-end lockout access-widened"]], ["restarting the instance 17/main"], true],
  ["a parameter no longer declared", { parameters: { work_mem: "8MB" } }, {},
    [["delete", 'observed.parameters["work_mem"]', "8MB", "4MB", "reload"]], ["reloading the instance"], false],
])("%s", (_, before, after, changes, activate, isGuarded) => {
  const [was, wanted] = [desired(before), desired(after)];
  const plan = planInstance(converged(was), wanted);
  expect(summary(plan.changes)).toEqual(changes);
  expect(titles(wanted, converged(was))).toEqual(activate);
  expect(plan.guard !== null).toBe(isGuarded);
  expect(plan.restore).toHaveLength(1);
});

it("a renewed certificate is shown as facts, its key as a secret, and takes a reload", () => {
  const was = desired({ tls: tls() });
  const wanted = desired({ tls: { ...tls(), certificate: renewed.certificate, privateKey: new Secret(renewed.privateKey) } });
  const plan = planInstance(converged(was), wanted);
  expect(plan.changes.map(({ path, hazards }) => [path, hazards])).toEqual([["tls.certificate", ["reload", "lockout"]], ["tls.privateKey", ["reload", "lockout"]]]);
  expect(plan.changes[0]).toMatchObject({ before: { names: ["DNS:db1.example"] }, after: { subject: "CN=db1", notAfter: "2036-01-01T00:00:00.000Z" } });
  expect(plan.changes[1]).toMatchObject({ before: "[secret]", after: "[secret]" });
  expect(titles(wanted, converged(was))).toEqual(["reloading the instance"]);
  expect(plan.guard).not.toBeNull();
});

it("no step, file or change shows the key or the passphrase", () => {
  const wanted = desired({ tls: { ...tls(), privateKey: new Secret(encrypted(server.privateKey, "canary")), passphrase: new Secret("canary") } });
  const text = JSON.stringify(planInstance(null, wanted)) + JSON.stringify(planInstance(converged(desired()), wanted));
  expect(text).not.toContain("canary");
  expect(text).not.toContain("PRIVATE KEY");
});

it("TLS taken away removes its files", () => {
  const plan = planInstance(converged(desired({ tls: tls() })), desired());
  expect(plan.files.filter(({ content }) => content === null).map(({ path }) => path)).toEqual([
    "/etc/postgresql/17/main/tls/client-ca.crt", "/etc/postgresql/17/main/tls/server.crt", "/etc/postgresql/17/main/tls/server.key",
  ]);
  expect(plan.changes.map(({ path }) => path)).toEqual(["tls", "tls.clientAuthority", "tls.certificate", "tls.privateKey"]);
});

it.each<readonly [string, (observed: ObservedInstance) => Partial<ObservedInstance>, string[]]>([
  ["a mode changed by hand", ({ files }) => ({ files: files.map((file) => ({ ...file, mode: "0644" })) }), expect.arrayContaining(['observed.files["/etc/postgresql/17/main/start.conf"]', "tls.privateKey"]) as string[]],
  ["a comment written by hand", ({ files }) => ({ files: files.map((file) => (file.path.endsWith("postgresql.conf") ? { ...file, sha256: "0".repeat(64) } : file)) }), ['observed.files["/etc/postgresql/17/main/postgresql.conf"]']],
  ["an open data directory", ({ directories }) => ({ directories: directories.map((directory) => (directory.path.startsWith("/var") ? { ...directory, mode: "0755" } : directory)) }), ['observed.directories["/var/lib/postgresql/17/main"]']],
  ["ALTER SYSTEM", () => ({ alterSystem: { work_mem: "1GB" } }), ['observed.alterSystem["work_mem"]']],
  ["a broken line", () => ({ fileErrors: ["/etc/postgresql/17/main/postgresql.conf: syntax error"] }), ["observed.fileErrors[0]"]],
  ["a stopped server", () => ({ isRunning: false, isReachable: false, parameters: {}, listeners: [] }), ["observed.isRunning"]],
  ["an address that came after the start", () => ({ listeners: ["127.0.0.1:5432"] }), ["listenAddresses[1]"]],
  ["a restart that is still due", () => ({ pendingRestart: ["max_connections"] }), ["observed.pendingRestart[0]"]],
])("drift is found: %s", (_, drift, paths) => {
  const wanted = desired({ listenAddresses: ["localhost", "10.0.0.5"], tls: tls() });
  const observed = converged(wanted);
  const plan = planInstance({ ...observed, ...drift(observed) }, wanted);
  expect(plan.changes.map(({ path }) => path)).toEqual(paths);
  expect(isEmptyPlan(plan)).toBe(false);
});

it("leaves a standby's own lines alone, and does not mix with them", () => {
  const wanted = desired();
  const standby = { ...converged(wanted), alterSystem: { primary_conninfo: "not shown" } };
  expect(planInstance(standby, wanted).changes).toEqual([]);
  expect(() => planInstance({ ...standby, alterSystem: { ...standby.alterSystem, work_mem: "1GB" } }, wanted)).toThrow(PlanError);
});

it("what waits for a restart is no difference where restarts are deferred", () => {
  const wanted = desired({ applyRestarts: "defer", parameters: { max_connections: 200 } });
  const observed = converged(wanted);
  expect(planInstance({ ...observed, parameters: { ...observed.parameters, max_connections: "100" }, pendingRestart: ["max_connections"] }, wanted).changes).toEqual([]);
});

it("a file that is right but was never loaded is loaded", () => {
  const wanted = desired();
  const observed = converged(wanted);
  const late = { ...observed, parameters: { ...observed.parameters, log_connections: "off" }, unloaded: { log_connections: "on" } };
  expect(summary(planInstance(late, wanted).changes)).toEqual([["update", 'parameters["log_connections"]', "off", "on", "reload"]]);
  expect(titles(wanted, late)).toEqual(["reloading the instance"]);
});

it("retiring keeps the instance, or stops it; data stays", () => {
  const observed = converged(desired());
  expect(isEmptyPlan(retireInstance(observed, desired()))).toBe(true);
  const plan = retireInstance(observed, desired({ onDelete: "stop" }));
  expect(plan.activate.map(({ title }) => title)).toEqual(["stopping the instance 17/main"]);
  expect(plan.files.map(({ path, content }) => [path, String(content).split("\n")[1]])).toEqual([["/etc/postgresql/17/main/start.conf", "manual"]]);
  expect(JSON.stringify(plan)).not.toMatch(/\brm\b|pg_dropcluster/);
});

it("files are compared whole: the least change of any is seen", () => {
  const wanted = renderInstance(desired({ tls: tls() }));
  expect(diffFiles(wanted.map(observedForm), wanted)).toEqual([]);
});
