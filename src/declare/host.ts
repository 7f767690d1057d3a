/**
 * The arguments of a Host and everything wrong with them, all at once. Refuses files and parameters that another
 * resource owns or that a slip would turn against the host: world-writable modes, two declarations of one thing,
 * names that a package tool would read as an order to remove.
 */
import { z } from "zod";
import { accountPaths, HOST_PATHS, type Group, type KernelParameter, type PackageReference } from "../model/host";
import type { ManagedFile } from "../model/file";
import { Secret } from "../model/secret";
import type { ServiceUnit } from "../model/service";
import { containsUnknown } from "../model/unknown";
import type { Connection } from "../model/connection";
import { declareAccount, declareGroup, directoryPath, isPlainPath, type DeclaredAccount } from "./account";
import { rule, type IssueCollector, type Path } from "./issue";
import { declareList, refuseDuplicates } from "./list";
import type { HostPostgresqlArgs } from "./host-args";

export type { AccountArgs, GroupArgs } from "./account";
export type * from "./host-args";

export interface DeclaredFile extends ManagedFile {
  readonly reloads: string | null;
}

export interface HostDeclaration {
  readonly connection: Connection;
  readonly packages: readonly PackageReference[];
  readonly groups: readonly Group[];
  readonly accounts: readonly DeclaredAccount[];
  readonly kernelParameters: readonly KernelParameter[];
  readonly hardenKernel: boolean;
  readonly hardenFileModes: boolean;
  readonly files: readonly DeclaredFile[];
  readonly services: readonly ServiceUnit[];
  readonly postgresql: Required<HostPostgresqlArgs>;
  readonly unattendedUpgrades: boolean;
  readonly timeSync: boolean;
}

const packageName = z.string().refine((name) => /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.]$/.test(name), rule(
  "a Debian package name: lower-case letters, digits and + . -, not ending in a dash",
  "Correct the name; apt would take a dash at the end for an order to remove the package.",
));
const packageSchema = z.strictObject({
  name: packageName,
  version: z.string().refine((text) => /^[0-9][A-Za-z0-9.+~:-]*$/.test(text), rule("a Debian version such as 17.6-0+deb13u1", "Write it as dpkg prints it.")).exactOptional(),
});

const unitName = z.string().refine((name) => /^[A-Za-z0-9:_.@-]+\.(service|socket|timer|target|path|mount)$/.test(name), rule("a unit with its suffix, such as ssh.service", "Write the suffix."));
const unixWord = z.string().refine((name) => /^[a-z_][a-z0-9_-]{0,30}$/.test(name), rule("the name of an account or group", "Correct the name."));

/** Files of other resources, or of programs that write them themselves. */
const RESERVED: readonly (readonly [prefix: string, owner: string])[] = [
  ["/etc/pgrampart/", "pgrampart itself"], ["/var/lib/pgrampart/", "pgrampart itself"], ["/run/", "running programs; it is gone after a boot"],
  ["/proc/", "the kernel"], ["/sys/", "the kernel"], ["/dev/", "the kernel"], ["/etc/postgresql/", "the resources of an instance"],
  ["/var/lib/postgresql/", "PostgreSQL"], ["/var/lib/dpkg/", "dpkg"], ["/etc/systemd/system/pgrampart", "Firewall"],
];
const RESERVED_FILES: readonly string[] = [
  "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", HOST_PATHS.kernelParameters, HOST_PATHS.createCluster, HOST_PATHS.sandbox, HOST_PATHS.unattendedUpgrades, HOST_PATHS.installationGuard,
];

const fileSchema = z.strictObject({
  path: z.string()
    .refine(isPlainPath, rule("an absolute path of letters, digits and . _ - @ + /, without .. and without a slash at its end", "Write the path in full."))
    .refine((path) => !RESERVED_FILES.includes(path) && !RESERVED.some(([prefix]) => path.startsWith(prefix)) && !path.startsWith(HOST_PATHS.sudoers("")), rule(
      "a path that nothing else writes",
      "Use the property or resource made for it: accounts, kernelParameters, postgresql, Instance or Firewall.",
    )),
  content: z.custom<string | Secret<string>>((value) => typeof (value instanceof Secret ? value.reveal() : value) === "string", rule("the text of the file", "Pass a string.")),
  owner: unixWord.default("root"),
  group: unixWord.default("root"),
  mode: z.string().refine((mode) => /^0[0-7]{3}$/.test(mode), rule("four octal digits beginning with 0, such as 0640", "Write the mode so; set-uid and set-gid files are refused."))
    .refine((mode) => !/[2367]$/.test(mode), rule("a mode that does not let everyone write", "Give a group the right to write instead.")).default("0644"),
  reloads: unitName.exactOptional(),
});

const serviceSchema = z.strictObject({ unit: unitName, enabled: z.boolean().exactOptional(), running: z.boolean().exactOptional() });

const kernelName = /^[a-z0-9_]+(\.[A-Za-z0-9_:@*/-]+)+$/;

const restSchema = z.strictObject({
  connection: z.unknown().optional(),
  hardenKernel: z.boolean().default(true),
  hardenFileModes: z.boolean().default(true),
  unattendedUpgrades: z.boolean().default(false),
  timeSync: z.boolean().default(false),
  postgresql: z.strictObject({
    createMainCluster: z.boolean().default(false),
    sandbox: z.boolean().default(true),
    writablePaths: z.array(directoryPath.refine((path) => !/^\/(etc|usr|bin|sbin|lib\w*|boot|proc|sys|dev|root)(\/|$)/.test(path), rule(
      "a directory of data", "Keep the system's own directories read-only for PostgreSQL."))).default([]),
    restartInstances: z.boolean().default(false),
  }).prefault({}),
});

