// Bundles the plugin into one file: a start then reads one file instead of some hundreds. Modules that a kind needs stay
// unevaluated until its type is first met. What cannot be bundled (libpg-query reads its WebAssembly from beside its own
// file) stays outside and is loaded when needed.
const { buildSync } = require("esbuild");
const { join } = require("node:path");

const root = join(__dirname, "..");

buildSync({
  absWorkingDir: root,
  entryPoints: ["src/provider/main.ts"],
  outfile: "dist/plugin/pulumi-resource-pgrampart.js",
  bundle: true,
  platform: "node",
  target: "node22",
  external: ["libpg-query"],
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
});
