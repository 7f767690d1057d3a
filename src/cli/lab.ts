/**
 * `pgrampart lab`: parses words, calls src/lab, prints. Every subcommand takes --name; those that print data take --json.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { LabError } from "../errors";
import { hostOf, readInventory, findInventory, type LabInventory } from "../lab/inventory";
import { bringUp, inClient, labStatus, resetHost, startHost, stopHost, takeDown, type HostStatus, type LabRequest } from "../lab/lab";
import { labDefaults, numberedHosts } from "../lab/plan";
import { requireLabMachine } from "../lab/preflight";
import { progressTo } from "../lab/progress";
import { labSuites, type LabSuite } from "../lab/recipe";
import { readTopology } from "../lab/topology";
import { exitStatus } from "./exit";
import { printJson, printTable } from "./terminal";

interface Named {
  readonly name: string;
}
interface Json {
  readonly json?: true;
}

export function command(): Command {
  const lab = new Command("lab").description("Real Debian hosts on this machine, in a closed network of their own (docs/lab.md).").enablePositionalOptions();
  for (const subcommand of [up(), down(), status(), ssh(), exec(), start(), stop(), reset()]) lab.addCommand(subcommand);
  return lab;
}

function subcommand(usage: string, description: string, example: string): Command {
  const [name = "", ...operands] = usage.split(" ");
  const made = new Command(name).description(description).addHelpText("after", `\nExample: pgrampart lab ${example}\n`);
  for (const operand of operands) made.argument(operand);
  return made.option("--name <lab>", "which lab", labDefaults.name);
}

function up(): Command {
  return subcommand("up", "Make a lab, or complete one; returns when every host accepts a login.", "up --hosts 4 --suite bookworm --name four")
    .option("--hosts <n|names>", "how many hosts (h1, h2, …), or their names with commas (default: 3)", parseHosts)
    .addOption(new Option("--suite <suite>", `Debian release (default: ${labDefaults.suite})`).choices([...labSuites]))
    .option("--topology <file>", "JSON file with hosts and suite; options win over it")
    .option("--expired-mirror", "take a Debian mirror whose release file has expired (a frozen one); signatures are still checked")
    .option("--json", "print the inventory (lab.json)")
    .action(async (options: Named & Json & { hosts?: string[]; suite?: LabSuite; topology?: string; expiredMirror?: true }) => {
      if (await continuesOutside()) return;
      requireLabMachine();
      const topology = options.topology === undefined ? {} : await readTopology(options.topology);
      const hosts = options.hosts ?? topology.hosts;
      const suite = options.suite ?? topology.suite;
      const request: LabRequest = {
        name: options.name,
        acceptsExpiredMirror: options.expiredMirror === true,
        ...(hosts === undefined ? {} : { hosts }),
        ...(suite === undefined ? {} : { suite }),
      };
      await printStatus(await bringUp(request, progressTo(process.stderr)), options);
    });
}

function down(): Command {
  return subcommand("down", "Remove a lab: its hosts, their disks, its network. The cached base image stays.", "down --name four").action(
    async (options: Named) => {
      if (await continuesOutside()) return;
      requireLabMachine();
      if (!(await takeDown(options.name, progressTo(process.stderr)))) process.stderr.write(`there is no lab ${options.name}: nothing to remove\n`);
    },
  );
}

function status(): Command {
  return subcommand("status", "Say which hosts run and how to reach them. Exit status 1 unless all run.", "status --json")
    .option("--json", "print the inventory, with isRunning for each host")
    .action(async (options: Named & Json) => {
      const inventory = await findInventory(options.name);
      if (inventory === undefined) {
        if (options.json) printJson(null);
        else process.stdout.write(`there is no lab ${options.name}; make it: pgrampart lab up --name ${options.name}\n`);
        process.exitCode = exitStatus.no;
        return;
      }
      const running = await printStatus(inventory, options);
      if (running.some((host) => !host.isRunning)) process.exitCode = exitStatus.no;
    });
}

function ssh(): Command {
  return subcommand("ssh <host> [command...]", "Log in to a host, or run a command there. Ends like ssh does.", "ssh h1 sudo systemctl status postgresql")
    .passThroughOptions()
    .action(async (host: string, words: string[], options: Named) => {
      const inventory = await readInventory(options.name);
      hostOf(inventory, host);
      await enter(inventory, "control", ["ssh", "-F", inventory.sshConfig, host, ...words]);
    });
}

function exec(): Command {
  return subcommand("exec <program> [arguments...]", "Run a program of this machine in a client network. Ends like the program.", "exec --as app -- psql 'host=h1 user=app_rw'")
    .option("--as <client>", `client network: ${["control", "app", "ops", "outside"].join(", ")}`, "control")
    .passThroughOptions()
    .action(async (program: string, words: string[], options: Named & { as: string }) => {
      const inventory = await readInventory(options.name);
      await enter(inventory, options.as, [program, ...words]);
    });
}

function start(): Command {
  return subcommand("start <host>", "Power a host on and wait for its login. Its disk is as it was left.", "start h2").action((host: string, options: Named) =>
    switching(`starting ${host}`, () => startHost(options.name, host)),
  );
}

function stop(): Command {
  return subcommand("stop <host>", "Power a host off.", "stop h2 --kill")
    .option("--kill", "cut the power instead: nothing on the host gets to finish")
    .action((host: string, options: Named & { kill?: true }) =>
      switching(`stopping ${host}`, () => stopHost(options.name, host, { kill: options.kill === true })),
    );
}

function reset(): Command {
  return subcommand("reset <host>", "Give a host a disk as on its first day, same keys and addresses, and boot it.", "reset h1").action(
    (host: string, options: Named) => switching(`resetting ${host}`, () => resetHost(options.name, host)),
  );
}

async function switching(title: string, work: () => Promise<void>): Promise<void> {
  if (await continuesOutside()) return;
  requireLabMachine();
  return progressTo(process.stderr).step(title, work);
}

async function printStatus(inventory: LabInventory, options: Json): Promise<HostStatus[]> {
  const running = await labStatus(inventory);
  const isRunning = (name: string): boolean => running.some((host) => host.name === name && host.isRunning);
  if (options.json) {
    printJson({ ...inventory, hosts: inventory.hosts.map((host) => ({ ...host, isRunning: isRunning(host.name) })) });
    return running;
  }
  printTable([
    ["HOST", "STATE", "IPV4", "IPV6"],
    ...inventory.hosts.map((host) => [host.name, isRunning(host.name) ? "running" : "off", host.ipv4, host.ipv6]),
  ]);
  process.stdout.write("\n");
  printTable([
    ["CLIENT", "IPV4", "IPV6", "IS"],
    ...inventory.clients.map((client) => [client.name, client.address.ipv4, client.address.ipv6, client.purpose]),
  ]);
  process.stdout.write(`\ninventory: ${inventory.directory}/lab.json\n`);
  return running;
}

/** Variable that holds, inside `lab exec`, the id of the process that stayed outside of the lab's network. */
const outsideVariable = "PGRAMPART_LAB_OUTSIDE";

