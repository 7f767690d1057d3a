/**
 * Findings as data, then as text. A finding says what was expected and what was seen, so that a report can be read by
 * somebody who did not run it.
 */

export interface Finding {
  /** Stable code: a row of the acceptance list, the baseline or a resource path. */
  readonly code: string;
  readonly title: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly observed: string;
}

export interface ReportStyle {
  /** Whether to mark with colour: only on a terminal. */
  readonly colour: boolean;
}

export function formatFinding(finding: Finding, style: ReportStyle): string {
  const mark = finding.passed ? "ok  " : "FAIL";
  const painted = style.colour ? `\u001b[${finding.passed ? "32" : "31"}m${mark}\u001b[0m` : mark;
  const detail = finding.passed ? finding.observed : `expected ${finding.expected}; observed ${finding.observed}`;
  return `${painted} ${finding.code.padEnd(8)} ${finding.title}: ${detail}`;
}

/**
 * Rows of one table (codes such as `baseline:ssl`) that hold, in one finding: a reader looks for those that do not.
 * Everything else stays as it is.
 */
export function condense(findings: readonly Finding[]): readonly Finding[] {
  const tableOf = ({ code, passed }: Finding): string | undefined => (passed && code.includes(":") ? code.slice(0, code.indexOf(":")) : undefined);
  const tables = [...new Set(findings.map(tableOf).filter((table) => table !== undefined))];
  const rows = tables.map((table): Finding => {
    const held = `${findings.filter((finding) => tableOf(finding) === table).length} rows hold`;
    return { code: table, title: "each row asked of the server", passed: true, expected: held, observed: held };
  });
  return [...rows, ...findings.filter((finding) => tableOf(finding) === undefined)];
}

export function summarize(findings: readonly Finding[]): string {
  const failed = findings.filter((finding) => !finding.passed).length;
  return `${findings.length - failed} proven, ${failed} not`;
}
