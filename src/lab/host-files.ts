/** The files that make the common base image one particular host: pure. Identity, names, network and who may log in. */
import { createHash } from "node:crypto";
import { hostNetwork, type LabHostPlan, type LabPlan } from "./plan";

export interface HostFile {
  /** Relative to the host's root. */
  readonly path: string;
  readonly mode: number;
  /** Unix ids of the owner and the group. @default - root */
  readonly owner?: readonly [uid: number, gid: number];
  readonly content: string;
}

export interface HostIdentity {
  readonly labId: string;
  /** OpenSSH private host key. */
  readonly hostKey: string;
  /** Its public half. */
  readonly hostKeyPublic: string;
  /** Public key that logs in as the lab's account. */
  readonly adminKeyPublic: string;
}

/** `useradd` gives the first account of an image this id. */
const adminOwner = [1000, 1000] as const;

export function renderHostFiles(host: LabHostPlan, plan: LabPlan, identity: HostIdentity): HostFile[] {
  return [
    { path: "etc/hostname", mode: 0o644, content: `${host.name}\n` },
    { path: "etc/machine-id", mode: 0o444, content: `${machineId(identity.labId, host.name)}\n` },
    { path: "etc/hosts", mode: 0o644, content: renderHostNames(plan) },
    { path: "etc/systemd/network/10-host0.network", mode: 0o644, content: renderHostNetwork(host, plan) },
    { path: "etc/ssh/ssh_host_ed25519_key", mode: 0o600, content: identity.hostKey },
    { path: "etc/ssh/ssh_host_ed25519_key.pub", mode: 0o644, content: `${identity.hostKeyPublic}\n` },
    { path: "home/admin/.ssh/authorized_keys", mode: 0o600, owner: adminOwner, content: `${identity.adminKeyPublic}\n` },
  ];
}

/** /etc/hosts for hosts and clients alike: there is no name server, and sudo looks up the host's own name. */
export function renderHostNames(plan: LabPlan): string {
  const lines = plan.hosts.flatMap((host) => [`${host.ipv4} ${host.name}`, `${host.ipv6} ${host.name}`]);
  return `${["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", ...lines].join("\n")}\n`;
}

/** systemd-networkd's file for a host's only interface: static addresses, a route to each client network, no other. */
export function renderHostNetwork(host: LabHostPlan, plan: LabPlan): string {
  const routes = plan.clients.flatMap((client) => [
    `[Route]\nDestination=${client.network.ipv4}\nGateway=${hostNetwork.gateway.ipv4}\n`,
    `[Route]\nDestination=${client.network.ipv6}\nGateway=${hostNetwork.gateway.ipv6}\n`,
  ]);
  return [
    "[Match]\nName=host0\n",
    "[Network]\nDHCP=no\nIPv6AcceptRA=no\nLinkLocalAddressing=ipv6\nIPv6DuplicateAddressDetection=0\nLLMNR=no\n",
    `[Address]\nAddress=${host.ipv4}/24\n`,
    `[Address]\nAddress=${host.ipv6}/64\nDuplicateAddressDetection=none\n`,
    ...routes,
  ].join("\n");
}

/** 128 bits that stay the same for a host as long as its lab lives. */
export function machineId(labId: string, host: string): string {
  return createHash("sha256").update(`${labId}/${host}`).digest("hex").slice(0, 32);
}
