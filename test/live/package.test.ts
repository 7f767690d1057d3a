/**
 * The package as a user has it: packed, installed into another folder, imported by a program there. The engine finds the
 * plugin without hand work: no script ran at install and nothing was downloaded but npm packages. Needs a built dist/.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT, Stack } from "../support/stack";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority, CertificateRevocationList, HardenedCluster, type HardenedClusterArgs } from "pgrampart";
const authority = new CertificateAuthority("clients", { purpose: "client" });
export const list: pulumi.Output<string> | undefined = authority.revocationList;
export const parts: readonly string[] = [CertificateRevocationList.name, HardenedCluster.name];
export type Args = HardenedClusterArgs;
`;

let stack: Stack;
beforeAll(async () => {
  stack = new Stack("", { projectPlugin: false });
  await stack.init();
  const packed = await stack.run("npm", "pack", ROOT, "--silent");
  expect(packed.status).toBe(0);
  const archive = readdirSync(stack.folder).find((name) => /^pgrampart-.*\.tgz$/.test(name)) ?? "";
  const installed = await stack.run("npm", "install", `./${archive}`, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund");
  expect(installed.text).toMatch(/added \d+ packages/);
}, 300_000);
afterAll(() => stack.remove());

const link = (): string => join(stack.home, "plugins", `resource-pgrampart-v${(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version}`, "pulumi-resource-pgrampart");

it("its types fit a strict program, whose libraries are checked too", async () => {
  stack.write("index.ts", PROGRAM);
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const compiled = await stack.run("node", compiler, "index.ts", "--strict", "--target", "ES2022", "--module", "Node16", "--moduleResolution", "Node16", "--types", "node", "--typeRoots", join(ROOT, "node_modules/@types"));
  expect(compiled).toEqual({ status: 0, text: "" });
}, 120_000);

it("the engine finds the plugin by itself: preview, up, up again, refresh, destroy", async () => {
  expect(() => lstatSync(link())).toThrow();
  expect(await stack.pulumi("preview")).toMatch(/pgrampart:index:CertificateRevocationList .* create/);
  expect(readlinkSync(link())).toBe(join(stack.folder, "node_modules/pgrampart/bin/pulumi-resource-pgrampart"));
  const up = await stack.pulumi("up", "--yes");
  expect(up).toContain("BEGIN X509 CRL");
  expect(await stack.pulumi("up", "--yes", "--expect-no-changes")).toMatch(/\d+ unchanged/);
  expect(await stack.pulumi("refresh", "--yes", "--expect-no-changes")).toMatch(/\d+ unchanged/);
  expect(await stack.pulumi("destroy", "--yes")).toMatch(/deleted/);
}, 180_000);

it("a link that leads nowhere is put right by the next program", async () => {
  unlinkSync(link());
  symlinkSync("/nowhere/pulumi-resource-pgrampart", link());
  expect(await stack.pulumi("preview")).toContain("create");
}, 60_000);

it("what is packed is what is needed: no source, no test, no script at install", () => {
  const installed = join(stack.folder, "node_modules/pgrampart");
  expect(readdirSync(installed).sort()).toEqual(expect.arrayContaining(["bin", "dist", "package.json"]));
  expect(readdirSync(installed)).not.toEqual(expect.arrayContaining(["src"]));
  const { scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { scripts: Record<string, string> };
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
});
