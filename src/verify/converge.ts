/** Proof that nothing is left to do: each resource is inspected again and compared again, and nothing may differ. */
import type { Probe } from "../inspect/probe";
import type { Change, Plan } from "../model/plan";
import type { Transport } from "../transport/transport";
import type { Finding } from "./report";

/** One resource: what is declared, and where it lives. */
export interface Subject {
  /** Logical name in the program. */
  readonly name: string;
  /** `Firewall`; the code of its findings. */
  readonly type: string;
  readonly transport: Transport;
  readonly probe: Probe<unknown>;
  plan(observed: unknown): Plan;
}

export async function verifyConvergence({ name, type, transport, probe, plan }: Subject): Promise<readonly Finding[]> {
  const { changes } = plan(await transport.observe(probe));
  return changes.length > 0 ? changes.map((change) => unfinished(name, type, change)) : [
    { code: type, title: `${name} on ${transport.name}`, passed: true, expected: "nothing left to change", observed: "as declared" },
  ];
}

function unfinished(name: string, type: string, { path, kind, before, after }: Change): Finding {
  const say = (value: unknown): string => (value === undefined || value === null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value));
  return { code: type, title: `${name} ${path}`, passed: false, expected: kind === "delete" ? "nothing" : say(after), observed: say(before) };
}
