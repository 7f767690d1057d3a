// Writes docs/baseline.md from the baseline's own table (src/resolve/baseline.ts). `--check` only compares.
"use strict";

const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "../..");
const TARGET = join(ROOT, "docs/baseline.md");

const HEAD = `# The baseline of an instance

What every \`Instance\` is given unless its declaration says otherwise. Written by \`npm run docs\` from the table that the
provider applies (\`src/resolve/baseline.ts\`).

A declared parameter wins over its row. One that asks for less than the row (see "as strong as") is shown in every preview
as the hazard \`access-widened\`. Some values are refused altogether, such as \`fsync = off\` or \`password_encryption = md5\`.
CIS numbers are those of the CIS PostgreSQL 17 Benchmark, STIG numbers those of the DISA STIG for Crunchy Data Postgres 16.
Where suites contradict each other, the row says which side was taken and why.
`;

const LINKED = /^[a-z-]+$/;

function renderBaseline(baseline) {
  return [HEAD, ...baseline.map(({ title, rows }) => section(title, rows))].join("\n");
}

function section(title, rows) {
  const lines = rows.map((row) => `| ${[name(row), value(row), accepts(row.accepts), text(row.reason), references(row)].join(" | ")} |`);
  return `## ${title}\n\n| parameter | value | as strong as | reason | sources |\n| --- | --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}

const name = ({ name: parameter, majors }) => `\`${parameter}\`${majors === undefined ? "" : ` (${majors.join(", ")})`}`;

const value = (row) => (row.value === null ? text(row.decidedBy) : row.value === "" ? "empty" : `\`${text(row.value.trim())}\``);

function accepts(strength) {
  if (strength === undefined) {
    return "";
  }
  if (strength === "any") {
    return "any value";
  }
  const [[kind, limit]] = Object.entries(strength);
  const words = { atMost: "at most", atLeast: "at least", includes: "anything with", oneOf: "also" };
  return `${words[kind]} ${[limit].flat().map((word) => `\`${word}\``).join(", ")}`;
}

function references({ source, cis, stig }) {
  const manual = LINKED.test(source) ? `[manual](https://www.postgresql.org/docs/current/${source}.html)` : source;
  return [manual, cis && `CIS ${cis}`, stig && `STIG ${stig}`].filter(Boolean).join(", ");
}

const text = (words) => words.replaceAll("|", "\\|");

function loadBaseline() {
  const { outputFiles } = require("esbuild").buildSync({ entryPoints: [join(ROOT, "src/resolve/baseline.ts")], bundle: true, write: false, platform: "node", format: "cjs" });
  const loaded = { exports: {} };
  new Function("module", "exports", "require", outputFiles[0].text)(loaded, loaded.exports, require);
  return loaded.exports.BASELINE;
}

if (require.main === module) {
  const rendered = renderBaseline(loadBaseline());
  if (process.argv.includes("--check")) {
    if (readFileSync(TARGET, "utf8") !== rendered) {
      process.stderr.write("docs/baseline.md is not what the table says; run: npm run docs\n");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(TARGET, rendered);
  }
}

module.exports = { renderBaseline };
