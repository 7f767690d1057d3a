/** What PostgreSQL's own views must show for an entry: the server's parser, asked about our text. Source: hbafuncs.c. */
import ipaddr from "ipaddr.js";
import type { HbaAddress, HbaOption, HbaRecord, HbaToken, IdentMapping } from "../../src/model/hba";
import { reveal } from "../../src/model/secret";
import { confList } from "../../src/render/conf";

/** A row of pg_hba_file_rules, without where it stands. */
export interface HbaRule {
  readonly type: string;
  readonly database: readonly string[];
  readonly user_name: readonly string[];
  readonly address: string | null;
  readonly netmask: string | null;
  readonly auth_method: string;
  /** Sorted. */
  readonly options: readonly string[] | null;
}

export function ruleOf(record: HbaRecord): HbaRule {
  return {
    type: record.type,
    database: record.databases.map(textOf),
    user_name: record.users.map(textOf),
    ...(record.type === "local" ? { address: null, netmask: null } : addressOf(record.address)),
    auth_method: record.method,
    options: optionsOf(record),
  };
}

/** A row as `ruleOf` writes it: options sorted, addresses without bits outside the mask and without a dotted tail. */
export function normalRow({ type, database, user_name, address, netmask, auth_method, options }: HbaRule): HbaRule {
  const mask = netmask === null ? null : bytesOf(netmask);
  const bytes = address === null || mask === null ? null : bytesOf(address).map((byte, index) => byte & (mask[index] ?? 0));
  const spell = (part: readonly number[]): string => ipaddr.fromByteArray([...part]).toString();
  return {
    type, database, user_name, auth_method,
    address: bytes === null ? address : spell(bytes),
    netmask: mask === null ? null : spell(mask),
    options: options === null ? null : [...options].sort(),
  };
}

/** The system prints `::8:0` as `::0.8.0.0`, which the library would take for an IPv4-mapped address. */
function bytesOf(text: string): readonly number[] {
  const [, head, tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const words = tail === undefined ? "" : ipaddr.fromByteArray([...Array<number>(12).fill(0), ...ipaddr.IPv4.parse(tail).toByteArray()]).toNormalizedString().split(":").slice(-2).join(":");
  return ipaddr.parse(head === undefined ? text : `${head}${words}`).toByteArray();
}

export function mappingOf({ mapName, systemUsername, databaseUsername }: IdentMapping): Record<string, string> {
  return { map_name: mapName, sys_name: textOf(systemUsername), pg_username: textOf(databaseUsername) };
}

function textOf(token: HbaToken): string {
  switch (token.kind) {
    case "keyword":
      return token.keyword;
    case "name":
      return token.name;
    case "member":
      return `+${token.role}`;
    case "regex":
      return `/${token.regex}`;
    case "file":
      return `@${token.path}`;
  }
}

function addressOf(address: HbaAddress): { readonly address: string; readonly netmask: string | null } {
  if (address.kind === "masked") {
    return { address: address.address, netmask: address.netmask };
  }
  if (address.kind !== "network") {
    return { address: address.kind === "name" ? address.name : address.kind, netmask: null };
  }
  const [first = "", bits = ""] = address.network.split("/");
  const family = first.includes(":") ? ipaddr.IPv6 : ipaddr.IPv4;
  return { address: first, netmask: family.subnetMaskFromPrefixLength(Number(bits)).toString() };
}

/** The views leave out what has no effect they know of, and add what a method implies. */
const UNSHOWN = ["clientname", "pam_use_hostname", "compat_realm", "upn_username"];

function optionsOf({ method, options }: HbaRecord): readonly string[] | null {
  const has = (name: string): HbaOption | undefined => options.find((option) => option.name === name);
  const written = options.filter(({ name }) => !UNSHOWN.includes(name)).flatMap(({ name, value }) => {
    const text = reveal<string | readonly string[]>(value);
    return name === "include_realm" || name === "ldaptls" ? (text === "1" ? [`${name}=true`] : []) : [`${name}=${typeof text === "string" ? text : confList(text)}`];
  });
  const implied = [
    ...((method === "gss" || method === "sspi") && has("include_realm") === undefined ? ["include_realm=true"] : []),
    ...(method === "cert" && has("clientcert") === undefined ? ["clientcert=verify-full"] : []),
    ...(method === "ldap" ? ["ldapscope=2"] : []),
  ];
  const all = [...written, ...implied].sort();
  return all.length === 0 ? null : all;
}
