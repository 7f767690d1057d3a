/**
 * What the sources say about types: argument interfaces with their JSDoc, the outputs of classes, the types that those
 * refer to. Read with TypeScript's own compiler and given as plain data; nothing outside the project is followed.
 */
import { dirname, join } from "node:path";
import ts from "typescript";
import { resolveAlias, Speller, type Spelling } from "./spelling";

export interface Property {
  readonly name: string;
  readonly type: Spelling;
  readonly isOptional: boolean;
  /** As after `@default`: `- words` or a literal. */
  readonly default: string | undefined;
  readonly meaning: string;
}

export interface TypeDeclaration {
  readonly name: string;
  readonly meaning: string;
  readonly properties: readonly Property[];
  /** Types whose properties it has too. */
  readonly includes: readonly Spelling[];
  /** Of a union: each alternative. Of any other alias: what it stands for. */
  readonly alternatives: readonly Spelling[];
}

export interface ClassDeclaration {
  readonly name: string;
  /** What the head of its file says. */
  readonly meaning: string;
  /** Name of the argument interface; a class without one takes no arguments of ours. */
  readonly args: string | undefined;
  readonly outputs: readonly Property[];
}

export class Declarations {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #speller: Speller;

  /** @param root folder of the project @param entries files relative to it; what they import is read too */
  constructor(private readonly root: string, entries: readonly string[]) {
    const options: ts.CompilerOptions = { lib: ["lib.es2023.d.ts"], types: [], target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS, strict: true };
    const host = ts.createCompilerHost(options, true);
    host.resolveModuleNameLiterals = (literals, from) => literals.map(({ text }) => ({ resolvedModule: text.startsWith(".") ? findModule(join(dirname(from), text)) : undefined }));
    this.#program = ts.createProgram(entries.map((entry) => join(root, entry)), options, host);
    this.#checker = this.#program.getTypeChecker();
    this.#speller = new Speller(this.#checker, root);
  }

  /** Classes that the entry `file` makes public, by name. */
  classes(file: string): readonly ClassDeclaration[] {
    return this.#exports(file).flatMap((symbol) => symbol.declarations?.filter(ts.isClassDeclaration) ?? []).map((node) => this.#describeClass(node)).sort(byName);
  }

