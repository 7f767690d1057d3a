/** The adapter over a kind: what Pulumi is told at every verb, and what the host is asked. */
import { ApplyError, RunError } from "../../src/errors";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";
import { Incomplete } from "../../src/provider/fault";
import { HostRealm, Turns } from "../../src/provider/host-realm";
import type { PropertyMap } from "../../src/provider/kind";
import { expose } from "../../src/provider/property";
import type { Occasion } from "../../src/provider/realm";
import { Resource, type Effect } from "../../src/provider/resource";
import { MemoryHosts, noteKind } from "./note-kind";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKvNqnGZqQYtxk9BmvOzcvHQ8oVVf2oO8eAy1aVYd0aT";
const connection = { host: "h1", hostKeys: [HOST_KEY] };
const inputs: PropertyMap = { connection, name: "n", text: "canary", tags: ["a", "b"] };
const occasion: Occasion = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined };

let hosts: MemoryHosts;
let note: Resource<never, never, never>;
beforeEach(() => {
  hosts = new MemoryHosts();
  note = new Resource(noteKind, new HostRealm(noteKind, hosts, new Turns())) as unknown as Resource<never, never, never>;
});

const create = (news: PropertyMap = inputs): Promise<Effect> => note.create("logical", news, occasion);
const paths = async (stored: Effect, news: PropertyMap): Promise<unknown> =>
  (await note.diff(stored, news, [])).changes.map(({ path, kind, isInput }) => `${kind} ${path}${isInput ? "" : " (host)"}`);

describe("check", () => {
  it("marks secrets, keeps the program's marks and drops nulls", () => {
    const { inputs: checked, failures } = note.check({ ...inputs, tags: [new Secret("a"), "b"], connection: { ...connection, port: null } }, []);
    expect(failures).toEqual([]);
    expect(checked["text"]).toBeInstanceOf(Secret);
    expect((checked["tags"] as unknown[]).map((tag) => tag instanceof Secret)).toEqual([true, false]);
    expect(checked["connection"]).toEqual(connection);
    expect(expose(checked)).toEqual(inputs);
  });

  it("gives every fault at once, none with a secret in it", () => {
    const { failures } = note.check({ ...inputs, name: "", tags: ["a", new Secret("Canary-1")], wrong: 1, connection: { host: "h", hostKeys: [], password: "canary" } }, [{ path: ["file"], found: "an asset" }]);
    expect(failures.map(({ path }) => path)).toEqual(["connection.hostKeys", "connection.password", "file", "name", "tags[1]", "wrong"]);
    expect(JSON.stringify(failures)).not.toMatch(/canary/i);
    expect(failures[4]?.reason).toMatch(/^tags\[1\]: \[secret\] is not allowed; allowed: .*\. .+/);
  });

  it("passes over what is not known yet", () => {
    expect(note.check({ ...inputs, name: UNKNOWN }, [])).toMatchObject({ failures: [], inputs: { name: UNKNOWN } });
  });
});

