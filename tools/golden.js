// Rewrites the files under test/golden: runs the tests that compare with them in the mode that writes (see
// test/support/golden.ts), then says what is new, what changed, and what no test asks for any more.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const folder = path.join(root, "test", "golden");

const filesIn = (directory) => fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();

const comparing = filesIn(path.join(root, "test")).filter((file) => file.endsWith(".test.ts") && fs.readFileSync(file, "utf8").includes("support/golden\""));
const before = new Map(filesIn(folder).map((file) => [file, fs.readFileSync(file, "utf8")]));
const started = Date.now();

const { status } = spawnSync("npx", ["jest", "--silent", "--runTestsByPath", ...comparing, "--selectProjects", "unit"], { cwd: root, stdio: "inherit", env: { ...process.env, PGRAMPART_GOLDEN: "write" } });

const say = (what, files) => files.forEach((file) => process.stdout.write(`${what}: ${path.relative(root, file)}\n`));
const after = filesIn(folder);
const isWritten = (file) => fs.statSync(file).mtimeMs >= started;
say("new", after.filter((file) => !before.has(file)));
say("changed", after.filter((file) => before.has(file) && before.get(file) !== fs.readFileSync(file, "utf8")));
say("asked for by no test, remove it", status === 0 ? after.filter((file) => !isWritten(file)) : []);
process.stdout.write(`${after.length} files, ${after.filter(isWritten).length} written\n`);
process.exitCode = status ?? 1;
