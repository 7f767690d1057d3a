/**
 * Row security: switched on and forced per table, and the policies that say which rows a role reads and writes. An
 * expression is compared in the server's own spelling, which only the server knows: the observation holds, for each
 * declared text, how this server spells it.
 */

declare const parsed: unique symbol;

/** One SQL expression, parsed by PostgreSQL's grammar: it cannot end the clause it stands in. Made by `declare/policy.ts` only. */
export type Expression = string & { readonly [parsed]: true };

/** Whole statements, parsed likewise. */
export type SqlScript = string & { readonly [parsed]: true };

export const POLICY_COMMANDS = ["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"] as const;

export type PolicyCommand = (typeof POLICY_COMMANDS)[number];

interface PolicyBase {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: PolicyCommand;
  /** Roles it applies to, sorted; `PUBLIC` alone means everybody. */
  readonly roles: readonly string[];
}

/** As the server spells it. */
export interface ObservedPolicy extends PolicyBase {
  readonly using: string | null;
  readonly withCheck: string | null;
}

export interface DesiredPolicy extends PolicyBase {
  readonly using: Expression | null;
  readonly withCheck: Expression | null;
  readonly path: string;
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface ObservedRowSecurity extends TableName {
  readonly enabled: boolean;
  /** Whether the owner is bound too. */
  readonly forced: boolean;
  readonly policies: readonly ObservedPolicy[];
}

export interface DesiredRowSecurity extends TableName {
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly policies: readonly DesiredPolicy[];
  readonly path: string;
}

/** How this server spells a text when it stands in a policy of that table; `null` when the server refuses it. */
export interface Spelling extends TableName {
  readonly text: string;
  readonly spelled: string | null;
}

export function tableKey(table: TableName): string {
  return JSON.stringify([table.schema, table.name]);
}
