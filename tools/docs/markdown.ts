/** The few forms of Markdown that the generated pages use. Cells and code are escaped here and nowhere else. */

export interface Table {
  readonly heading: readonly string[];
  /** Cells are Markdown; `inline` and `code` make them. */
  readonly rows: readonly (readonly string[])[];
}

/** Empty for a table without rows: nothing is better than a bare heading. */
export function table({ heading, rows }: Table): string {
  if (rows.length === 0) {
    return "";
  }
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim().replaceAll("|", "\\|"); // a bar would end the cell

/** Text on one line; what is in backquotes stays code, and outside of them nothing is read as a tag. */
export const inline = (text: string): string => onOneLine(text).split(/(`[^`]*`)/).map((piece) => (piece.startsWith("`") ? piece : piece.replaceAll("<", "&lt;"))).join("");

export const code = (text: string): string => `\`${onOneLine(text)}\``;

/** Blocks with one empty line between them; empty ones are left out. */
export const blocks = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

/** The anchor that a heading gets where Markdown is shown. */
export const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");

export const link = (text: string, heading: string): string => `[${text}](#${anchor(heading)})`;
