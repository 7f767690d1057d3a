// Exits 0 when node_modules holds what package-lock.json says, 1 when `npm ci` is due. Compares the lock file with
// the one that npm keeps inside node_modules, so an `npm install` by hand counts too. Runs on any Node.
"use strict";

const path = require("path");

function packages(file) {
  try {
    return require(path.join(__dirname, "..", file)).packages;
  } catch {
    return {};
  }
}

const wanted = packages("package-lock.json");
const installed = packages("node_modules/.package-lock.json");
// npm leaves out optional packages of other systems.
const missing = Object.keys(wanted).filter((name) => name !== "" && !wanted[name].optional && !installed[name]);
const different = Object.keys(installed).filter(
  (name) => !wanted[name] || wanted[name].version !== installed[name].version || wanted[name].integrity !== installed[name].integrity,
);
process.exit(missing.length + different.length === 0 ? 0 : 1);
