/**
 * The address of a record: a network in CIDR notation without host bits, an address with its mask, a keyword, or a host
 * name. Refuses what the server would read as something else: short forms of IPv4 (`10.1` is 10.0.0.1 to it), addresses
 * without a mask, IPv4 in IPv6 notation, which never matches.
 */
import { formatRange, hasHostBits, parseAddress, parseNetwork } from "../model/address";
import type { HbaAddress } from "../model/hba";
import { isUnknown } from "../model/unknown";
import type { IssueCollector, Path } from "./issue";

const KEYWORDS = ["all", "samehost", "samenet"] as const;
const ALLOWED = "a network such as 10.0.0.0/24 or fd00::/64, samenet, samehost, all, a host name or .domain";

export function declareHbaAddress(value: unknown, netmask: unknown, path: Path, issues: IssueCollector): HbaAddress | undefined {
  const at = [...path, "address"];
  if (isUnknown(value) || isUnknown(netmask)) {
    return undefined;
  }
  if (typeof value !== "string") {
    issues.add(at, value, ALLOWED, "Say where the connections come from.");
    return undefined;
  }
  if (netmask !== undefined) {
    return withNetmask(value, netmask, path, issues);
  }
  const keyword = KEYWORDS.find((word) => word === value.toLowerCase());
  if (keyword !== undefined && keyword === value) {
    return { kind: keyword };
  }
  const refusal = keyword !== undefined ? `Write ${keyword} in lower case.` : refuseNetwork(value) ?? refuseName(value);
  if (refusal !== null) {
    issues.add(at, value, ALLOWED, refusal);
    return undefined;
  }
  return value.includes("/") ? { kind: "network", network: canonical(value) } : { kind: "name", name: value };
}

/** Why the text is no network and cannot be a host name either; `null` when it is one or the other. */
function refuseNetwork(text: string): string | null {
  const network = text.includes("/") ? parseNetwork(text) : null;
  if (network !== null) {
    return hasHostBits(text) ? `Write ${canonical(text)}: bits after the prefix are ignored, and mislead the reader.` : null;
  }
  const address = parseAddress(text);
  if (address !== null) {
    return `Write ${text}/${address.family === "ipv4" ? 32 : 128} for the single address, or the network's prefix length.`;
  }
  if (/^::ffff:.*\./i.test(text)) {
    return "Write it as IPv4: an IPv4 client never matches a record in IPv6 notation.";
  }
  return text.includes("/") || text.includes(":") || text.includes("%") || /^[0-9.]+$|^0x/i.test(text)
    ? "Write the address in full, four numbers or IPv6, without leading zeros or a zone, and a prefix length after a slash."
    : null;
}

/** Names and domains of letters, digits and dashes; the last label begins with a letter, so that it is no number to any parser. */
function refuseName(text: string): string | null {
  if (text.includes("/")) {
    return null;
  }
  const labels = text.replace(/^\./, "").split(".");
  const isName = text.length <= 253 && labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label)) && /^[A-Za-z]/.test(labels.at(-1) ?? "");
  return isName ? null : "Correct the host name, or name the client's network.";
}

function withNetmask(value: string, netmask: unknown, path: Path, issues: IssueCollector): HbaAddress | undefined {
  const address = parseAddress(value);
  const mask = typeof netmask === "string" ? parseAddress(netmask) : null;
  if (address === null) {
    issues.add([...path, "address"], value, "a single address, since netmask is given", "Write the address without prefix length, or remove netmask.");
    return undefined;
  }
  const bits = address.family === "ipv4" ? 32 : 128;
  const prefix = mask === null || mask.family !== address.family ? null : prefixOf(mask.value, bits);
  if (prefix === null) {
    issues.add([...path, "netmask"], netmask, "a mask of the address's family, ones before zeros, such as 255.255.255.0", "Correct it, or write the address with a prefix length.");
    return undefined;
  }
  if (hasHostBits(`${value}/${prefix}`)) {
    issues.add([...path, "address"], value, "an address without bits outside the mask", `Write ${canonical(`${value}/${prefix}`)}.`);
    return undefined;
  }
  return { kind: "network", network: canonical(`${value}/${prefix}`) };
}

/** How many ones a mask begins with; `null` when others follow the first zero. */
function prefixOf(mask: bigint, bits: number): number | null {
  const ones = mask.toString(2).padStart(bits, "0").replace(/0*$/, "");
  return ones.includes("0") ? null : ones.length;
}

/** The network in its shortest spelling, always with its prefix length. */
function canonical(text: string): string {
  const range = parseNetwork(text);
  const spelled = range === null ? text : formatRange(range);
  return spelled.includes("/") ? spelled : `${spelled}/${range?.family === "ipv4" ? 32 : 128}`;
}