/** Checks the inputs of a Host but for `connection`, which the caller has checked. */
export function declareHost(inputs: Readonly<Record<string, unknown>>, connection: Connection | undefined, issues: IssueCollector): HostDeclaration | undefined {
  const { packages, groups, accounts, kernelParameters, files, services, ...rest } = inputs;
  const login = connection?.user;
  const settings = issues.parse(restSchema, rest, []);
  const lists = {
    packages: declareList(packages, ["packages"], issues, (value, path) => declarePackage(value, path, issues)),
    groups: declareList(groups, ["groups"], issues, (value, path) => declareGroup(value, path, issues)),
    accounts: declareList(accounts, ["accounts"], issues, (value, path) => declareAccount(value, login, path, issues)),
    files: declareList(files, ["files"], issues, (value, path) => declareFile(value, path, issues)),
    services: declareList(services, ["services"], issues, (value, path) => declareService(value, path, issues)),
  };
  const parameters = declareKernelParameters(kernelParameters ?? {}, issues);
  refuseDuplicates(lists.packages, ["packages"], issues, ({ name }) => name);
  refuseDuplicates(lists.groups, ["groups"], issues, ({ name }) => name);
  refuseDuplicates(lists.accounts, ["accounts"], issues, ({ name }) => name);
  refuseDuplicates(lists.services, ["services"], issues, ({ unit }) => unit);
  refuseDuplicates(lists.accounts, ["accounts"], issues, ({ uid }) => (uid === null ? null : String(uid)));
  refuseSharedFiles(lists.files.elements, lists.accounts.elements, issues);
  const whole = { packages: lists.packages.whole, groups: lists.groups.whole, accounts: lists.accounts.whole, files: lists.files.whole, services: lists.services.whole };
  if (connection === undefined || settings === undefined || parameters === undefined || Object.values(whole).includes(undefined) || issues.issues.length > 0 || containsUnknown(rest)) {
    return undefined;
  }
  return { ...settings, connection, kernelParameters: parameters, ...(whole as { [K in keyof typeof whole]: NonNullable<(typeof whole)[K]> }) };
}

function declarePackage(value: unknown, path: Path, issues: IssueCollector): PackageReference | undefined {
  if (typeof value === "string") {
    const name = issues.parse(packageName, value, path);
    return name === undefined ? undefined : { name, version: null };
  }
  const parsed = issues.parse(packageSchema, value, path);
  return parsed === undefined ? undefined : { name: parsed.name, version: parsed.version ?? null };
}

function declareFile(value: unknown, path: Path, issues: IssueCollector): DeclaredFile | undefined {
  const file = issues.parse(fileSchema, value, path);
  if (file === undefined) {
    return undefined;
  }
  const text = file.content instanceof Secret ? file.content.reveal() : file.content;
  if (text.includes("\0")) {
    issues.add([...path, "content"], "text with a NUL character", "text without NUL characters", "Remove it.");
  }
  return { ...file, reloads: file.reloads ?? null };
}

function declareService(value: unknown, path: Path, issues: IssueCollector): ServiceUnit | undefined {
  const service = issues.parse(serviceSchema, value, path);
  if (service === undefined) {
    return undefined;
  }
  if (/^sshd?\.(service|socket)$/.test(service.unit) && (service.enabled === false || service.running === false)) {
    issues.add([...path, "unit"], service.unit, "a unit other than SSH's", "Without SSH nobody could reach the host again.");
  }
  return { unit: service.unit, isEnabled: service.enabled ?? null, isRunning: service.running ?? null };
}

function declareKernelParameters(value: unknown, issues: IssueCollector): readonly KernelParameter[] | undefined {
  const record = issues.parse(z.record(z.string(), z.unknown()), value, ["kernelParameters"]);
  const parsed = Object.entries(record ?? {}).map(([name, given]): KernelParameter | undefined => {
    const path = ["kernelParameters", name];
    if (!kernelName.test(name) || /\*|\.\.|\/\//.test(name)) {
      issues.add(path, name, "the name of a kernel parameter, such as net.ipv4.tcp_syncookies", "Write it as sysctl prints it, without patterns.");
    }
    const text = issues.parse(z.union([z.number(), z.string()], { error: "a number or text" }), given, path);
    if (text === undefined) {
      return undefined;
    }
    if (!/^[\x21-\x7e]+([ \t]+[\x21-\x7e]+)*$/.test(String(text))) {
      issues.add(path, text, "printable words on one line", "Correct the value.");
    }
    return { name, value: String(text).replace(/\s+/g, " ") };
  });
  return record === undefined || parsed.includes(undefined) ? undefined : (parsed as KernelParameter[]).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Two owners of one file would undo each other for ever. */
function refuseSharedFiles(files: readonly (DeclaredFile | undefined)[], accounts: readonly (DeclaredAccount | undefined)[], issues: IssueCollector): void {
  const taken = new Map(accounts.flatMap((account, index) => (account === undefined ? [] : [[accountPaths(account).authorizedKeys, `accounts[${index}].authorizedKeys`]])));
  files.forEach((file, index) => {
    const owner = taken.get(file?.path ?? "");
    if (file !== undefined && owner !== undefined) {
      issues.add(["files", index, "path"], file.path, `a path that ${owner} does not own`, "Remove one of the two.");
    }
    if (file !== undefined) {
      taken.set(file.path, `files[${index}]`);
    }
  });
}
