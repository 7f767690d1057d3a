/** The resource Access over the transport and the transaction that ship: made, unchanged, drifted, repaired, refused, taken back. */
import { loadGrammar } from "../../src/declare/policy";
import { accessKind } from "../../src/provider/access";
import { sh } from "../../src/render/shell";
import { Secret } from "../../src/model/secret";
import { accessHosts, provideServer } from "../support/access-hosts";
import { LiveHost } from "../support/live-resource";

const host = new LiveHost("h3");
jest.setTimeout(120_000);
beforeAll(async () => {
  await loadGrammar();
  accessHosts().forEach(([, server]) => provideServer(server));
});
afterAll(() => host.close());

const ARGS = {
  instance: { major: 17 }, retire: "drop", onDelete: "drop",
  roles: [{ name: "it's \"me\"\n", login: true, password: new Secret("c4nary") }, { name: "group" }],
  memberships: [{ role: "group", member: "it's \"me\"\n" }],
  databases: { "live shop": { grants: [{ on: { kind: "database" }, privileges: ["CONNECT"], to: ["group"] }] } },
};

it("is made whole, and the second update has nothing to do", async () => {
  const made = await host.resource(accessKind, ARGS).up();
  expect(await host.resource(accessKind, ARGS).up()).toEqual(made);
});

it("drift is seen by reading and repaired by an update", async () => {
  const access = host.resource(accessKind, ARGS);
  await host.run(sh`runuser -u postgres -- psql -X -q -c ${"CREATE ROLE mallory SUPERUSER LOGIN; GRANT CONNECT ON DATABASE \"live shop\" TO PUBLIC"}`);
  expect((await access.drift()).map((change) => change.path)).toEqual(expect.arrayContaining(["observed.roles.mallory", "observed.databases[\"live shop\"][\"database live shop\"].PUBLIC"]));
  await access.up();
});

it("what is missing is refused with its path, and nothing is changed", async () => {
  const grants = [{ on: { kind: "table", schema: "public", name: "nowhere" }, privileges: ["SELECT"], to: ["group"] }];
  await expect(host.resource(accessKind, { ...ARGS, databases: { "live shop": { grants } } }).up()).rejects.toThrow(/table public\.nowhere does not exist/);
  expect(await host.resource(accessKind, ARGS).drift()).toEqual([]);
});

it("is taken back", async () => {
  await host.resource(accessKind, ARGS).retire();
  const left = await host.run(sh`runuser -u postgres -- psql -X -qAtc ${"SELECT count(*) FROM pg_roles WHERE rolname IN ('group', 'mallory') UNION ALL SELECT count(*) FROM pg_database WHERE datname = 'live shop'"}`);
  expect(left.split("\n").filter((line) => line !== "")).toEqual(["0", "0"]);
});
