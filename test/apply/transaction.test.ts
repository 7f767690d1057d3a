/** The scripts of a transaction, as text: their order, and that nothing secret is in what may be shown. */
import { renderRollback } from "../../src/apply/rollback";
import { renderCommit, renderTransaction } from "../../src/apply/transaction";
import { EMPTY_PLAN, type Plan } from "../../src/model/plan";
import { Secret } from "../../src/model/secret";
import { sh } from "../../src/render/shell";

const CANARY = new Secret("canary-5150");
const step = (title: string): Plan["activate"][number] => ({ title, script: sh`: ${title} ${CANARY}` });
const plan: Plan = {
  ...EMPTY_PLAN,
  prepare: [step("PREPARE")],
  files: [
    { path: "/etc/a/one", owner: "root", group: "postgres", mode: "0640", content: CANARY },
    { path: "/etc/a/two's", owner: "root", group: "root", mode: "0644", content: "plain\n" },
    { path: "/top", owner: "root", group: "root", mode: "0644", content: "at the root" },
    { path: "/etc/b/gone", content: null },
  ],
  validate: [step("VALIDATE")], activate: [step("ACTIVATE")], restore: [step("RESTORE")], verify: [step("VERIFY")], finish: [step("FINISH")],
};
const positions = (text: string, needles: readonly string[]): readonly number[] => needles.map((needle) => {
  const index = text.lastIndexOf(needle);
  expect([needle, index >= 0]).toEqual([needle, true]);
  return index;
});
const ascending = (numbers: readonly number[]): void => expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

it("without a guard everything is one script, in the order of the plan", () => {
  const { text } = renderTransaction({ id: "t1", plan });
  ascending(positions(text.reveal(), ["at begin 0", "at prepare 0", "at stage 0; stage ", "at validate 0", "at record 0; record ", "staged_on_disk 2", "begin 2", "at swap 0", "at activate 0", "at verify 0", "at commit 0", "at finish 0", "say done"]));
  expect(text.reveal()).not.toMatch(/systemd-run|say ready/);
});

it("with a guard the commit waits for the proof, and the timer is armed before the swap", () => {
  const guarded = { id: "t1", plan: { ...plan, guard: { seconds: 45, proofs: [] } } };
  const { text } = renderTransaction(guarded);
  ascending(positions(text.reveal(), ["at record 0", "at arm 0", "--on-active=45", "at swap 0", "at verify 0", "say ready"]));
  expect(text.reveal()).not.toMatch(/at commit|at finish|FINISH/);
  ascending(positions(renderCommit(guarded).text.reveal(), ["at commit 0", "at finish 0", "say done"]));
});

it("nothing is journalled for a plan that changes neither files nor what runs", () => {
  const { text } = renderTransaction({ id: "t1", plan: { ...plan, files: [], activate: [] } });
  expect(text.reveal()).not.toMatch(/record\(\)|at commit/);
  ascending(positions(text.reveal(), ["at prepare 0", "at validate 0", "at verify 0", "at finish 0"]));
});

it.each([["transaction", renderTransaction], ["commit", renderCommit], ["rollback", renderRollback]] as const)("the printable %s holds no secret, and names those inside", (_, render) => {
  const script = render({ id: "t1", plan: { ...plan, guard: { seconds: 45, proofs: [] } } });
  expect(script.text.reveal()).toContain("canary-5150");
  expect(script.masked).not.toContain("canary-5150");
  expect(script.secrets?.every((secret) => secret.reveal() === "canary-5150")).toBe(true);
  expect(script.secrets?.length).toBeGreaterThan(0);
});

it("owners and modes are set once for all files that share them", () => {
  const many = { ...plan, files: Array.from({ length: 30 }, (_, index) => ({ path: `/etc/d/f${index}`, owner: "root", group: "root", mode: "0644", content: "x" })) };
  const { text } = renderTransaction({ id: "t1", plan: many });
  expect(text.reveal().match(/^ *(chown|chmod|mv -f -t|mkdir -m)/gm)).toHaveLength(4);
});
