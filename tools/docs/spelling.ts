/**
 * Types as text for a reader: without wrappers that say nothing, unions of literals written out, properties of our own
 * interfaces followed, and each of our own types told apart from the text around it.
 */
import { relative } from "node:path";
import ts from "typescript";

/** A type as text, in pieces: a piece with `refersTo` is the name of a type of ours. */
export type Spelling = readonly { readonly text: string; readonly refersTo?: string }[];

/** Wrappers that say nothing to a reader of arguments. */
const TRANSPARENT: ReadonlySet<string> = new Set(["Inputs", "MaybeSecret", "Output", "Outputs", "Readonly", "Secret"]);
const PRINTER = ts.createPrinter({ removeComments: true });
const NO_SOURCE = ts.createSourceFile("none.ts", "", ts.ScriptTarget.Latest);

export type Named = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

export class Speller {
  readonly #types = new Map<string, Named>();

  /** @param root folder of the project: types outside of it are not ours */
  constructor(private readonly checker: ts.TypeChecker, private readonly root: string) {}

  /** The interface or alias of that name that some spelling has mentioned before. */
  named(name: string): Named | undefined {
    return this.#types.get(name);
  }

  spell(type: ts.TypeNode): Spelling {
    const mentioned = new Set<string>();
    const simplified = this.#simplify(type, mentioned);
    const text = PRINTER.printNode(ts.EmitHint.Unspecified, simplified, NO_SOURCE).replaceAll("readonly ", "").replaceAll(/\s+/g, " ");
    const names = [...mentioned];
    if (names.length === 0) {
      return [{ text }];
    }
    return text.split(new RegExp(`\\b(${names.join("|")})\\b`)).filter((piece) => piece !== "").map((piece) => (mentioned.has(piece) ? { text: piece, refersTo: piece } : { text: piece }));
  }

  #simplify(type: ts.TypeNode, mentioned: Set<string>): ts.TypeNode {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword) {
        return visit(node.type);
      }
      if (ts.isIndexedAccessTypeNode(node)) {
        return visit(this.#memberType(node) ?? node.objectType);
      }
      if (ts.isTypeReferenceNode(node)) {
        return this.#simplifyReference(node.typeName, node.typeArguments, mentioned, visit);
      }
      if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression)) {
        return this.#simplifyReference(node.expression, node.typeArguments, mentioned, visit);
      }
      const keys = ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword ? literalsOf(this.checker.getTypeAtLocation(node)) : undefined;
      if (keys !== undefined) {
        return ts.factory.createUnionTypeNode(keys);
      }
      if (ts.isStringLiteral(node)) {
        return ts.factory.createStringLiteral(node.text);
      }
      if (ts.isPropertySignature(node)) {
        return ts.factory.createPropertySignature(undefined, node.name.getText(), node.questionToken, node.type === undefined ? undefined : visit(node.type) as ts.TypeNode);
      }
      return ts.isIdentifier(node) ? ts.factory.createIdentifier(node.text) : ts.visitEachChild(node, visit, undefined);
    };
    return visit(type) as ts.TypeNode;
  }

  #simplifyReference(reference: ts.EntityName, args: readonly ts.TypeNode[] | undefined, mentioned: Set<string>, visit: (node: ts.Node) => ts.Node): ts.TypeNode {
    const name = ts.isQualifiedName(reference) ? reference.right.text : reference.text;
    const spelled = reference.getText().replace(/^pulumi\./, "");
    const [first] = args ?? [];
    if (TRANSPARENT.has(name) && first !== undefined) {
      return visit(first) as ts.TypeNode;
    }
    const symbol = this.checker.getSymbolAtLocation(reference);
    const found = symbol === undefined ? [] : resolveAlias(this.checker, symbol).declarations ?? [];
    const declared = found.find((one): one is Named => this.#isOurs(one) && (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)));
    const literals = declared !== undefined && ts.isTypeAliasDeclaration(declared) ? literalsOf(this.checker.getTypeAtLocation(declared.name)) : undefined;
    if (literals !== undefined) {
      return ts.factory.createUnionTypeNode(literals);
    }
    if (declared !== undefined && declared.typeParameters === undefined) {
      this.#remember(declared);
      mentioned.add(name);
    } else if (found.some((one) => ts.isClassDeclaration(one) && this.#isOurs(one))) {
      mentioned.add(name);
    }
    return ts.factory.createTypeReferenceNode(spelled, args?.map((argument) => visit(argument) as ts.TypeNode));
  }

  /** `HostArgs["connection"]`: the type of that property. */
  #memberType(node: ts.IndexedAccessTypeNode): ts.TypeNode | undefined {
    const { objectType, indexType } = node;
    const name = ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal) ? indexType.literal.text : undefined;
    const member = name === undefined ? undefined : this.checker.getTypeAtLocation(objectType).getProperty(name)?.valueDeclaration;
    return member !== undefined && ts.isPropertySignature(member) ? member.type : undefined;
  }

  #isOurs(node: ts.Node): boolean {
    return !relative(this.root, node.getSourceFile().fileName).includes("node_modules");
  }

  #remember(declared: Named): void {
    const name = declared.name.text;
    const before = this.#types.get(name);
    if (before !== undefined && before !== declared) {
      throw new Error(`two types are called ${name}: in ${[before, declared].map((node) => relative(this.root, node.getSourceFile().fileName)).join(" and ")}`);
    }
    this.#types.set(name, declared);
  }
}

/** What an import stands for. */
export function resolveAlias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

/** The members of a union of nothing but literals, sorted: the order in which the compiler meets them is no order. */
function literalsOf(type: ts.Type): readonly ts.TypeNode[] | undefined {
  const members = type.isUnion() ? type.types : [];
  const values = members.flatMap((member) => (member.isStringLiteral() || member.isNumberLiteral() ? [member.value] : []));
  if (values.length === 0 || values.length < members.length) {
    return undefined;
  }
  const sorted = values.sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1));
  return sorted.map((value) => ts.factory.createLiteralTypeNode(typeof value === "number" ? ts.factory.createNumericLiteral(value) : ts.factory.createStringLiteral(value)));
}
