/**
 * A PostgreSQL that tests may do anything to, and the access stages put together as the provider does it: inspect, plan,
 * run each step in order. The scripts are the ones that ship; only the way to a shell differs from the transport.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { declareAccess, type AccessArgs } from "../../src/declare/access";
import { formatIssue, IssueCollector } from "../../src/declare/issue";
import { planAccess, retireAccess, type Salt } from "../../src/diff/access";
import { probeAccess } from "../../src/inspect/access";
import type { DesiredAccess, ObservedAccess } from "../../src/model/access";
import type { InstanceReference } from "../../src/model/instance";
import type { Plan, Script, Step } from "../../src/model/plan";
import { psql } from "../../src/render/psql";
import { resolveAccess } from "../../src/resolve/access";
import { sql, type Sql } from "../../src/render/sql";
import { Secret } from "../../src/model/secret";

export const CONNECTION = { host: "db.example.org", hostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlZ0f3YjV7f4hPyvJmE3n2J0W7o1m2b8Y9kQ0c5X6Zz"] };

/** The same salt for the same role, so that plans are equal from run to run. */
export const fixedSalt: Salt = (role) => createHash("sha256").update(role).digest().subarray(0, 16);

export type Arguments = Omit<AccessArgs, "connection">;

/** The desired state of arguments without faults. */
export function desiredOf(args: Arguments): DesiredAccess {
  const issues = new IssueCollector();
  const declaration = declareAccess(args as unknown as Record<string, unknown>, CONNECTION, issues);
  if (declaration === undefined) {
    throw new Error(issues.issues.map(formatIssue).join("\n"));
  }
  return resolveAccess(declaration);
}

export class PostgresHost {
  /** @param command a command that runs the script on its standard input as root */
  constructor(readonly instance: InstanceReference, private readonly command: readonly string[] = ["sh"]) {}

  run(script: Script): string {
    const [program, ...args] = this.command as [string, ...string[]];
    const result = spawnSync(program, args, { input: script.text.reveal(), encoding: "utf8", maxBuffer: 1 << 28 });
    if (result.status !== 0) {
      throw new Error(`status ${String(result.status)}: ${result.stderr}`);
    }
    return result.stdout;
  }

  /** Without waiting for it: resolves to what it said on standard error, empty when all went well. */
  start(script: Script): Promise<string> {
    const [program, ...args] = this.command as [string, ...string[]];
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.stdin.end(script.text.reveal());
    return new Promise((resolve) => child.on("close", () => resolve(Buffer.concat(said).toString())));
  }

  inspect(desired: DesiredAccess): ObservedAccess {
    const probe = probeAccess(desired);
    return probe.parse(this.run(probe.script));
  }

  plan(desired: DesiredAccess): Plan {
    return planAccess(this.inspect(desired), desired, fixedSalt);
  }

  carryOut(plan: Plan): void {
    [...plan.prepare, ...plan.validate, ...plan.finish].forEach((step: Step) => this.run(step.script));
  }

  /** Gives the plan that was carried out; throws when anything is left to do. */
  apply(args: Arguments): Plan {
    const desired = desiredOf(args);
    const plan = this.plan(desired);
    this.carryOut(plan);
    const left = this.plan(desired);
    if (left.changes.length > 0) {
      throw new Error(`not converged: ${JSON.stringify(left.changes, null, 1)}\n${left.finish.map((step) => step.script.masked).join("\n")}`);
    }
    return plan;
  }

  retire(args: Arguments): Plan {
    const desired = desiredOf(args);
    const plan = retireAccess(this.inspect(desired), desired, fixedSalt);
    this.carryOut(plan);
    return plan;
  }

  /** SQL as the superuser; the answer's lines. */
  sql(database: string, text: string): readonly string[] {
    return this.run(psql(this.instance, database, [written(text)])).split("\n").filter((line) => line !== "");
  }

  /** SQL as a role, without a login: `null` when the server refuses it. */
  as(role: string, database: string, text: string): readonly string[] | null {
    try {
      return this.sql(database, `SET SESSION AUTHORIZATION "${role.replaceAll('"', '""')}";\n${text}`);
    } catch {
      return null;
    }
  }
}

/** SQL that a test wrote itself. */
export function written(text: string): Sql {
  return { ...sql``, text: new Secret(text.endsWith(";") ? text : `${text};`), masked: text, isInput: true } as Sql;
}
