/** Instances for tests, from arguments as a program writes them. */
import { declareInstance, type InstanceDeclaration } from "../../src/declare/instance";
import { formatIssue, IssueCollector, type Issue } from "../../src/declare/issue";
import type { DesiredInstance } from "../../src/model/instance-state";
import { resolveInstance } from "../../src/resolve/instance";
import type { Connection } from "../../src/model/connection";

export const connection: Connection = { host: "10.77.0.12", user: "admin", hostKeys: ["ssh-ed25519 AAAA"] };

export function declared(args: Record<string, unknown>): { readonly declaration: InstanceDeclaration | undefined; readonly issues: readonly Issue[] } {
  const issues = new IssueCollector();
  const declaration = declareInstance({ instance: { major: 17 }, ...args }, connection, issues);
  return { declaration, issues: issues.issues };
}

/** Throws with every fault: for arguments that must be good. */
export function instance(args: Record<string, unknown> = {}): InstanceDeclaration {
  const { declaration, issues } = declared(args);
  if (declaration === undefined) {
    throw new Error(issues.map(formatIssue).join("\n"));
  }
  return declaration;
}

export function desired(args: Record<string, unknown> = {}): DesiredInstance {
  return resolveInstance(instance(args));
}