describe("create", () => {
  it("locks, inspects, applies, inspects again; the state holds what is there", async () => {
    const effect = await create();
    expect(hosts.log).toEqual(["settle root@h1:22", "observe root@h1:22", "writing the note", "observe root@h1:22"]);
    expect(effect.id).toBe("h1/n");
    expect(expose(effect.outputs)).toEqual({ ...inputs, shout: "n!", observed: { name: "n", text: "canary", tags: ["a", "b"] }, stateVersion: 1 });
    expect(JSON.stringify(effect.outputs)).not.toContain("canary");
  });

  it("in a preview asks no host and knows what it can", async () => {
    const effect = await note.previewCreate({ ...inputs, tags: [UNKNOWN] });
    expect(hosts.log).toEqual([]);
    expect(effect).toMatchObject({ id: "", outputs: { name: "n", tags: [UNKNOWN], shout: UNKNOWN, observed: UNKNOWN } });
    expect((await note.previewCreate(inputs)).hazards.map(({ text }) => text)).toEqual([expect.stringContaining("access-widened: tags[0], tags[1]: ")]);
  });

  it("that changed nothing leaves nothing behind", async () => {
    hosts.failure = { error: new ApplyError("h1", "writing the note", true, "no space", { remedy: "Free some." }), after: "nothing" };
    await expect(create()).rejects.toThrow("h1: writing the note: no space (the host is as it was before). Free some.");
    hosts.failure = { error: new RunError("h1", "writing canary", 1, "canary", { remedy: "Look." }), after: "nothing" };
    await expect(create()).rejects.toThrow("h1: writing [secret] failed with status 1: [secret]. Look.");
  });

  it("that got half way is remembered as far as it got, and finished by the next update", async () => {
    hosts.failure = { error: new RunError("h1", "writing", 1, "", { remedy: "Look." }), after: "half" };
    const half = await create().then(() => undefined, (error: unknown) => error as Incomplete);
    expect(half).toBeInstanceOf(Incomplete);
    expect(half).toMatchObject({ id: "h1/n", outputs: { observed: { tags: [] } }, reasons: [expect.stringContaining("writing failed")] });
    hosts.failure = undefined;
    const stored = { ...(await note.read("h1/n", { inputs, outputs: half?.outputs ?? {} }, occasion)) } as Effect;
    expect(await paths(stored, inputs)).toEqual(["add tags[0] (host)", "add tags[1] (host)"]);
    expect(expose((await note.update("h1/n", stored, inputs, occasion)).outputs)).toMatchObject({ tags: ["a", "b"] });
  });

  it("that the host undoes is not called a success", async () => {
    hosts.notes.set = () => hosts.notes;
    await expect(create()).rejects.toThrow(/still differ from what is declared: tags\[0\], tags\[1\], text/);
  });

  it("whose host cannot be read afterwards remembers that something may be there", async () => {
    hosts.failure = { error: new Error("connection lost"), after: "all" };
    const apply = hosts.apply.bind(hosts);
    hosts.apply = (transport, plan) => apply(transport, plan).finally(() => (hosts.isDown = true));
    const lost = await create().then(() => undefined, (error: unknown) => error as Incomplete);
    expect(lost).toMatchObject({ id: "h1/n", outputs: { observed: null }, reasons: ["connection lost"] });
    expect(await paths({ inputs, outputs: lost?.outputs ?? {}, id: "", hazards: [] }, inputs)).toEqual(["add tags[0] (host)", "add tags[1] (host)", "add text (host)"]);
  });
});

describe("diff", () => {
  it("of the same program is empty and asks no host", async () => {
    const stored = await create();
    hosts.log.length = 0;
    expect(await paths(stored, note.check(inputs, []).inputs)).toEqual([]);
    expect(hosts.log).toEqual([]);
  });

  it.each([
    ["a leaf of a list", { tags: ["a", "c"] }, ["update tags[1] (host)"]],
    ["a longer list", { tags: ["a", "b", "c"] }, ["add tags[2] (host)"]],
    ["a shorter list", { tags: ["a"] }, ["delete tags[1]"]],
    ["a secret", { text: "other" }, ["update text (host)"]],
    ["the connection alone", { connection: { ...connection, port: 23 } }, ["add connection.port"]],
    ["an unknown value", { tags: ["a", UNKNOWN] }, ["update tags[1]"]],
    ["what means the same on the host", { tags: ["b", "a"] }, ["update tags[0]", "update tags[1]"]],
  ])("of %s names it", async (_, change, expected) => {
    const stored = await create();
    expect(await paths(stored, note.check({ ...inputs, ...change }, []).inputs)).toEqual(expected);
  });

  it("of another identity replaces; of the same one by another input does not", async () => {
    const stored = await create();
    const answer = await note.diff(stored, note.check({ ...inputs, name: "m" }, []).inputs, []);
    expect(answer).toMatchObject({ replaces: ["name"], deleteBeforeReplace: false, changes: [{ path: "name", kind: "update", isReplacing: true, isInput: true }] });
    expect((await note.diff(stored, note.check({ ...inputs, tags: [] }, []).inputs, [])).replaces).toEqual([]);
  });

  it("tells hazards, and leaves out what the program ignores", async () => {
    const stored = await create();
    hosts.notes.set("n", { name: "n", text: "canary", tags: ["a", "x", "y"] });
    const drifted = (await note.read(stored.id, stored, occasion)) as Effect;
    const news = note.check(inputs, []).inputs;
    expect((await note.diff(drifted, news, [])).hazards).toEqual([
      { isWarning: true, text: expect.stringContaining("access-widened: tags[1]") as string },
      { isWarning: false, text: expect.stringContaining("access-narrowed: observed.tags[2]") as string },
    ]);
    expect((await note.diff(drifted, news, ["tags[*]"])).changes.map(({ path }) => path)).toEqual(['["observed.tags[2]"]']);
  });

  it("that changes only a mark is a change: the state must be encrypted anew", async () => {
    const stored = await create();
    expect(await paths(stored, note.check({ ...inputs, tags: [new Secret("a"), "b"] }, []).inputs)).toEqual(["update tags[0]"]);
  });
});

