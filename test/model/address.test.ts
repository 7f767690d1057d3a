import { covers, formatRange, hasHostBits, mergeRanges, parseAddress, parseNetwork, parseRange, wholeFamily, type AddressRange } from "../../src/model/address";

const ranges = (...texts: string[]): AddressRange[] => texts.map((text) => parseRange(text) as AddressRange);

it.each(["010.0.0.1", "10.1", "0x0a.0.0.1", "256.0.0.1", "1.2.3.4.", "1.2.3", "fe80::1%eth0", "::ffff:10.0.0.1", "::ffff:a00:1", "", "localhost", "1.2.3.4 "])(
  "%j is no address, or one that can be misread", (text) => expect(parseAddress(text)).toBeNull());

it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8/8", "fd00::/129", "fd00::/-1", "10.0.0.0/255.0.0.0"])(
  "%j is no network", (text) => expect(parseNetwork(text)).toBeNull());

it.each([["10.0.0.7/8", true], ["10.0.0.0/8", false], ["10.0.0.7", false], ["fd00::1/64", true], ["fd00::/64", false], ["10.0.0.7/32", false]])(
  "host bits of %s: %s", (text, expected) => expect(hasHostBits(text)).toBe(expected));

it.each([
  ["10.0.0.1", "10.0.0.1"], ["10.0.0.0/8", "10.0.0.0/8"], ["0.0.0.0/0", "0.0.0.0/0"], ["10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2"],
  ["10.0.0.0-10.0.0.255", "10.0.0.0/24"], ["FD00:0:0::/64", "fd00::/64"], ["::/0", "::/0"], ["::1.2.3.4", "::102:304"], ["10.0.0.1/32", "10.0.0.1"],
])("%s is spelled %s", (text, expected) => expect(formatRange(parseRange(text) as AddressRange)).toBe(expected));

it("joins overlapping and neighbouring ranges of one family", () => {
  expect(mergeRanges(ranges("10.0.0.128/25", "fd00::/64", "10.0.0.0/25", "10.0.1.0/24", "10.0.0.7", "10.9.0.0/16")).map(formatRange))
    .toEqual(["10.0.0.0/23", "10.9.0.0/16", "fd00::/64"]);
});

it("sees through a whole family cut in two", () => {
  expect(covers(ranges("0.0.0.0/1", "128.0.0.0/1"), [wholeFamily("ipv4")])).toBe(true);
  expect(covers(ranges("0.0.0.0/1", "128.0.0.0/2"), [wholeFamily("ipv4")])).toBe(false);
  expect(covers(ranges("0.0.0.0/0"), ranges("::1"))).toBe(false);
});
