/**
 * Pulumi's property values on the wire (a protobuf Struct with marked objects) as plain values and back. Secrets become
 * `Secret`, values a preview does not know become `UNKNOWN`; both come back marked as they were. Assets, archives and
 * resource references mean nothing to this provider: they are refused at their path.
 */
import { ListValue, NullValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { formatPath, type Path } from "../declare/issue";
import { RenderError } from "../errors";
import { Secret } from "../model/secret";
import { isUnknown, Unknown, UNKNOWN } from "../model/unknown";
import type { PropertyMap } from "./kind";

/** Pulumi's marks; a test compares them with the SDK's, whose module is too slow to load here. */
export const MARK = {
  signature: "4dabf18193072939515e22adb298388d",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
} as const;

const REFUSED: Readonly<Record<string, string>> = {
  [MARK.asset]: "an asset",
  [MARK.archive]: "an archive",
  [MARK.resource]: "a resource",
};

/** Not known yet, and to be kept secret once it is. */
export const UNKNOWN_SECRET = new (class UnknownSecret extends Unknown {})();

/** Called with what was found where no such thing may stand. */
export type Refusal = (path: Path, found: string) => void;

const refuseByThrowing: Refusal = (path, found) => {
  throw new RenderError(`${formatPath(path)} holds ${found}`, { remedy: "Pass a plain value, such as the resource's id or the file's text." });
};

/** Keys are sorted; nested secrets become one: the outermost. */
export function decode(struct: Struct | undefined, refuse: Refusal = refuseByThrowing): PropertyMap {
  return struct === undefined ? {} : decodeFields(struct, [], refuse);
}

function decodeFields(struct: Struct, path: Path, refuse: Refusal): Record<string, unknown> {
  const keys = struct.getFieldsMap().toArray().map(([key]) => key).sort();
  return Object.fromEntries(keys.map((key) => [key, decodeValue(struct.getFieldsMap().get(key) as Value, [...path, key], refuse)]));
}

function decodeValue(value: Value, path: Path, refuse: Refusal): unknown {
  switch (value.getKindCase()) {
    case Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case Value.KindCase.STRING_VALUE:
      return value.getStringValue() === MARK.unknown ? UNKNOWN : value.getStringValue();
    case Value.KindCase.LIST_VALUE:
      return (value.getListValue() as ListValue).getValuesList().map((element, index) => decodeValue(element, [...path, index], refuse));
    case Value.KindCase.STRUCT_VALUE:
      return decodeStruct(value.getStructValue() as Struct, path, refuse);
    default:
      return null;
  }
}

function decodeStruct(struct: Struct, path: Path, refuse: Refusal): unknown {
  const fields = struct.getFieldsMap();
  const inner = fields.get("value");
  const signature = fields.get(MARK.signature)?.getStringValue();
  if (signature === undefined) {
    return decodeFields(struct, path, refuse);
  }
  if (signature === MARK.secret) {
    return conceal(inner === undefined ? null : decodeValue(inner, path, refuse));
  }
  if (signature === MARK.output) {
    const value = inner === undefined ? UNKNOWN : decodeValue(inner, path, refuse);
    return fields.get("secret")?.getBoolValue() === true ? conceal(value) : value;
  }
  refuse(path, REFUSED[signature] ?? "a value of a kind this version does not know");
  return UNKNOWN;
}

/** The value as one secret; what is unknown stays visibly unknown. */
export function conceal(value: unknown): unknown {
  const plain = expose(value);
  return isUnknown(plain) ? UNKNOWN_SECRET : new Secret(plain);
}

/** The value with every secret in it opened. */
export function expose(value: unknown): unknown {
  if (value instanceof Secret) {
    return expose(value.reveal());
  }
  if (Array.isArray(value)) {
    return value.map(expose);
  }
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expose(item)])) : value;
}

/** The value as it will come back from the state: keys sorted, absent properties gone. */
export function canonical<T>(value: T): T {
  if (value instanceof Secret) {
    return new Secret(canonical(value.reveal())) as T;
  }
  if (Array.isArray(value)) {
    return value.map((element) => canonical(element ?? null)) as T;
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)])) as T;
  }
  return value;
}

export function encode(map: PropertyMap): Struct {
  return encodeFields(map, []);
}

function encodeFields(map: PropertyMap, path: Path): Struct {
  const struct = new Struct();
  for (const [key, value] of Object.entries(map)) {
    if (key === "__proto__") {
      throw new RenderError(`${formatPath([...path, key])} cannot be sent: the protobuf runtime loses a property of that name`, { remedy: "Use another name." });
    }
    if (value !== undefined) {
      struct.getFieldsMap().set(key, encodeValue(value, [...path, key]));
    }
  }
  return struct;
}

function encodeValue(value: unknown, path: Path): Value {
  const wire = new Value();
  if (value === null || value === undefined) {
    wire.setNullValue(NullValue.NULL_VALUE);
  } else if (typeof value === "number") {
    wire.setNumberValue(value);
  } else if (typeof value === "boolean") {
    wire.setBoolValue(value);
  } else if (typeof value === "string") {
    wire.setStringValue(value);
  } else if (value instanceof Secret) {
    wire.setStructValue(encodeSecret(encodeValue(expose(value), path)));
  } else if (value === UNKNOWN_SECRET) {
    wire.setStructValue(encodeSecret(new Value().setStringValue(MARK.unknown)));
  } else if (isUnknown(value)) {
    wire.setStringValue(MARK.unknown);
  } else if (Array.isArray(value)) {
    wire.setListValue(new ListValue().setValuesList(value.map((element, index) => encodeValue(element, [...path, index]))));
  } else if (isRecord(value)) {
    wire.setStructValue(encodeFields(value, path));
  } else {
    throw new RenderError(`${formatPath(path)} is neither plain data nor a secret`, { remedy: "Report this: a probe returned something that cannot be stored." });
  }
  return wire;
}

function encodeSecret(value: Value): Struct {
  const struct = new Struct();
  struct.getFieldsMap().set(MARK.signature, new Value().setStringValue(MARK.secret));
  struct.getFieldsMap().set("value", value);
  return struct;
}

/** A plain object: not a list, not a class of ours. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
  return prototype === Object.prototype || prototype === null;
}
