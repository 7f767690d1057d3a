/**
 * The address of a host record as the server reads it: keywords unless quoted, then anything the system's numeric address
 * parser takes (so `10.1` is 10.0.0.1), else a host name. Masks that are prefixes become CIDR notation, and bits to the
 * right of a mask, which matching ignores, become zero. Source: PostgreSQL, src/backend/libpq/hba.c; getaddrinfo(3).
 */
import ipaddr from "ipaddr.js";
import type { HbaAddress } from "../model/hba";
import type { FieldToken } from "./hba-tokens";

interface ReadAddress {
  /** The address, or what is wrong with it. */
  readonly address: HbaAddress | string;
  /** Fields it took: two with a netmask. */
  readonly columns: 1 | 2;
}

export function readHbaAddress(token: FieldToken, next: readonly FieldToken[] | undefined): ReadAddress {
  if (!token.isQuoted && (token.text === "all" || token.text === "samehost" || token.text === "samenet")) {
    return { address: { kind: token.text }, columns: 1 };
  }
  const slash = token.text.indexOf("/");
  const head = slash < 0 ? token.text : token.text.slice(0, slash);
  const bytes = numericAddress(head);
  if (slash >= 0) {
    return { address: bytes === null ? "a host name cannot have a mask" : withPrefix(bytes, token.text.slice(slash + 1)), columns: 1 };
  }
  if (bytes === null) {
    return { address: { kind: "name", name: token.text }, columns: 1 };
  }
  const [mask, ...more] = next ?? [];
  const maskBytes = mask === undefined || more.length > 0 ? null : numericAddress(mask.text);
  return { address: maskBytes === null || maskBytes.length !== bytes.length ? "the address lacks a fitting mask" : withMask(bytes, maskBytes), columns: 2 };
}

/** Bytes of what the system takes for a numeric address; `null` means it is a name. */
function numericAddress(text: string): readonly number[] | null {
  if (ipaddr.IPv4.isValid(text)) {
    return ipaddr.IPv4.parse(text).toByteArray();
  }
  const [zoneless = ""] = text.split("%");
  const withoutZone = zoneless.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: readonly string[]) => hexadecimalTail(bytes.slice(0, 4).map(Number)));
  return withoutZone.includes(":") && ipaddr.IPv6.isValid(withoutZone) ? ipaddr.IPv6.parse(withoutZone).toByteArray() : null;
}

/** `::1.2.3.4` is `::102:304`; the library takes it for an IPv4-mapped address. */
function hexadecimalTail([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string {
  return [a, b, c, d].some((byte) => byte > 255) ? "" : `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function withPrefix(bytes: readonly number[], text: string): HbaAddress | string {
  const bits = /^[ \t]*[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(bits >= 0 && bits <= bytes.length * 8)) {
    return "invalid CIDR mask";
  }
  const network = bytes.map((byte, index) => byte & prefixByte(bits, index));
  return { kind: "network", network: `${ipaddr.fromByteArray(network).toString()}/${bits}` };
}

function withMask(bytes: readonly number[], mask: readonly number[]): HbaAddress {
  const bits = mask.reduce((count, byte) => count + byte.toString(2).replaceAll("0", "").length, 0);
  if (mask.every((byte, index) => byte === prefixByte(bits, index))) {
    return withPrefix(bytes, String(bits)) as HbaAddress;
  }
  const spell = (part: readonly number[]): string => ipaddr.fromByteArray([...part]).toString();
  return { kind: "masked", address: spell(bytes.map((byte, index) => byte & (mask[index] ?? 0))), netmask: spell(mask) };
}

/** The byte at `index` of a mask of `bits` ones. */
function prefixByte(bits: number, index: number): number {
  return (0xff << (8 - Math.min(8, Math.max(0, bits - index * 8)))) & 0xff;
}
