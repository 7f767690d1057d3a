/** The resource Instance: wiring of the stages. One postmaster of one host; another major version or name is another object. */
import { CONNECTION_SECRETS, declareConnection } from "../declare/connection";
import { declareInstance, type InstanceDeclaration } from "../declare/instance";
import { planInstance, retireInstance } from "../diff/instance";
import { probeInstance } from "../inspect/instance";
import type { DesiredInstance, ObservedInstance } from "../model/instance-state";
import { adoptInstance } from "../resolve/instance-adoption";
import { resolveInstance } from "../resolve/instance";
import type { ResourceKind } from "./kind";

export const instanceKind: ResourceKind<InstanceDeclaration, DesiredInstance, ObservedInstance> = {
  type: "Instance",
  description: "One PostgreSQL instance in Debian's layout: its creation, every parameter by the hardening baseline, its certificate and key, its sockets, pgAudit. The server checks a configuration before it is swapped in, is reloaded or restarted at most once, and goes back by itself when it does not start.",
  secretInputs: [...CONNECTION_SECRETS, "tls.privateKey", "tls.passphrase"],
  replaceOn: [],
  declare: (inputs, issues) => declareInstance(inputs, declareConnection(inputs["connection"], issues), issues),
  resolve: resolveInstance,
  probe: probeInstance,
  plan: planInstance,
  retire: retireInstance,
  isAbsent: ({ exists }) => !exists,
  identify: ({ instance }) => `${instance.major}-${instance.name}`,
  declarationOf: (identity) => {
    const [, major, name] = /^(\d+)-(.+)$/.exec(identity) ?? [];
    return major === undefined || name === undefined ? undefined : { instance: { major: Number(major), name } };
  },
  adopt: adoptInstance,
  outputs: {
    /** For other resources of the same instance: waits until it runs. */
    reference: ({ instance }, observed) => (observed === undefined ? undefined : { ...instance }),
  },
};
