/** On a model of the server: one update reaches every declaration from every other; the second is empty; deleting leaves nothing of it. */
import fc from "fast-check";
import { loadGrammar } from "../../src/declare/policy";
import { diffAccess, planAccess, retireAccess } from "../../src/diff/access";
import type { Major } from "../../src/model/instance";
import { adoptAccess } from "../../src/resolve/access-adoption";
import { essence, interpret, worldOf } from "../support/access-interpreter";
import { declarations } from "../support/access-model";
import { desiredOf, fixedSalt, type Arguments } from "../support/postgres-host";

beforeAll(loadGrammar);

const worlds = fc.constantFrom<Major>(15, 17).chain((major) => {
  const one = declarations({ major, name: "main", port: 5432, socketDirectory: "/run/postgresql" });
  return fc.tuple(one, one);
});

const reach = (state: ReturnType<typeof worldOf>, args: Arguments) => {
  const desired = desiredOf(args);
  return interpret(state, diffAccess(state, desired).changes, desired);
};

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

it("every declaration is reached from every other, and a second run is empty", () => {
  fc.assert(fc.property(worlds, ([first, second]) => {
    const between = reach(worldOf(desiredOf(first)), first);
    expect(planAccess(between, desiredOf(first), fixedSalt).changes).toEqual([]);
    const after = reach(between, second);
    expect(planAccess(after, desiredOf(second), fixedSalt).changes).toEqual([]);
    expect((after.roles ?? []).map(({ name, login, createdb, inherit, bypassrls, connectionLimit }) => ({ name, login, createdb, inherit, bypassrls, connectionLimit })).sort(byName))
      .toEqual((second.roles ?? []).map(({ name, login, createdb, inherit, bypassrls, connectionLimit }) => ({ name, login, createdb, inherit, bypassrls, connectionLimit })).sort(byName));
    // Whatever a difference overlooks would leave a trace of where it came from.
    expect(essence(after, true)).toEqual(essence(reach(worldOf(desiredOf(second)), second), true));
  }), { numRuns: 100 });
});

it("additive never takes away", () => {
  fc.assert(fc.property(worlds, ([first, second]) => {
    const between = reach(worldOf(desiredOf(first)), first);
    const plan = planAccess(between, desiredOf({ ...second, mode: "additive" }), fixedSalt);
    expect(plan.changes.filter((change) => change.kind === "delete" && !change.path.includes("grants"))).toEqual([]);
    expect(plan.finish.map((step) => step.script.masked).join("\n")).not.toMatch(/\bREVOKE\b|DROP ROLE|DROP OWNED/);
  }), { numRuns: 60 });
});

it("adopt changes nothing", () => {
  fc.assert(fc.property(worlds, ([first, second]) => {
    const between = reach(worldOf(desiredOf(first)), first);
    expect(planAccess(between, desiredOf({ ...second, mode: "adopt" }), fixedSalt)).toMatchObject({ changes: [], prepare: [], finish: [] });
  }), { numRuns: 30 });
});

it("the plan is the same for the same state, and needs no secret to be printed", () => {
  fc.assert(fc.property(worlds, ([first]) => {
    const state = worldOf(desiredOf(first));
    const plans = [planAccess(state, desiredOf(first), fixedSalt), planAccess(state, desiredOf(first), fixedSalt)];
    expect(JSON.stringify(plans[0])).toBe(JSON.stringify(plans[1]));
  }), { numRuns: 30 });
});

it("deleting leaves nothing that was given", () => {
  fc.assert(fc.property(worlds, ([first]) => {
    const desired = desiredOf(first);
    const plan = retireAccess(reach(worldOf(desired), first), desired, fixedSalt);
    expect(plan.changes.every((change) => change.kind !== "add")).toBe(true);
  }), { numRuns: 60 });
});

it("what is adopted declares exactly what is there", () => {
  fc.assert(fc.property(worlds, ([first]) => {
    const desired = desiredOf(first);
    const state = reach(worldOf(desired), first);
    const adopted = desiredOf(adoptAccess(state) as unknown as Arguments);
    const spelled = { ...state, databases: state.databases.map((database) => ({ ...database, spellings: [] })) };
    expect(planAccess(spelled, adopted, fixedSalt).changes.filter((change) => !change.path.includes("defaultPrivileges"))).toEqual([]);
  }), { numRuns: 100 });
});
