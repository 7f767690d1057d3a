/**
 * Addresses as ranges of integers, so that union, coverage and equality are exact in both families. Reads only the
 * spellings that cannot be misread: four decimal octets without leading zeros, or IPv6 without zone and not an
 * IPv4-mapped address (which a packet filter would never see as IPv6).
 */
import ipaddr from "ipaddr.js";

export type AddressFamily = "ipv4" | "ipv6";

/** All addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: AddressFamily;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS: Readonly<Record<AddressFamily, number>> = { ipv4: 32, ipv6: 128 };
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Every address of a family. */
export function wholeFamily(family: AddressFamily): AddressRange {
  return { family, first: 0n, last: (1n << BigInt(BITS[family])) - 1n };
}

/** One address; `null` when the text is none or can be misread. */
export function parseAddress(text: string): { readonly family: AddressFamily; readonly value: bigint } | null {
  if (IPV4.test(text)) {
    return { family: "ipv4", value: toInteger(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  const [, head = "", tail] = /^([0-9a-fA-F:]*:)(\d+(?:\.\d+){3})$/.exec(text) ?? [];
  const spelled = tail === undefined ? text : IPV4.test(tail) ? `${head}${hexadecimalTail(tail)}` : "";
  if (!/^[0-9a-fA-F:]+$/.test(spelled) || !ipaddr.IPv6.isValid(spelled)) {
    return null;
  }
  const address = ipaddr.IPv6.parse(spelled);
  return address.isIPv4MappedAddress() ? null : { family: "ipv6", value: toInteger(address.toByteArray()) };
}

/** `10.0.0.0/8`, `fd00::/64`, or a single address. Bits after the prefix are the caller's to judge (`hasHostBits`). */
export function parseNetwork(text: string): AddressRange | null {
  const [addressText = "", prefixText, ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) {
    return null;
  }
  const bits = BITS[address.family];
  if (prefixText !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || Number(prefixText) > bits)) {
    return null;
  }
  const size = 1n << BigInt(bits - Number(prefixText ?? bits));
  const first = (address.value / size) * size;
  return { family: address.family, first, last: first + size - 1n };
}

/** Whether a network is written with an address inside it, as in `10.0.0.7/8`. */
export function hasHostBits(text: string): boolean {
  const address = parseAddress(text.split("/")[0] ?? "");
  const network = parseNetwork(text);
  return address !== null && network !== null && address.value !== network.first;
}

/** A network, or a range in nft's spelling: `10.0.0.1-10.0.0.9`. The inverse of `formatRange`. */
export function parseRange(text: string): AddressRange | null {
  const [from = "", to, ...rest] = text.split("-");
  if (to === undefined) {
    return parseNetwork(from);
  }
  const first = parseAddress(from);
  const last = parseAddress(to);
  return first === null || last === null || rest.length > 0 || first.family !== last.family || first.value > last.value
    ? null
    : { family: first.family, first: first.value, last: last.value };
}

/** The shortest spelling: an address, a network, or else `first-last`. */
export function formatRange({ family, first, last }: AddressRange): string {
  const size = last - first + 1n;
  if (size === 1n) {
    return formatAddress(family, first);
  }
  const isNetwork = (size & (size - 1n)) === 0n && first % size === 0n;
  return isNetwork
    ? `${formatAddress(family, first)}/${BITS[family] - (size.toString(2).length - 1)}`
    : `${formatAddress(family, first)}-${formatAddress(family, last)}`;
}

/** The fewest networks that make up a range, in ascending order. */
export function networksOf({ family, first, last }: AddressRange): readonly string[] {
  const networks: string[] = [];
  for (let next = first; next <= last;) {
    let size = 1n;
    while (next % (size * 2n) === 0n && next + size * 2n - 1n <= last && size * 2n <= 1n << BigInt(BITS[family])) {
      size *= 2n;
    }
    networks.push(formatRange({ family, first: next, last: next + size - 1n }));
    next += size;
  }
  return networks;
}

/** Sorted and disjoint, neighbours joined: equal lists mean equal sets of addresses. IPv4 comes first. */
export function mergeRanges(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const sorted = [...ranges].sort((a, b) => a.family.localeCompare(b.family) || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: AddressRange[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && previous.family === range.family && range.first <= previous.last + 1n) {
      merged[merged.length - 1] = { ...previous, last: range.last > previous.last ? range.last : previous.last };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: readonly AddressRange[], inner: readonly AddressRange[]): boolean {
  const merged = mergeRanges(outer);
  return inner.every((part) => merged.some((whole) => whole.family === part.family && whole.first <= part.first && part.last <= whole.last));
}

function formatAddress(family: AddressFamily, value: bigint): string {
  const bytes = Array.from({ length: BITS[family] / 8 }, (_, index) => Number((value >> BigInt(BITS[family] - 8 * (index + 1))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

/** The kernel's tools print ::/96 with a dotted tail: `::1.2.3.4` is `::102:304`. */
function hexadecimalTail(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(dotted).toByteArray();
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function toInteger(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
