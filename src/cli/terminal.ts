/** Printing for people and for programs. Colour only on a terminal, and not where NO_COLOR is set. */

const codes = { red: 31, green: 32, yellow: 33, bold: 1, faint: 2 } as const;

/** Text for standard error, coloured where that is wanted. */
export function emphasis(text: string, look: keyof typeof codes, stream: NodeJS.WriteStream = process.stderr): string {
  return stream.isTTY && process.env["NO_COLOR"] === undefined ? `\u001b[${codes[look]}m${text}\u001b[0m` : text;
}

/** A value as JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows as aligned columns on standard output. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) process.stdout.write(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`);
}
