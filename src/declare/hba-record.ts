/**
 * One entry of `records`. Each field is checked by itself, so that all faults of a record come at once; what several
 * fields mean together (method and type, loosenings) is judged when they are correct.
 */
import { z } from "zod";
import { HBA_HOST_TYPES, HBA_INCLUDES, HBA_TYPES, type HbaEntry, type HbaHostType, type HbaRecord, type HbaToken, type HbaType } from "../model/hba";
import { HBA_METHODS, type HbaMethod } from "../model/hba-method";
import { looseningsOf } from "../model/hba-loosening";
import type { Major } from "../model/instance";
import { isUnknown } from "../model/unknown";
import { declareHbaAddress } from "./hba-address";
import { commentSchema, declareAllowances } from "./hba-allowance";
import { declareInclude } from "./hba-include";
import { declareOptions } from "./hba-option";
import { declareToken, type TokenPlace } from "./hba-token";
import type { IssueCollector, Path } from "./issue";

const PROPERTIES = ["type", "databases", "users", "address", "netmask", "method", "options", "comment", "allowInsecure"];
const shape = z.strictObject(Object.fromEntries(PROPERTIES.map((name) => [name, z.unknown().optional()])));

const typeSchema = z.enum([...HBA_TYPES, ...HBA_INCLUDES]);
const methodSchema = z.enum(Object.keys(HBA_METHODS) as [HbaMethod, ...HbaMethod[]]);

export function declareHbaEntry(value: unknown, major: Major, path: Path, issues: IssueCollector): HbaEntry | undefined {
  const args = issues.parse(z.looseObject({}), value, path);
  if (args === undefined) {
    return undefined;
  }
  const type = args["type"] === undefined ? (args["address"] === undefined ? "local" : "hostssl") : issues.parse(typeSchema, args["type"], [...path, "type"]);
  if (type !== undefined && (HBA_INCLUDES as readonly string[]).includes(type)) {
    return declareInclude(args, major, path, issues);
  }
  issues.parse(shape, args, path);
  return declareRecord(args, type as HbaType | undefined, major, path, issues);
}

function declareRecord(args: Readonly<Record<string, unknown>>, type: HbaType | undefined, major: Major, path: Path, issues: IssueCollector): HbaRecord | undefined {
  const databases = declareTokens(args["databases"], { axis: "database", major }, [...path, "databases"], issues);
  const users = declareTokens(args["users"], { axis: "user", major }, [...path, "users"], issues);
  const comment = args["comment"] === undefined ? undefined : issues.parse(commentSchema, args["comment"], [...path, "comment"]);
  const address = type === "local" ? refuseAddress(args, path, issues) : declareHbaAddress(args["address"], args["netmask"], path, issues);
  const method = args["method"] === undefined ? defaultMethod(type) : issues.parse(methodSchema, args["method"], [...path, "method"]);
  const options = method === undefined || type === undefined ? undefined : declareOptions(method, type, args["options"], major, [...path, "options"], issues);
  if (databases === undefined || users === undefined || type === undefined || method === undefined || options === undefined) {
    return undefined;
  }
  const fields = { databases, users, method, options, ...(comment === undefined ? {} : { comment }) };
  if (type !== "local" && address === undefined) {
    return undefined;
  }
  const record: HbaRecord = type === "local" || address === undefined ? { type: "local", ...fields } : { type: type as HbaHostType, address, ...fields };
  declareAllowances(args["allowInsecure"], looseningsOf(record), args, path, issues);
  return record;
}

const defaultMethod = (type: HbaType | undefined): HbaMethod | undefined => (type === undefined ? undefined : type === "local" ? "peer" : "scram-sha-256");

function refuseAddress(args: Readonly<Record<string, unknown>>, path: Path, issues: IssueCollector): undefined {
  for (const name of ["address", "netmask"].filter((property) => args[property] !== undefined && !isUnknown(args[property]))) {
    issues.add([...path, name], args[name], "no address, with type local", `Remove it, or choose one of ${HBA_HOST_TYPES.join(", ")}.`);
  }
}

/** A list or a single element; no element twice. */
function declareTokens(value: unknown, place: TokenPlace, path: Path, issues: IssueCollector): readonly HbaToken[] | undefined {
  if (!Array.isArray(value)) {
    const token = declareToken(value, place, path, issues);
    return token === undefined ? undefined : [token];
  }
  if (value.length === 0) {
    issues.add(path, value, `at least one ${place.axis}`, "Name who or what the record is for, or remove the record.");
    return undefined;
  }
  const tokens = value.map((element, index) => declareToken(element, place, [...path, index], issues));
  const seen = new Map<string, number>();
  tokens.forEach((token, index) => {
    const identity = JSON.stringify(token);
    const first = token === undefined ? undefined : seen.get(identity);
    if (first !== undefined) {
      issues.add([...path, index], value[index], "each element once", `Remove it: it is the same as element ${first}.`);
    }
    seen.set(identity, first ?? index);
  });
  return tokens.every((token) => token !== undefined) ? (tokens as readonly HbaToken[]) : undefined;
}
