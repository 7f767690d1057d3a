/**
 * `pgrampart verify`: proves on the live hosts what a stack declares. Reads the stack through a pipe from `pulumi`, so
 * its secrets never reach a disk; what logins need lies in a private directory until the end, however it ends.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Command } from "commander";
import { VerifyError } from "../errors";
import { runCommand } from "../lab/command";
import { readInventory, type LabInventory } from "../lab/inventory";
import { inClient } from "../lab/lab";
import { progressTo, type Progress } from "../lab/progress";
import { readDeployment, type DeployedResource } from "../provider/deployment";
import { HostEffects } from "../provider/hosts";
import { verifyAccess } from "../verify/access";
import { planLogins } from "../verify/attempts";
import { planKnocks, tryKnocks } from "../verify/ports";
import { tryLogins, type Vantage } from "../verify/reach";
import { condense, formatFinding, summarize, type Finding } from "../verify/report";
import { Wallet } from "../verify/wallet";
import { exitStatus } from "./exit";
import { enter } from "./lab";
import { declareAgain, findAccesses, findDoors, verifyParameters, verifyResource, type Declared, type Door } from "./proof";
import { printJson } from "./terminal";

interface Options {
  readonly stack: string;
  readonly cwd?: string;
  readonly fromLab?: string;
  readonly json?: true;
  readonly all?: true;
}

/** Set by `lab exec`: the lab whose network this process is in. */
const labVariable = "PGRAMPART_LAB";

export function command(): Command {
  return new Command("verify")
    .description("Prove on the live hosts that a stack is as it declares: nothing left to change, every row of the baseline, every privilege, and real logins.")
    .requiredOption("--stack <name>", "which stack")
    .option("--cwd <folder>", "folder of the Pulumi project (default: this one)")
    .option("--from-lab <name>", "try logins from the client networks of this lab (default: the lab whose network this is)")
    .option("--all", "print every row of the baseline, also those that hold")
    .option("--json", "print findings as JSON")
    .addHelpText("after", "\nExit status: 0 all proven, 1 something is not, 2 it could not be verified.\nExample: pgrampart verify --stack lab --from-lab demo\n")
    .action(async (options: Options) => {
      const lab = options.fromLab ?? process.env[labVariable];
      if (lab !== undefined && process.env[labVariable] !== lab) {
        await enter(await readInventory(lab), "control", [process.execPath, ...process.argv.slice(1)]);
        return;
      }
      await verify(options, lab === undefined ? undefined : await readInventory(lab));
    });
}

interface Proof {
  readonly findings: Finding[];
  readonly untried: string[];
}

async function verify(options: Options, lab: LabInventory | undefined): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal])); // exit handlers remove what is private
  }
  const progress = progressTo(process.stderr);
  const proof: Proof = { findings: [], untried: [] };
  const report = (findings: readonly Finding[]): void => {
    proof.findings.push(...findings);
    if (options.json !== true) {
      (options.all === true ? findings : condense(findings)).forEach((finding) => process.stdout.write(`${formatFinding(finding, { colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined })}\n`));
    }
  };
  const resources = await progress.step(`reading stack ${options.stack}`, () => exportStack(options));
  const hosts = new HostEffects(() => 0);
  try {
    const declared = await declareAgain(resources, hosts);
    await onHosts(declared, hosts, progress, report);
    for (const door of findDoors(declared, resources)) {
      proof.untried.push(...(lab === undefined ? [`logins to ${door.name}: no lab was named (--from-lab)`] : door.untried));
      await atDoor(door, lab, progress, report);
    }
  } finally {
    await hosts.close();
  }
  finish(options, proof);
}

async function onHosts(declared: readonly Declared[], hosts: HostEffects, progress: Progress, report: (findings: readonly Finding[]) => void): Promise<void> {
  if (declared.length === 0) {
    throw new VerifyError("the stack has no resource of pgrampart on any host", { remedy: "Name another stack, or run its update first." });
  }
  const each = (title: string, prove: typeof verifyResource): Promise<void> =>
    progress.step(title, async () => (await Promise.all(declared.map((one) => prove(one, hosts.connect(one.declaration.connection))))).forEach(report));
  await each("looking whether anything is left to change", verifyResource);
  await each("asking the servers for their parameters", verifyParameters);
  await progress.step("asking the servers who may do what", async () => {
    for (const { declaration, desired } of findAccesses(declared)) {
      report(await verifyAccess(desired, hosts.connect(declaration.connection)));
    }
  });
}

async function atDoor(door: Door, lab: LabInventory | undefined, progress: Progress, report: (findings: readonly Finding[]) => void): Promise<void> {
  if (lab === undefined) {
    return;
  }
  const wallet = new Wallet(door.credentials);
  try {
    const vantages = new Map<string, Vantage>(lab.clients.map((client) => [client.name, labVantage(lab, client.name)] as const));
    const logins = planLogins(door.gate, door.server, door.logins, lab.clients);
    await progress.step(`trying ${logins.length} logins to ${door.name}`, async () =>
      report(await tryLogins(logins, { vantages, parameters: (login) => wallet.parameters(login) })));
    const knocks = planKnocks(door.gate, door.server, lab.clients);
    await progress.step(`knocking at ports from ${lab.clients.length} networks`, async () =>
      report(await Promise.all(knocks.map((knocking) => tryKnocks(knocking, vantages.get(knocking.from) as Vantage)))));
  } finally {
    wallet.close();
  }
}

function labVantage(lab: LabInventory, client: string): Vantage {
  return {
    name: client,
    run: ([program = "", ...words], environment) => {
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      return runCommand(inClient(lab, client, ["env", ...variables, program, ...words]), { mayFail: true, timeout: 60 });
    },
  };
}

/** The export goes from pulumi's standard output into memory. */
function exportStack({ stack, cwd }: Options): Promise<readonly DeployedResource[]> {
  const words = ["stack", "export", "--show-secrets", "--non-interactive", "--stack", stack, ...(cwd === undefined ? [] : ["--cwd", cwd])];
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", words, { stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (cause) => reject(new VerifyError(`pulumi could not be started: ${cause.message}`, { remedy: "Put pulumi on PATH (in a checkout: . .cache/env).", cause })));
    child.on("close", (code) => {
      if (code !== 0) {
        reject(new VerifyError(`the stack ${stack} could not be read: ${Buffer.concat(err).toString().trim()}`, { remedy: "Check the stack's name, the backend's login and its passphrase." }));
        return;
      }
      try {
        resolve(readDeployment(Buffer.concat(out).toString()));
      } catch (error) {
        reject(error instanceof VerifyError ? error : new VerifyError("the stack's export has an unknown form", { remedy: "Upgrade pgrampart." }));
      }
    });
  });
}

function finish(options: Options, { findings, untried }: Proof): void {
  const failed = findings.filter(({ passed }) => !passed).length;
  if (options.json === true) {
    printJson({ stack: options.stack, proven: findings.length - failed, failed, findings, untried });
  } else {
    untried.forEach((reason) => process.stdout.write(`not tried: ${reason}\n`));
    process.stdout.write(`${summarize(findings)}\n`);
  }
  process.exitCode = failed === 0 ? exitStatus.done : exitStatus.no;
}
