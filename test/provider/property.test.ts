import * as rpc from "@pulumi/pulumi/runtime/rpc";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Secret } from "../../src/model/secret";
import { UNKNOWN } from "../../src/model/unknown";
import { canonical, decode, encode, expose, MARK, UNKNOWN_SECRET } from "../../src/provider/property";

const wire = (value: Record<string, unknown>): Struct => Struct.deserializeBinary(Struct.fromJavaScript(value as never).serializeBinary());
const secretOf = (value: unknown): Record<string, unknown> => ({ [MARK.signature]: MARK.secret, value });

it("knows the marks of Pulumi's SDK", () => {
  expect(MARK).toEqual({
    signature: rpc.specialSigKey, secret: rpc.specialSecretSig, output: rpc.specialOutputValueSig, asset: rpc.specialAssetSig,
    archive: rpc.specialArchiveSig, resource: rpc.specialResourceSig, unknown: rpc.unknownValue,
  });
});

it.each([
  ["a plain value", "x", "x"],
  ["null", null, null],
  ["negative zero", -0, -0],
  ["an unknown value", MARK.unknown, UNKNOWN],
  ["an unknown secret", secretOf(MARK.unknown), UNKNOWN_SECRET],
  ["a known output", { [MARK.signature]: MARK.output, value: 3 }, 3],
  ["an unknown output", { [MARK.signature]: MARK.output }, UNKNOWN],
  ["an unknown secret output", { [MARK.signature]: MARK.output, secret: true }, UNKNOWN_SECRET],
])("reads %s", (_, sent, expected) => {
  const { value } = decode(wire({ value: sent }));
  expect(value).toBe(expected);
});

it("reads a secret, also of an output, and flattens secrets inside secrets", () => {
  const read = decode(wire({ a: secretOf({ b: secretOf("deep") }), c: { [MARK.signature]: MARK.output, secret: true, value: "out" } }));
  expect(spell(read)).toEqual({ a: { "a secret": { b: "deep" } }, c: { "a secret": "out" } });
});

it("refuses assets, archives and resources at their path, all of them", () => {
  const found: unknown[] = [];
  decode(wire({ files: [{ [MARK.signature]: MARK.asset, text: "x" }], a: { b: { [MARK.signature]: MARK.archive } }, r: { [MARK.signature]: MARK.resource, urn: "u" } }),
    (path, what) => found.push([path, what]));
  expect(found).toEqual(expect.arrayContaining([[["files", 0], "an asset"], [["a", "b"], "an archive"], [["r"], "a resource"]]));
  expect(found).toHaveLength(3);
  expect(() => decode(wire({ r: { [MARK.signature]: MARK.resource, urn: "u" } }))).toThrow("r holds a resource");
});

it("refuses to store what is not plain data", () => {
  expect(() => encode({ when: [new Date(0)] })).toThrow("when[0] is neither plain data nor a secret");
  expect(() => encode({ a: JSON.parse('{"__proto__": 1}') as unknown })).toThrow('a.__proto__ cannot be sent');
});

const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(UNKNOWN), fc.constant(UNKNOWN_SECRET));
const key = fc.string().filter((name) => name !== "__proto__");
const tree = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 4 }), fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }), fc.tuple(tie("plain")).map(([plain]) => new Secret(plain))),
  plain: fc.oneof({ maxDepth: 3 }, fc.string(), fc.double(), fc.boolean(), fc.array(tie("plain"), { maxLength: 3 }), fc.dictionary(key, tie("plain"), { maxKeys: 3, noNullPrototype: true })),
}));

/** Comparable: marks spelled out, NaN and -0 told apart. */
const spell = (value: unknown): unknown => {
  if (value instanceof Secret) return { "a secret": spell(value.reveal()) };
  if (value === UNKNOWN || value === UNKNOWN_SECRET) return value === UNKNOWN ? "unknown" : "unknown secret";
  if (typeof value === "number") return `number ${Object.is(value, -0) ? "-0" : String(value)}`;
  if (Array.isArray(value)) return value.map(spell);
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, spell(item)])) : value;
};

it("comes back from the wire as it was sent, with every mark", () => {
  fc.assert(fc.property(fc.dictionary(key, tree.value, { maxKeys: 5, noNullPrototype: true }), (map) => {
    const back = decode(Struct.deserializeBinary(encode(map).serializeBinary()));
    expect(spell(back)).toEqual(spell(map));
  }), { numRuns: 500 });
});

it("what is canonical comes back just so, key order included", () => {
  fc.assert(fc.property(fc.dictionary(key, tree.value, { maxKeys: 5, noNullPrototype: true }), (map) => {
    const back = decode(Struct.deserializeBinary(encode(map).serializeBinary()));
    expect(JSON.stringify(spell(back))).toBe(JSON.stringify(spell(canonical(map))));
  }));
});

it("opens every secret", () => {
  expect(expose({ a: new Secret([new Secret(1)]), b: [new Secret("x")] })).toEqual({ a: [1], b: ["x"] });
});
