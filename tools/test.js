// Runs the steps of `make test`, or those named on the command line, and ends with one line: "N passed, N failed".
// A step that breaks without a test result counts as one failure. The exit code is 0 only when something ran and
// nothing failed. A broken build ends the run: nothing after it would test what is in the source.
// Live tests run in the control network of a lab of their own, which goes when they end, whatever their result.
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const results = path.join(root, ".cache", "test");

const steps = {
  build: () => command("npm", "run", "--silent", "build"),
  typecheck: () => command("npm", "run", "--silent", "typecheck"),
  lint: () => command("npm", "run", "--silent", "lint"),
  unit: () => jest("unit", {}),
  live: () => inLab((enter) => jest("live", { enter, options: ["--runInBand"] })),
};

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}

function command(program, ...args) {
  return run(program, args) ? { passed: 0, failed: 0 } : { passed: 0, failed: 1 };
}

// With a lab of three hosts; its name is not one that a person would choose.
function inLab(work) {
  const lab = path.join(root, "bin", "pgrampart");
  const name = ["--name", "livetest"];
  if (!run(lab, ["lab", "up", ...name])) return { passed: 0, failed: 1 };
  try {
    return work([lab, "lab", "exec", ...name, "--"]);
  } finally {
    run(lab, ["lab", "down", ...name]);
  }
}

// Runs one of Jest's projects and counts what it wrote: failed tests, and files that could not run at all.
function jest(project, { enter = [], options = [] }) {
  const output = path.join(results, `${project}.json`);
  fs.mkdirSync(results, { recursive: true });
  fs.rmSync(output, { force: true });
  const reporters = ["--reporters=default", `--reporters=${path.join(__dirname, "heartbeat.js")}`];
  const [program, ...words] = [...enter, "npx", "jest"];
  const isGood = run(program, [...words, "--ci", "--selectProjects", project, ...options, ...reporters, "--json", `--outputFile=${output}`]);
  if (!fs.existsSync(output)) return { passed: 0, failed: 1 };
  const report = JSON.parse(fs.readFileSync(output, "utf8"));
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: isGood ? failed : Math.max(failed, 1) };
}

function main(names) {
  const unknown = names.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    process.stderr.write(`unknown step ${unknown.join(", ")}; the steps are ${Object.keys(steps).join(", ")}\n`);
    return 2;
  }
  const total = { passed: 0, failed: 0 };
  const broken = [];
  for (const name of names.length > 0 ? names : Object.keys(steps)) {
    process.stdout.write(`\n== ${name}\n`);
    const { passed, failed } = steps[name]();
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) broken.push(name);
    if (failed > 0 && name === "build") break;
  }
  process.stdout.write(broken.length > 0 ? `\nfailed in: ${broken.join(", ")}\n` : "\n");
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
