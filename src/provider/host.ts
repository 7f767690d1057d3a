/** The resource Host: wiring of the stages. One object per host. */
import { CONNECTION_SECRETS, declareConnection } from "../declare/connection";
import { declareHost, type HostDeclaration } from "../declare/host";
import { planHost, retireHost } from "../diff/host";
import { hostFiles } from "../diff/host-files";
import { probeHost } from "../inspect/host";
import type { ObservedHost } from "../model/host";
import { resolveHost, type DesiredHost } from "../resolve/host";
import type { ResourceKind } from "./kind";

export const hostKind: ResourceKind<HostDeclaration, DesiredHost, ObservedHost> = {
  type: "Host",
  description: "What a host has before PostgreSQL comes: packages, accounts, kernel parameters, modes of files, units, and the sandbox of its instances. Packages are never removed and no account is deleted; ways in that nobody declared are shown.",
  secretInputs: [...CONNECTION_SECRETS, "files[*].content"],
  replaceOn: [],
  declare: (inputs, issues) => declareHost(inputs, declareConnection(inputs["connection"], issues), issues),
  resolve: resolveHost,
  probe: (desired) => probeHost({
    packages: desired.packages.map(({ name }) => name),
    groups: desired.groups.map(({ name }) => name),
    accounts: desired.accounts.map(({ name }) => name),
    kernelParameters: desired.kernelParameters,
    files: hostFiles(desired).map(({ path }) => path),
    modes: desired.modes.map(({ path }) => path),
    services: desired.services.map(({ unit }) => unit),
  }),
  plan: planHost,
  retire: retireHost,
  leftAlone: ({ undeclared: { accounts, sudoers, sockets } }) => [
    ...accounts.map((name) => `the account ${name} can log in`), ...sudoers.map((line) => `sudo allows ${line}`), ...sockets.map((socket) => `a listener on ${socket}`),
  ],
  adopt: ({ packages, services }) => ({
    packages: packages.map(({ name }) => name),
    services: services.map(({ unit, isEnabled, isRunning }) => ({ unit, enabled: isEnabled, running: isRunning })),
  }),
};
