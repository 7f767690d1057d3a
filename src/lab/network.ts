/**
 * A lab's closed network as text for `ip -batch`: pure. The fabric namespace holds the bridge of the hosts and routes
 * between it and one namespace per client. No namespace has a default route or a link to the outside.
 */
import { hostNetwork, type LabPlan } from "./plan";

/** The name of the bridge inside the fabric namespace. */
export const bridgeName = "br0";

/** Names of a lab's namespaces; `id` is the lab's random id. */
export function fabricNamespace(id: string): string {
  return `pgrampart-${id}-fabric`;
}

export function clientNamespace(id: string, client: string): string {
  return `pgrampart-${id}-${client}`;
}

export interface NetworkBatch {
  readonly namespace: string;
  /** Lines for `ip -batch -`, run inside the namespace. */
  readonly lines: readonly string[];
}

/** What to run in which namespace, in order; all namespaces exist by then. */
export function renderNetwork(id: string, plan: LabPlan): NetworkBatch[] {
  const fabric = [
    "link set lo up",
    // Without snooping every neighbour solicitation reaches every host at once.
    `link add ${bridgeName} type bridge stp_state 0 mcast_snooping 0`,
    ...addressLines(bridgeName, [`${hostNetwork.gateway.ipv4}/24`, `${hostNetwork.gateway.ipv6}/64`]),
    `link set ${bridgeName} up`,
    ...plan.clients.flatMap((client) => [
      `link add ${client.name} type veth peer name eth0 netns ${clientNamespace(id, client.name)}`,
      ...addressLines(client.name, [`${client.gateway.ipv4}/24`, `${client.gateway.ipv6}/64`]),
      `link set ${client.name} up`,
    ]),
  ];
  const clients = plan.clients.map((client) => ({
    namespace: clientNamespace(id, client.name),
    lines: [
      "link set lo up",
      ...addressLines("eth0", [`${client.address.ipv4}/24`, `${client.address.ipv6}/64`]),
      "link set eth0 up",
      `route add ${hostNetwork.network.ipv4} via ${client.gateway.ipv4}`,
      `route add ${hostNetwork.network.ipv6} via ${client.gateway.ipv6}`,
    ],
  }));
  return [{ namespace: fabricNamespace(id), lines: fabric }, ...clients];
}

/** No duplicate address detection: the plan cannot clash, and an address must answer at once. */
function addressLines(device: string, addresses: readonly string[]): string[] {
  return addresses.map((address) => `address add ${address} dev ${device}${address.includes(":") ? " nodad" : ""}`);
}
