/**
 * Every example in the documents has the types of the package as it is now. An example may leave things out: a comment `…` in a
 * constructor's arguments stands for the rest of them, and what it uses without saying where it is from is in SCENE.
 */
import { join } from "node:path";
import ts from "typescript";
import { documents, ROOT } from "../support/document";

const PATIENCE = 180_000; // the compiler reads the types of Pulumi's packages

/** What the reader of a fragment has. */
const SCENE = `
import type * as pulumi from "@pulumi/pulumi";
import type * as fs from "node:fs";
import type { Connection, Inputs } from "pgrampart";
declare global {
  const connection: Inputs<Connection>;
  const config: pulumi.Config;
  const certificate: pulumi.Output<string>;
  const privateKey: pulumi.Output<string>;
  const passphrase: pulumi.Output<string>;
  const readFileSync: typeof fs.readFileSync;
}
`;

const examples = documents().flatMap(({ path, fences }) => fences.filter(({ language }) => language === "ts").map((fence) => ({ name: `${path}:${fence.offset}`, file: join(ROOT, `${path}.${fence.offset}.ts`), text: complete(fence.text, fence.offset) })));

/** A module of its own, whose line numbers are the document's. */
function complete(text: string, offset: number): string {
  const imported = new Set([...text.matchAll(/import \{([^}]*)\}/g)].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim())));
  const used = [...new Set([...text.matchAll(/new (\w+)\(/g)].map(([, name = ""]) => name))].filter((name) => !imported.has(name));
  const whole = text.replaceAll(/(new (\w+)\("[^"]*", \{) \/\* … \*\//g, "$1 ...({} as ConstructorParameters<typeof $2>[1]),");
  return `import { ${used.join(", ")} } from "pgrampart";${"\n".repeat(offset)}${whole}\nexport {};\n`;
}

function compile(): ReadonlyMap<string, readonly string[]> {
  const scene = join(ROOT, "scene.ts");
  const texts = new Map([...examples.map(({ file, text }) => [file, text] as const), [scene, SCENE] as const]);
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path)).config, { ...ts.sys, readDirectory: () => [] }, ROOT);
  const asked: ts.CompilerOptions = { ...options, noEmit: true, types: ["node"], noUnusedLocals: false, baseUrl: ROOT, paths: { pgrampart: ["components/index.ts"] } };
  const host = ts.createCompilerHost(asked);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...texts.keys()], asked, host);
  return new Map([...texts.keys()].map((file) => {
    const source = program.getSourceFile(file);
    return [file, [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(spell)];
  }));
}

function spell({ file, start = 0, messageText }: ts.Diagnostic): string {
  return `line ${(file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

let faults: ReadonlyMap<string, readonly string[]>;

beforeAll(() => {
  faults = compile();
}, PATIENCE);

it("there are examples, and what their fragments rely on exists", () => {
  expect(examples.length).toBeGreaterThan(5);
  expect(faults.get(join(ROOT, "scene.ts"))).toEqual([]);
});

it.each(examples.map(({ name, file }) => [name, file] as const))("%s typechecks", (_, file) => {
  expect(faults.get(file)).toEqual([]);
});