describe("read", () => {
  it("shows drift at the declared property, and what nobody declared by its path", async () => {
    const stored = await create();
    hosts.notes.set("n", { name: "n", text: "other", tags: ["a", "x", "y"] });
    const effect = (await note.read(stored.id, stored, occasion)) as Effect;
    expect(expose(effect.inputs)).toEqual(inputs);
    expect(expose(effect.outputs)).toMatchObject({ tags: ["a", "x"], text: "[secret]", "observed.tags[2]": "y", observed: { tags: ["a", "x", "y"] } });
    expect(await paths(effect, effect.inputs)).toEqual(['delete ["observed.tags[2]"] (host)', "update tags[1] (host)", "update text (host)"]);
  });

  it("warns once of what is new, was declared by nobody and stays", async () => {
    const stored = await create();
    hosts.notes.set("n", { name: "n", text: "loud", tags: [] });
    const first = (await note.read(stored.id, stored, occasion)) as Effect;
    expect(first.hazards).toEqual([{ isWarning: true, text: "new on the host, declared by nobody and left alone: somebody shouts" }]);
    expect(((await note.read(stored.id, first, occasion)) as Effect).hazards).toEqual([]);
  });

  it("of what is gone says so", async () => {
    const stored = await create();
    hosts.notes.clear();
    expect(await note.read(stored.id, stored, occasion)).toBeUndefined();
  });

  it("reads an older form of the state and refuses a newer one", async () => {
    const stored = await create({ ...inputs, tags: [] });
    const older = { ...stored, outputs: { ...stored.outputs, observed: { name: "n", text: new Secret("canary") }, stateVersion: 0 } };
    expect(await paths(older, note.check({ ...inputs, tags: [] }, []).inputs)).toEqual([]);
    await expect(note.diff({ ...stored, outputs: { ...stored.outputs, stateVersion: 2 } }, inputs, [])).rejects.toThrow(/newer pgrampart.*Upgrade the package/);
  });
});

it("import adopts what is there, so that the same program changes nothing", async () => {
  hosts.notes.set("n", { name: "n", text: "canary", tags: ["a", "b"] });
  const effect = (await note.adopt("conn/n", "n", { connection }, occasion)) as Effect;
  expect(expose(effect.inputs)).toEqual(inputs);
  expect(await paths(effect, note.check(inputs, []).inputs)).toEqual([]);
  expect(await note.adopt("conn/other", "other", { connection }, occasion)).toBeUndefined();
  await expect(note.adopt("conn", "", { connection }, occasion)).rejects.toThrow('"conn" does not name a Note');
});

it("what the program marks secret is secret in the observation too, whose own secrets survive", async () => {
  const stored = await create({ ...inputs, tags: [new Secret("sesame"), "b"] });
  expect(JSON.stringify(stored.outputs)).not.toContain("sesame");
  expect(await paths(stored, note.check({ ...inputs, tags: [new Secret("sesame"), "b"] }, []).inputs)).toEqual([]);
});

it("an update that only changes the connection touches nothing on the host", async () => {
  const stored = await create();
  hosts.log.length = 0;
  await note.update(stored.id, stored, { ...inputs, connection: { ...connection, port: 22 } }, occasion);
  expect(hosts.log).toEqual(["settle root@h1:22", "observe root@h1:22"]);
});

it("an update in a preview keeps what would stay", async () => {
  const stored = await create();
  expect((await note.previewUpdate(stored.id, stored, { ...inputs, connection: { ...connection, port: 22 } })).outputs).toMatchObject({ shout: "n!", observed: { name: "n" } });
  expect((await note.previewUpdate(stored.id, stored, { ...inputs, text: "new" })).outputs).toMatchObject({ name: "n", shout: UNKNOWN, observed: UNKNOWN });
});

it("delete retires", async () => {
  const stored = await create();
  await note.delete(stored, occasion);
  expect(hosts.notes.size).toBe(0);
});

it("resources of one host take turns; a cancelled one does not begin", async () => {
  const cancelled = new AbortController();
  const first = create();
  const second = note.create("x", { ...inputs, name: "second" }, { ...occasion, signal: cancelled.signal });
  cancelled.abort(new Error("the update was cancelled"));
  await first;
  await expect(second).rejects.toThrow("the update was cancelled");
  expect(hosts.log.filter((line) => line === "writing the note")).toHaveLength(1);
});
