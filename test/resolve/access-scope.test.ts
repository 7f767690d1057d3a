/** The text that tells two Access resources of one instance apart, there and back. */
import { declareAccess } from "../../src/declare/access";
import { IssueCollector } from "../../src/declare/issue";
import { loadGrammar } from "../../src/declare/policy";
import { formatScope, parseScope } from "../../src/resolve/access-scope";
import { CONNECTION } from "../support/postgres-host";

beforeAll(loadGrammar);

const scopeOf = (args: Readonly<Record<string, unknown>>): string => {
  const declaration = declareAccess(args, CONNECTION, new IssueCollector());
  return declaration === undefined ? "faulty" : formatScope(declaration);
};

it.each([
  ["17-main:roles,memberships", { roles: [], memberships: [] }],
  ["17-main:grants", { grants: [] }],
  ["17-main:shop", { databases: { shop: {} } }],
  ["17-main:shop.grants,shop.rowSecurity", { databases: { shop: { grants: [], rowSecurity: [] } } }],
  ["17-main:%72oles,a%2Eb%2Cc.grants", { databases: { roles: {}, "a.b,c": { grants: [] } } }],
])("%s", (scope, sections) => {
  expect(scopeOf({ instance: { major: 17 }, ...sections })).toBe(scope);
  expect(parseScope(scope)).toEqual({ instance: { major: 17, name: "main" }, ...sections });
});

it("the instance alone is every section of it, but no database", () => {
  expect(parseScope("16-second")).toEqual({ instance: { major: 16, name: "second" }, roles: [], memberships: [], grants: [] });
});

it.each(["", "main", "17-main:shop.tables", "17"])("%j names nothing", (scope) => {
  expect(parseScope(scope)).toBeUndefined();
});
