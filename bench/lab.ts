/**
 * The hosts of the bench: a lab of its own with three of them, made ready for every contestant before anything is
 * measured, and removed in the end unless it was there before. So is the folder for what contestants write on this side.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labsDirectory } from "../src/lab/directories";
import { findInventory, type LabInventory } from "../src/lab/inventory";
import { bringUp, inClient, takeDown } from "../src/lab/lab";
import { withLock } from "../src/lab/lock";
import { numberedHosts } from "../src/lab/plan";
import { requireLabMachine } from "../src/lab/preflight";
import { progressTo } from "../src/lab/progress";
import { runCommand } from "../src/lab/command";
import { prepareHost } from "./unit";

const NAME = "bench";

/** Set inside the lab's control network. */
const INSIDE = "PGRAMPART_BENCH_INSIDE";

/** The lab when this process runs in its network, else `undefined`. */
export async function labInside(): Promise<LabInventory | undefined> {
  return process.env[INSIDE] === undefined ? undefined : findInventory(NAME);
}

/** Makes the lab, and does the work with the words that run this program again inside its network. One bench at a time. */
export async function withLab(work: (again: readonly string[]) => Promise<void>): Promise<void> {
  requireLabMachine();
  await mkdir(labsDirectory(), { recursive: true });
  await withLock(join(labsDirectory(), `${NAME}.bench.lock`), `lab ${NAME} is being measured`, () => prepared(work));
}

async function prepared(work: (again: readonly string[]) => Promise<void>): Promise<void> {
  const progress = progressTo(process.stderr);
  const isOurs = (await findInventory(NAME)) === undefined;
  const folder = await mkdtemp(join(tmpdir(), "pgrampart-bench-"));
  try {
    const inventory = await bringUp({ name: NAME, hosts: numberedHosts(3) }, progress);
    await progress.step("preparing the hosts", async () => {
      await Promise.all(inventory.hosts.map((host) =>
        runCommand(inClient(inventory, "control", ["ssh", "-F", inventory.sshConfig, host.name, "sudo -n sh -s"]), { input: prepareHost, title: `preparing ${host.name}` })));
    });
    await work(inClient(inventory, "control", ["env", `${INSIDE}=1`, `TMPDIR=${folder}`, process.execPath, ...process.argv.slice(1)]));
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (isOurs) {
      await takeDown(NAME, progress);
    }
  }
}
