/**
 * Random declarations one after the other on a real server: each is reached in one update, and the second run is empty.
 * The server is the judge of every statement, order and rule, and of the interpreter that the unit tests believe.
 */
import fc from "fast-check";
import { loadGrammar } from "../../src/declare/policy";
import { diffAccess } from "../../src/diff/access";
import { essence, interpret } from "../support/access-interpreter";
import { declarations, WORLD } from "../support/access-model";
import { accessHosts, provideServer } from "../support/access-hosts";
import { desiredOf } from "../support/postgres-host";

beforeAll(loadGrammar);

it.each(accessHosts())("%s: every declaration is reached in one update, from whatever was there", (_, host) => {
  provideServer(host);
  host.sql("postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)");
  host.apply({ instance: host.instance, retire: "drop", heir: "owner of all", roles: [{ name: "owner of all" }], memberships: [], databases: { shop: { owner: "owner of all" } } });
  host.sql("shop", WORLD);
  fc.assert(fc.property(declarations(host.instance), (args) => {
    const desired = desiredOf(args);
    const before = host.inspect(desired);
    const told = interpret(before, diffAccess(before, desired).changes, desired);
    host.apply(args);
    expect(essence(host.inspect(desired), false)).toEqual(essence(told, false));
  }), { numRuns: Number(process.env["PGRAMPART_RUNS"] ?? 15), endOnFailure: true });
}, 600_000);
