/** Whatever a name or value holds, PostgreSQL's own grammar reads back exactly it; what no server could take is refused. */
import fc from "fast-check";
import { loadModule, parseSync } from "libpg-query";
import { Secret } from "../../src/model/secret";
import { asInput, identifier, join, keyword, literal, parameterName, qualified, sendIf, sql } from "../../src/render/sql";

beforeAll(loadModule);

const UGLY = ["'", '"', "\\", "\n", ";", "--", "/*", ":x", "$$", "☃", " ", "E'", "public", "a"];
const text = fc.array(fc.oneof(fc.constantFrom(...UGLY), fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 })), { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")).filter((value) => !value.includes("\0"));
const name = text.filter((value) => Buffer.byteLength(value) <= 63);

const target = (statement: string): { readonly A_Const?: { readonly sval: { readonly sval?: string } }; readonly ColumnRef?: { readonly fields: readonly unknown[] } } => {
  const { stmts } = parseSync(statement) as { stmts: { stmt: { SelectStmt: { targetList: { ResTarget: { val: object } }[] } } }[] };
  expect(stmts.length).toBe(1);
  expect(stmts[0]?.stmt.SelectStmt.targetList.length).toBe(1);
  return stmts[0]?.stmt.SelectStmt.targetList[0]?.ResTarget.val ?? {};
};

it("a value is read back as it is", () => {
  fc.assert(fc.property(text, (value) => expect(target(sql`SELECT ${literal(value)}`.text.reveal()).A_Const?.sval.sval).toBe(value)), { numRuns: 500 });
});

it("a name is read back as it is", () => {
  fc.assert(fc.property(name, name, (schema, object) =>
    expect(target(sql`SELECT ${qualified(schema, object)}`.text.reveal()).ColumnRef?.fields).toEqual([{ String: { sval: schema } }, { String: { sval: object } }])), { numRuns: 500 });
});

it.each([["empty", ""], ["64 bytes", "x".repeat(64)], ["NUL", "a\0"], ["half a pair", "\ud800"]])("refuses a name that is %s", (_, bad) => {
  expect(() => identifier(bad)).toThrow("cannot be a name");
});

it.each(["a\0", "\udc00"])("refuses the value %j", (bad) => {
  expect(() => literal(bad)).toThrow("NUL character or half");
});

it.each(["select", "GRANT;", "A  B", "'X'"])("refuses the keyword %j", (bad) => {
  expect(() => keyword(bad)).toThrow("is not a keyword");
});

it("spells a secret for the server and masks it for everybody else", () => {
  const statement = sql`ALTER ROLE ${identifier("a")} PASSWORD ${literal(new Secret("s3cr'et:x"))}`;
  expect(statement.text.reveal()).toBe(`ALTER ROLE "a" PASSWORD 's3cr''et:x'`);
  expect(statement.masked).toBe(`ALTER ROLE "a" PASSWORD '[secret]'`);
  expect([asInput(statement).masked, sendIf(sql`true`, statement).masked, join([statement, statement]).masked].some((spelling) => spelling.includes("s3cr"))).toBe(false);
  expect(asInput(statement).secrets?.map((secret) => secret.reveal())).toEqual(["s3cr'et:x"]);
});

it("keeps psql from reading a statement's colons and backslashes as its own", () => {
  expect(asInput(sql`SELECT 1`).masked).toBe("SELECT 1;");
  expect(asInput(sql`SELECT ${literal("a:b\\c")}`).text.reveal()).toBe(`SELECT  E'SELECT  E''a:b\\\\\\\\c''' \\gexec`);
});

it("quotes each part of a parameter's name", () => {
  expect(parameterName("pgaudit.log").masked).toBe('"pgaudit"."log"');
});

it("a bare string does not compile", () => {
  // @ts-expect-error -- only Sql may be spliced
  expect(() => sql`SELECT ${"x"}`).toThrow();
});
