/**
 * Arguments of row security. Expressions go through PostgreSQL's own grammar in the very clause they will stand in, so
 * that none can end it; relations in them must name their schema, because nobody's search_path may decide what they mean.
 */
import { loadModule, parseSync } from "libpg-query";
import { z } from "zod";
import { POLICY_COMMANDS, tableKey, type Expression, type PolicyCommand, type SqlScript } from "../model/policy";
import type { TypeName } from "../model/privilege";
import { containsUnknown } from "../model/unknown";
import { formatPath, rule, type IssueCollector, type Path } from "./issue";
import { declareList, granteeSchema, nameSchema, refuseDuplicates } from "./name";

/** One policy. Source: PostgreSQL, sql-createpolicy. */
export interface PolicyArgs {
  readonly name: string;
  /** @default "ALL" */
  readonly command?: PolicyCommand;
  /** Permissive policies admit rows; restrictive ones take some of them out again. @default true */
  readonly permissive?: boolean;
  /** @default - ["PUBLIC"] */
  readonly roles?: readonly string[];
  /** Rows that are seen, changed and deleted. Not for INSERT. Relations and functions of your own with their schema. @default - required, but for INSERT */
  readonly using?: string;
  /** Rows that may be written. For INSERT, UPDATE and ALL. @default - as `using` */
  readonly withCheck?: string;
}

/** Row security of one table. Source: PostgreSQL, ddl-rowsecurity. */
export interface RowSecurityArgs {
  readonly schema: string;
  readonly table: string;
  /** @default true */
  readonly enabled?: boolean;
  /** Whether the owner is bound too. @default true */
  readonly forced?: boolean;
  /** All policies of the table. Without any, nobody but superusers sees a row. @default - none */
  readonly policies?: readonly PolicyArgs[];
}

/** PostgreSQL's grammar is a WebAssembly module, which loads asynchronously: await this before the first `declare`. */
export async function loadGrammar(): Promise<void> {
  await loadModule();
}

const policySchema = z.strictObject({
  name: nameSchema,
  command: z.enum(POLICY_COMMANDS).default("ALL"),
  permissive: z.boolean().default(true),
  roles: z.array(granteeSchema).min(1).default(["PUBLIC"]),
  using: z.string().optional(),
  withCheck: z.string().optional(),
});

const rowSecuritySchema = z.strictObject({
  schema: nameSchema,
  table: nameSchema,
  enabled: z.boolean().default(true),
  forced: z.boolean().default(true),
});

export interface DeclaredPolicy extends Omit<z.output<typeof policySchema>, "using" | "withCheck"> {
  readonly using: Expression | null;
  readonly withCheck: Expression | null;
  readonly path: string;
}

export interface DeclaredRowSecurity extends z.output<typeof rowSecuritySchema> {
  readonly policies: readonly DeclaredPolicy[];
  readonly path: string;
}

export function declareRowSecurity(value: unknown, path: Path, issues: IssueCollector): readonly DeclaredRowSecurity[] | undefined {
  const tables: (z.output<typeof rowSecuritySchema> | undefined)[] = [];
  const declared = declareList(value, path, issues, (element, at) => {
    const { policies, ...rest } = (typeof element === "object" && element !== null ? element : {}) as Record<string, unknown>;
    const table = issues.parse(rowSecuritySchema, typeof element === "object" ? rest : element, at);
    tables.push(table);
    const inner: (DeclaredPolicy | undefined)[] = [];
    const list = declareList(policies ?? [], [...at, "policies"], issues, (policy, policyAt) => {
      const parsed = declarePolicy(policy, policyAt, issues);
      inner.push(parsed);
      return parsed;
    });
    refuseDuplicates(inner, [...at, "policies"], "policy", (policy) => policy.name, issues);
    return table === undefined || list === undefined || containsUnknown(element) ? undefined : { ...table, policies: list, path: formatPath(at) };
  });
  refuseDuplicates(tables, path, "table", ({ schema, table }) => tableKey({ schema, name: table }), issues);
  return declared;
}

function declarePolicy(element: unknown, path: Path, issues: IssueCollector): DeclaredPolicy | undefined {
  const policy = issues.parse(policySchema, element, path);
  if (policy === undefined) {
    return undefined;
  }
  const { command, using, withCheck } = policy;
  const misplaced = command === "INSERT" ? "using" : command === "SELECT" || command === "DELETE" ? "withCheck" : undefined;
  const required = command === "INSERT" ? "withCheck" : "using";
  if (misplaced !== undefined && policy[misplaced] !== undefined) {
    issues.add([...path, misplaced], policy[misplaced], `nothing for ${command}`, misplaced === "using" ? "Say in `withCheck` which rows may be inserted." : "Say in `using` which rows are meant.");
  }
  if (policy[required] === undefined) {
    issues.add([...path, required], undefined, `an expression for ${command}`, "Write `true` for all rows, or `false` for none.");
  }
  if (policy.roles.includes("PUBLIC") && policy.roles.length > 1) {
    issues.add([...path, "roles"], policy.roles, "PUBLIC alone, or roles", "Remove the other roles: PUBLIC includes them.");
  }
  const checked = {
    using: using === undefined ? null : declareExpression(using, [...path, "using"], issues),
    withCheck: withCheck === undefined ? null : declareExpression(withCheck, [...path, "withCheck"], issues),
  };
  const isWhole = checked.using !== undefined && checked.withCheck !== undefined && policy[required] !== undefined;
  return isWhole ? { ...policy, using: checked.using ?? null, withCheck: checked.withCheck ?? null, path: formatPath(path) } : undefined;
}

