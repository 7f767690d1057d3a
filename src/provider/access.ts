/**
 * The resource Access: wiring of the stages, and the one place where chance enters: the salts of password verifiers.
 * Several may look after one instance as long as they manage different sections; which those are is part of the identity.
 */
import { randomBytes } from "node:crypto";
import { declareAccess, type AccessDeclaration } from "../declare/access";
import { CONNECTION_SECRETS, declareConnection } from "../declare/connection";
import { loadGrammar } from "../declare/policy";
import { describeDifferences, planAccess, retireAccess, type Salt } from "../diff/access";
import { probeAccess } from "../inspect/access";
import { NO_INSTANCE, type DesiredAccess, type ObservedAccess } from "../model/access";
import { resolveAccess } from "../resolve/access";
import { adoptAccess } from "../resolve/access-adoption";
import { formatScope, parseScope } from "../resolve/access-scope";
import type { ResourceKind } from "./kind";

const salt: Salt = () => randomBytes(16);

export const accessKind: ResourceKind<AccessDeclaration, DesiredAccess, ObservedAccess> = {
  type: "Access",
  description: "Who may do what in one PostgreSQL instance: roles, memberships, databases, privileges, default privileges and row security. Read in one pass, changed in one transaction per database over the local socket; what nobody declared is found and, when authoritative, taken away.",
  secretInputs: [...CONNECTION_SECRETS, "roles[*].password"],
  replaceOn: [],
  ready: loadGrammar,
  declare: (inputs, issues) => declareAccess(inputs, declareConnection(inputs["connection"], issues), issues),
  resolve: resolveAccess,
  probe: probeAccess,
  isAbsent: ({ bootstrap }) => bootstrap === NO_INSTANCE,
  plan: (observed, desired) => planAccess(observed, desired, salt),
  retire: (observed, desired) => retireAccess(observed, desired, salt),
  identify: formatScope,
  declarationOf: parseScope,
  adopt: (observed) => ({ ...adoptAccess(observed) }),
  outputs: {
    /** What an authoritative declaration would change: for `mode: "adopt"` and `"additive"`. */
    differences: (declaration, observed) => (observed === undefined ? undefined : describeDifferences(observed, resolveAccess(declaration))),
  },
};
