/** docs/baseline.md: the baseline's own table (src/resolve/baseline.ts) as a page. */
import type { BASELINE } from "../../src/resolve/baseline";
import { code, inline, table } from "./markdown";

type Baseline = typeof BASELINE;
type Row = Baseline[number]["rows"][number];

const HEAD = `# The baseline of an instance

What every \`Instance\` is given unless its declaration says otherwise. Written by \`npm run docs\` from the table that the
provider applies (\`src/resolve/baseline.ts\`).

A declared parameter wins over its row. One that asks for less than the row (see "as strong as") is shown in every preview
as the hazard \`access-widened\`. Some values are refused altogether, such as \`fsync = off\` or \`password_encryption = md5\`.
CIS numbers are those of the CIS PostgreSQL 17 Benchmark, STIG numbers those of the DISA STIG for Crunchy Data Postgres 16.
Where suites contradict each other, the row says which side was taken and why.
`;

/** A page of PostgreSQL's manual, in contrast to an address of its own. */
const PAGE = /^[a-z-]+$/;

const COMPARISONS: Readonly<Record<string, string>> = { atMost: "at most", atLeast: "at least", includes: "anything with", oneOf: "also" };

export function renderBaseline(baseline: Baseline): string {
  const sections = baseline.map(({ title, rows }) => `## ${title}\n\n${table({ heading: ["parameter", "value", "as strong as", "reason", "sources"], rows: rows.map(cells) })}\n`);
  return [HEAD, ...sections].join("\n");
}

const cells = (row: Row): readonly string[] => [name(row), value(row), accepts(row), inline(row.reason), sources(row)];

const name = ({ name: parameter, majors }: Row): string => `${code(parameter)}${majors === undefined ? "" : ` (${majors.join(", ")})`}`;

function value(row: Row): string {
  if (row.value === null) {
    return inline(row.decidedBy ?? "");
  }
  return row.value === "" ? "empty" : code(row.value);
}

function accepts({ accepts: strength }: Row): string {
  if (strength === undefined) {
    return "";
  }
  if (strength === "any") {
    return "any value";
  }
  return Object.entries(strength).map(([kind, limit]) => `${COMPARISONS[kind]} ${[limit].flat().map(code).join(", ")}`).join(", ");
}

function sources({ source, cis, stig }: Row): string {
  const manual = PAGE.test(source) ? `[manual](https://www.postgresql.org/docs/current/${source}.html)` : source;
  return [manual, ...(cis === undefined ? [] : [`CIS ${cis}`]), ...(stig === undefined ? [] : [`STIG ${stig}`])].join(", ");
}