/**
 * A lab cannot be changed from inside a client network: what is mounted there is seen there only. Such a command runs
 * again in the namespaces of the process that started `lab exec`, and does not outlive this one.
 * @returns true if that has happened and nothing is left to do
 */
async function continuesOutside(): Promise<boolean> {
  const outside = process.env[outsideVariable];
  if (outside === undefined) return false;
  const env = { ...process.env };
  delete env[outsideVariable];
  await become(["setpriv", "--pdeathsig", "KILL", "nsenter", `--target=${outside}`, "--mount", "--net", "--wd=.", "--", process.execPath, ...process.argv.slice(1)], env);
  return true;
}

/** Runs a program in a client network. It finds the name of its lab in PGRAMPART_LAB. */
export function enter(inventory: LabInventory, client: string, argv: readonly string[]): Promise<void> {
  const outside = process.env[outsideVariable] ?? String(process.pid);
  return become(inClient(inventory, client, argv), { ...process.env, PGRAMPART_LAB: inventory.name, [outsideVariable]: outside });
}

/** Runs a program in place of this one: same terminal, same signals, same exit status. */
async function become(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { stdio: "inherit", env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, forward);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", (cause) => reject(new LabError(`${program} could not be started: ${cause.message}`, { remedy: `install ${program}`, cause })));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function parseHosts(value: string): string[] {
  if (/^\d+$/.test(value)) {
    const count = Number(value);
    if (count < 1) throw new InvalidArgumentError("at least 1 host.");
    return numberedHosts(Math.min(count, 1000)); // planLab names the limit
  }
  return value.split(",");
}
