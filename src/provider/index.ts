/**
 * The registry: type token → the kind and where it lives. Each row loads its module when the type is first met, so that
 * the plugin starts in a fraction of a second whatever a kind needs.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- require is what loads lazily; the bundle keeps it lazy */
import { PlanError } from "../errors";
import type * as accessModule from "./access";
import type * as certificateRevocationListModule from "./certificate-revocation-list";
import type * as firewallModule from "./firewall";
import type * as hostModule from "./host";
import type * as hostBasedAccessModule from "./host-based-access";
import type * as instanceModule from "./instance";
import { HostRealm, type Hosts, type Turns } from "./host-realm";
import type { OnHost, ResourceKind } from "./kind";
import { Resource } from "./resource";

/** One of many: its type parameters matter only inside it. */
export type AnyResource = Resource<unknown, unknown, unknown>;

export interface World {
  readonly hosts: Hosts;
  readonly turns: Turns;
  /** Milliseconds since the epoch: the only clock of kinds that live on the control side. */
  readonly now: () => number;
}

type Row = (world: World) => AnyResource;

function onHost<D extends OnHost, S, O>(load: () => ResourceKind<D, S, O>): Row {
  return ({ hosts, turns }) => {
    const kind = load();
    return new Resource(kind, new HostRealm(kind, hosts, turns)) as unknown as AnyResource;
  };
}

const REGISTRY: Readonly<Record<string, Row>> = {
  Access: onHost(() => (require("./access") as typeof accessModule).accessKind),
  Firewall: onHost(() => (require("./firewall") as typeof firewallModule).firewallKind),
  Host: onHost(() => (require("./host") as typeof hostModule).hostKind),
  HostBasedAccess: onHost(() => (require("./host-based-access") as typeof hostBasedAccessModule).hostBasedAccessKind),
  Instance: onHost(() => (require("./instance") as typeof instanceModule).instanceKind),
  CertificateRevocationList: ({ now }) => {
    const { certificateRevocationListKind, RevocationListRealm } = require("./certificate-revocation-list") as typeof certificateRevocationListModule;
    return new Resource(certificateRevocationListKind, new RevocationListRealm(now)) as unknown as AnyResource;
  },
};

const TOKEN = /^pgrampart:index(?:\/\w+)?:(\w+)$/;

/** The adapters of one plugin process, each made once. */
export class Registry {
  readonly #made = new Map<string, AnyResource>();

  constructor(private readonly world: World, private readonly rows: Readonly<Record<string, Row>> = REGISTRY) {}

  /** @param token such as `pgrampart:index:Firewall` */
  resource(token: string): AnyResource {
    const type = TOKEN.exec(token)?.[1];
    const row = type !== undefined && Object.hasOwn(this.rows, type) ? this.rows[type] : undefined;
    if (type === undefined || row === undefined) {
      throw new PlanError(`pgrampart has no resource type "${token}"`, { remedy: `Use one of ${Object.keys(this.rows).join(", ")}, or the version of pgrampart that has it.` });
    }
    const resource = this.#made.get(type) ?? row(this.world);
    this.#made.set(type, resource);
    return resource;
  }

  /** Loads every kind: for the schema, never for an update. */
  all(): readonly AnyResource[] {
    return Object.keys(this.rows).sort().map((type) => this.resource(`pgrampart:index:${type}`));
  }
}
