/** The resource HostBasedAccess: wiring of the stages. pg_hba.conf and pg_ident.conf of one instance, owned whole. */
import { CONNECTION_SECRETS, declareConnection } from "../declare/connection";
import { declareHba, type HbaDeclaration } from "../declare/hba";
import { planHba, retireHba } from "../diff/host-based-access";
import { adoptHba } from "../inspect/hba-adoption";
import { probeHba } from "../inspect/host-based-access";
import type { DesiredHba, ObservedHba } from "../model/hba-state";
import { resolveClosedHba, resolveHba } from "../resolve/hba";
import type { ResourceKind } from "./kind";

export const hostBasedAccessKind: ResourceKind<HbaDeclaration, DesiredHba, ObservedHba> = {
  type: "HostBasedAccess",
  description: "Who may connect to an instance, from where, and how they prove who they are: pg_hba.conf and pg_ident.conf, owned whole, in explicit order. Local administration comes first and the refusal of everything else last. The server checks the files before it loads them, and a change takes itself back when the way in is lost. Deleting it leaves the instance closed to all but local administration.",
  secretInputs: [...CONNECTION_SECRETS, "records[*].options.ldapbindpasswd", "records[*].options.radiussecrets"],
  replaceOn: [],
  declare: (inputs, issues) => declareHba(inputs, declareConnection(inputs["connection"], issues), issues),
  resolve: resolveHba,
  probe: ({ instance }) => probeHba(instance),
  plan: planHba,
  retire: (observed, { instance, guardSeconds }) => retireHba(observed, resolveClosedHba(instance, guardSeconds)),
  isAbsent: ({ files }) => files.length === 0,
  identify: ({ instance }) => `${instance.major}-${instance.name}`,
  declarationOf: (identity) => {
    const [, major, name] = /^(\d+)-(.+)$/.exec(identity) ?? [];
    return major === undefined || name === undefined ? undefined : { instance: { major: Number(major), name }, records: [] };
  },
  adopt: adoptHba,
};
