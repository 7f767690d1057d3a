/** One program, several environments: each committed configuration previews, without a connection and without a secret. */
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, Stack } from "../support/stack";

const environments = readdirSync(join(ROOT, "stacks")).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []).filter((name) => name !== "lab");

it("there are two environments beside the lab", () => {
  expect(environments.sort()).toEqual(["production", "staging"]);
});

it.each(environments)("PGA-51 PGA-52 %s previews a whole cluster, and says what it opens", async (environment) => {
  const stack = await new Stack(`module.exports = require(${JSON.stringify(join(ROOT, "dist/stacks/index.js"))});\n`, { project: "orders" }).useCheckout().init();
  try {
    appendFileSync(join(stack.folder, "Pulumi.dev.yaml"), readFileSync(join(ROOT, `stacks/Pulumi.${environment}.yaml`), "utf8"));
    const text = await stack.pulumi("preview");
    for (const type of ["Host", "Firewall", "Instance", "HostBasedAccess", "Access"]) {
      expect(text).toMatch(new RegExp(`\\+ +pgrampart:index:${type} orders-\\S+ create`));
    }
    expect(text).toContain("access-widened: records");
  } finally {
    stack.remove();
  }
}, 120_000);
