/** The resource Firewall: wiring of the stages. One table of one host; another table is another object. */
import { CONNECTION_SECRETS, declareConnection } from "../declare/connection";
import { declareFirewall, type FirewallDeclaration } from "../declare/ruleset";
import { planFirewall, retireFirewall } from "../diff/firewall";
import { probeFirewall, type ObservedFirewall } from "../inspect/firewall";
import { resolveFirewall, type DesiredFirewall } from "../resolve/ruleset";
import { adoptRuleset } from "../resolve/ruleset-adoption";
import type { ResourceKind } from "./kind";

export const firewallKind: ResourceKind<FirewallDeclaration, DesiredFirewall, ObservedFirewall> = {
  type: "Firewall",
  description: "The packet filter of one host: one nftables table for IPv4 and IPv6, which refuses whatever is not declared. It is swapped in one transaction, loaded at boot before the network, and leaves the tables of others alone.",
  secretInputs: CONNECTION_SECRETS,
  replaceOn: ["table"],
  declare: (inputs, issues) => declareFirewall(inputs, declareConnection(inputs["connection"], issues), issues),
  resolve: resolveFirewall,
  probe: ({ ruleset, paths }) => probeFirewall(ruleset.table, paths),
  plan: planFirewall,
  retire: retireFirewall,
  isAbsent: ({ loaded, files }) => loaded === null && files.length === 0,
  identify: ({ table }) => table,
  declarationOf: (table) => ({ managementNetworks: ["192.0.2.0/24"], ...(table === "" ? {} : { table }) }),
  leftAlone: ({ foreignTables }) => foreignTables.map(({ family, name, inputChains }) => `the nftables table ${family} ${name}${inputChains.length === 0 ? "" : ` (${inputChains.join("; ")})`}`),
  adopt: ({ loaded }) => (loaded === null ? {} : adoptRuleset(loaded)),
};
