/**
 * Proof of the packet filter: TCP ports knocked at from every place, each of which must answer, or stay silent, as the
 * declarations say. Silence is what tells a dropped packet from a port where merely nobody listens.
 */
import type { AddressFamily } from "../model/address";
import type { Place, Server } from "./attempts";
import { packetVerdict, type Gate } from "./gate";
import type { Vantage } from "./reach";
import type { Finding } from "./report";

/** What a knock meets: a listener, a refusal (reset or ICMP), or nothing at all. */
export type PortAnswer = "open" | "refused" | "silent";

export interface Knocking {
  readonly from: string;
  readonly family: AddressFamily;
  readonly host: string;
  readonly ports: readonly number[];
  /** Ports whose packets must arrive: there may be a listener or none. All others are refused as `refuse` says. */
  readonly accepted: readonly number[];
  /** What the packet filter does with the others. */
  readonly refuse: "drop" | "reject";
}

/** The well-known ports, and those that databases, poolers and their tools like. */
export const KNOCKED: readonly number[] = [...Array.from({ length: 1024 }, (_, index) => index + 1), 2345, 3306, 5431, 5432, 5433, 5434, 6432, 6543, 8008, 8080, 8443, 9000, 9100, 9187, 9999, 27017];

export function planKnocks(gate: Gate, server: Server, places: readonly Place[]): readonly Knocking[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => places.flatMap((place) => {
    const host = server.addresses[family];
    const verdict = (port: number): string => packetVerdict(gate, { address: place.address[family], port });
    const ports = [...new Set([...KNOCKED, server.port, ...(gate.firewall?.sshPorts ?? [])])];
    return host === undefined || gate.firewall === null ? [] : [{
      from: place.name, family, host, refuse: gate.firewall.refuse,
      ports: ports.filter((port) => verdict(port) === "accept" || verdict(port) === gate.firewall?.refuse),
      accepted: ports.filter((port) => verdict(port) === "accept"),
    }];
  }));
}

/** Runs in a process of its own at the place: `process.argv` is host, milliseconds, ports; prints `{ port: answer }`. */
const KNOCK = `
const net = require("node:net");
const [host, wait, ...ports] = process.argv.slice(1);
const knock = (port) => new Promise((done) => {
  const socket = net.connect({ host, port: Number(port) });
  const end = (answer) => { socket.destroy(); done([port, answer]); };
  socket.setTimeout(Number(wait), () => end("silent"));
  socket.on("connect", () => end("open"));
  socket.on("error", (error) => end(error.code === "ETIMEDOUT" ? "silent" : "refused"));
});
(async () => {
  const answers = [];
  while (ports.length > 0) answers.push(...(await Promise.all(ports.splice(0, 400).map(knock))));
  process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
})();
`;

/** Milliseconds after which a port counts as silent: the kernel asks a second time after one second. */
const PATIENCE = 1500;

export async function tryKnocks(knocking: Knocking, vantage: Vantage): Promise<Finding> {
  const result = await vantage.run([process.execPath, "-e", KNOCK, knocking.host, String(PATIENCE), ...knocking.ports.map(String)], {});
  const answers = JSON.parse(result.stdout) as Readonly<Record<string, PortAnswer>>;
  const wanted: PortAnswer = knocking.refuse === "drop" ? "silent" : "refused";
  const wrong = knocking.ports.filter((port) => (knocking.accepted.includes(port) ? answers[port] === "silent" : answers[port] !== wanted));
  const open = knocking.ports.filter((port) => answers[port] === "open");
  const family = knocking.family === "ipv6" ? "IPv6" : "IPv4";
  const list = (ports: readonly number[]): string => (ports.length === 0 ? "none" : ports.join(", "));
  return {
    code: knocking.family === "ipv6" ? "SPG-15" : "TEL-01",
    title: `${knocking.ports.length} TCP ports, from ${knocking.from} (${family})`,
    passed: wrong.length === 0,
    expected: `an answer from ${list(knocking.accepted)} at most, every other port ${wanted}`,
    observed: `open: ${list(open)}${wrong.length === 0 ? `; all others ${wanted}` : `; not as expected: ${wrong.map((port) => `${port} ${answers[port] ?? "unknown"}`).join(", ")}`}`,
  };
}