  /** Classes of `file` that are errors, with the literal each passes first to its parent: its stage. */
  errors(file: string): readonly { readonly name: string; readonly stage: string; readonly meaning: string }[] {
    return this.#exports(file).flatMap((symbol) => symbol.declarations?.filter(ts.isClassDeclaration) ?? []).flatMap((node) => {
      const stage = firstOfSuper(node);
      return stage === undefined ? [] : [{ name: node.name?.text ?? "", stage, meaning: documentation(node).meaning }];
    });
  }

  /** Properties of the constant `name` in `file`, each a number with a comment. */
  numbers(file: string, name: string): readonly { readonly value: string; readonly meaning: string }[] {
    const declared = this.#exports(file).find((symbol) => symbol.name === name)?.valueDeclaration;
    const given = declared !== undefined && ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
    const literal = given !== undefined && ts.isAsExpression(given) ? given.expression : given;
    const properties = literal !== undefined && ts.isObjectLiteralExpression(literal) ? [...literal.properties] : [];
    return properties.filter(ts.isPropertyAssignment).map((property) => ({ value: property.initializer.getText(), meaning: documentation(property).meaning }));
  }

  /** The interface or alias of that name that some spelling has mentioned before; undefined for a class. */
  type(name: string): TypeDeclaration | undefined {
    const node = this.#speller.named(name);
    return node === undefined ? undefined : ts.isInterfaceDeclaration(node) ? this.#describeInterface(node) : this.#describeAlias(node);
  }

  #exports(file: string): readonly ts.Symbol[] {
    const source = this.#program.getSourceFile(join(this.root, file));
    const module = source === undefined ? undefined : this.#checker.getSymbolAtLocation(source);
    return module === undefined ? [] : this.#checker.getExportsOfModule(module).map((symbol) => resolveAlias(this.#checker, symbol));
  }

  #describeClass(node: ts.ClassDeclaration): ClassDeclaration {
    const name = node.name?.text ?? "";
    const parameters = node.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    const args = parameters.find((parameter) => parameter.name.getText() === "args")?.type;
    const outputs = node.members.filter((member): member is ts.PropertyDeclaration => ts.isPropertyDeclaration(member) && ts.isIdentifier(member.name));
    const spelled = args === undefined ? [] : this.#speller.spell(args);
    return {
      name,
      meaning: headOf(node.getSourceFile()),
      args: spelled.find(({ refersTo }) => refersTo !== undefined)?.refersTo,
      outputs: outputs.map((member) => this.#describeProperty(member, member.type)),
    };
  }

  #describeInterface(node: ts.InterfaceDeclaration): TypeDeclaration {
    const parents = node.heritageClauses?.flatMap((clause) => clause.types) ?? [];
    return {
      name: node.name.text,
      meaning: documentation(node).meaning,
      properties: this.#describeMembers(node.members),
      includes: parents.map((parent) => this.#speller.spell(parent)),
      alternatives: [],
    };
  }

  #describeAlias(node: ts.TypeAliasDeclaration): TypeDeclaration {
    const parts = ts.isIntersectionTypeNode(node.type) ? [...node.type.types] : [];
    const union = ts.isUnionTypeNode(node.type) ? [...node.type.types] : [node.type];
    const { meaning, ...tags } = documentation(node);
    return {
      name: node.name.text,
      meaning: tags.default === undefined ? meaning : `${meaning} Default: ${tags.default.replace(/^- /, "")}.`.trim(),
      properties: parts.filter(ts.isTypeLiteralNode).flatMap(({ members }) => this.#describeMembers(members)),
      includes: parts.filter((part) => !ts.isTypeLiteralNode(part)).map((part) => this.#speller.spell(part)),
      alternatives: parts.length > 0 ? [] : union.map((part) => this.#speller.spell(part)),
    };
  }

  #describeMembers(members: ts.NodeArray<ts.TypeElement>): readonly Property[] {
    return members.filter(ts.isPropertySignature).filter(({ type }) => type?.kind !== ts.SyntaxKind.UndefinedKeyword).map((member) => this.#describeProperty(member, member.type));
  }

  #describeProperty(member: ts.PropertySignature | ts.PropertyDeclaration, type: ts.TypeNode | undefined): Property {
    return { name: member.name.getText(), type: type === undefined ? [] : this.#speller.spell(type), isOptional: member.questionToken !== undefined, ...documentation(member) };
  }
}

function findModule(path: string): ts.ResolvedModuleFull | undefined {
  const found = [`${path}.ts`, join(path, "index.ts")].find((file) => ts.sys.fileExists(file));
  return found === undefined ? undefined : { resolvedFileName: found, extension: ts.Extension.Ts };
}

function documentation(node: ts.Node): { readonly meaning: string; readonly default: string | undefined } {
  const parts = ts.getJSDocCommentsAndTags(node);
  const text = parts.filter(ts.isJSDoc).map((part) => ts.getTextOfJSDocComment(part.comment) ?? "").join("\n");
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "default");
  return { meaning: text.trim(), default: tag === undefined ? undefined : (ts.getTextOfJSDocComment(tag.comment) ?? "").trim() };
}

/** The comment that opens a file. */
function headOf(source: ts.SourceFile): string {
  const [range] = ts.getLeadingCommentRanges(source.text, 0) ?? [];
  const text = range === undefined ? "" : source.text.slice(range.pos, range.end);
  return text.replace(/^\/\*\*/, "").replace(/\*\/$/, "").replaceAll(/^\s*\* ?/gm, "").trim();
}

function firstOfSuper(node: ts.ClassDeclaration): string | undefined {
  const statements = node.members.find(ts.isConstructorDeclaration)?.body?.statements ?? [];
  const call = [...statements].filter(ts.isExpressionStatement).map(({ expression }) => expression).filter(ts.isCallExpression)
    .find(({ expression }) => expression.kind === ts.SyntaxKind.SuperKeyword);
  const [first] = call?.arguments ?? [];
  return first !== undefined && ts.isStringLiteral(first) ? first.text : undefined;
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);
