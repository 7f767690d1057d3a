/**
 * The lab that live tests run against. `pgrampart lab exec --name NAME -- COMMAND` starts a command in the lab's control
 * network and sets PGRAMPART_LAB to the lab's name; the path of a lab.json is taken too. A test without a lab fails, it
 * is never skipped.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { labDirectory } from "../../src/lab/directories";
import type { LabHost, LabInventory } from "../../src/lab/inventory";
import { Secret } from "../../src/model/secret";
import type { Connection } from "../../src/model/connection";

/** Throws where there is no lab, and says how to get one. */
export function lab(): LabInventory {
  const named = process.env["PGRAMPART_LAB"];
  if (named === undefined || named === "") {
    throw new Error("live tests need a lab: pgrampart lab up --name NAME, then pgrampart lab exec --name NAME -- npx jest --selectProjects live");
  }
  const file = named.includes("/") ? named : join(labDirectory(named), "lab.json");
  return JSON.parse(readFileSync(file, "utf8")) as LabInventory;
}

export function labHost(name: string): LabHost {
  const { hosts } = lab();
  const host = hosts.find((candidate) => candidate.name === name);
  if (host === undefined) {
    throw new Error(`the lab has no host ${name}; it has ${hosts.map((candidate) => candidate.name).join(", ")}`);
  }
  return host;
}

/** The private key of the lab's account, as text. */
export function labKey(): Secret<string> {
  return new Secret(readFileSync(lab().privateKey, "utf8"));
}

/** How a program reaches a host of the lab: the account with `sudo -n`, its key in memory, the host's pinned key. */
export function labConnection(name: string): Connection {
  const host = labHost(name);
  return { host: host.ipv4, port: host.port, user: lab().user, privateKey: labKey(), hostKeys: host.hostKeys, dialErrorLimit: 3, perDialTimeout: 5 };
}