function declareExpression(text: string, path: Path, issues: IssueCollector): Expression | undefined {
  const fault = expressionFault(text);
  if (fault === null) {
    return text.trim() as Expression;
  }
  issues.add(path, text, "one SQL expression", fault);
  return undefined;
}

/** What keeps the text from being one expression, as a remedy; `null` when nothing does. */
function expressionFault(text: string): string | null {
  if (text.includes("\0")) {
    return "Remove the NUL character.";
  }
  const tree = parse(`CREATE POLICY p ON s.t USING (\n${text.trim()}\n)`);
  if (typeof tree === "string") {
    return `PostgreSQL's grammar says: ${tree}. Correct it.`;
  }
  const policy = (tree.stmts[0]?.stmt as { CreatePolicyStmt?: Record<string, unknown> } | undefined)?.CreatePolicyStmt;
  if (tree.stmts.length !== 1 || policy?.["qual"] === undefined || policy["with_check"] !== undefined) {
    return "Write one condition, without parentheses that close what you did not open.";
  }
  const nodes = [...walk(policy["qual"])];
  const local = nodes.flatMap((node) => (typeof node["ctename"] === "string" ? [node["ctename"]] : []));
  const bare = nodes.find((node) => typeof node["relname"] === "string" && node["schemaname"] === undefined && !local.includes(node["relname"]));
  if (bare !== undefined) {
    return `Write the schema of ${String(bare["relname"])}: schema.${String(bare["relname"])}.`;
  }
  return nodes.some((node) => "ParamRef" in node) ? "Replace the parameter: a policy has none." : null;
}

interface Tree {
  readonly stmts: readonly { readonly stmt: unknown }[];
}

/** The parse tree, or the grammar's message. */
function parse(statement: string): Tree | string {
  try {
    return { stmts: [], ...(parseSync(statement) as Partial<Tree>) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function* walk(node: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(node)) {
    for (const element of node) {
      yield* walk(element);
    }
  } else if (typeof node === "object" && node !== null) {
    yield node as Record<string, unknown>;
    yield* walk(Object.values(node));
  }
}

/** Statements one after the other, by PostgreSQL's grammar: nothing in it can be taken for a command of psql's own. */
export const scriptSchema = z.string().transform((text, context): SqlScript => {
  const tree = text.includes("\0") ? "a NUL character" : parse(text);
  const endsTransaction = typeof tree !== "string" && [...walk(tree.stmts)].some((node) => "TransactionStmt" in node);
  if (typeof tree !== "string" && tree.stmts.length > 0 && !endsTransaction) {
    return text as SqlScript;
  }
  const found = typeof tree === "string" ? tree : endsTransaction ? "it holds BEGIN, COMMIT or the like, and it is one transaction already" : "it holds no statement";
  context.addIssue({ code: "custom", input: text, ...rule("SQL statements that PostgreSQL's grammar takes", `Correct the script: ${found}.`) });
  return z.NEVER;
});

const TYPE = rule("the name of a data type", "Write it as in CREATE FUNCTION, such as integer, text[] or app.mood.");

/** One argument type of a routine, by PostgreSQL's grammar, in the catalogue's words: `int[]` is an array of pg_catalog.int4. */
export const typeNameSchema = z.string().transform((text, context): TypeName => {
  const tree = text.includes("\0") ? "" : parse(`SELECT NULL::${text}`);
  const nodes = typeof tree === "string" ? [] : [...walk(tree.stmts)];
  const targets = nodes.filter((node) => "ResTarget" in node);
  const type = nodes.find((node) => "TypeCast" in node)?.["TypeCast"] as { typeName?: { names?: readonly { String: { sval: string } }[]; arrayBounds?: unknown; setof?: unknown } } | undefined;
  const names = type?.typeName?.names?.map((name) => name.String.sval) ?? [];
  const isOne = typeof tree !== "string" && tree.stmts.length === 1 && targets.length === 1 && nodes.filter((node) => "TypeCast" in node).length === 1
    && Object.keys((tree.stmts[0]?.stmt as { SelectStmt?: object }).SelectStmt ?? {}).every((key) => ["targetList", "limitOption", "op"].includes(key));
  const name = names.at(-1);
  if (!isOne || name === undefined || names.length > 2 || type?.typeName?.setof !== undefined) {
    context.addIssue({ code: "custom", input: text, ...TYPE });
    return z.NEVER;
  }
  return { schema: names.length === 2 ? (names[0] as string) : null, name, isArray: type?.typeName?.arrayBounds !== undefined };
});
