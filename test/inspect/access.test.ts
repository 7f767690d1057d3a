import { planAccess, retireAccess } from "../../src/diff/access";
import { probeAccess } from "../../src/inspect/access";
import { loadGrammar } from "../../src/declare/policy";
import { DEFAULT_INSTANCE } from "../../src/model/instance";
import { desiredOf, fixedSalt } from "../support/postgres-host";

beforeAll(loadGrammar);

it("a host without the instance answers nothing: the resource is gone, is made anew, and leaves nothing to take back", () => {
  const desired = desiredOf({ instance: { major: 17, ...DEFAULT_INSTANCE }, roles: [{ name: "app" }] });
  const observed = probeAccess(desired).parse("\n");
  expect(planAccess(observed, desired, fixedSalt).changes).toEqual(planAccess(null, desired, fixedSalt).changes);
  expect(retireAccess(observed, desired, fixedSalt).changes).toEqual([]);
});
