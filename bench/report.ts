export const SECTIONS = ["unit", "start", "access"] as const;
export type Section = (typeof SECTIONS)[number];
import type { Result } from "./measure";
import { median } from "./contestant";
export interface Report { readonly date: Date; readonly runs: number; readonly unit?: readonly Result[]; readonly start?: unknown; readonly access?: unknown }
export function writeReport(report: Report): string {
  return (report.unit ?? []).map((r) => `${r.name}: ${[...r.samples].map(([n, s]) => `${n}: ${median(s.apply).toFixed(3)} ${median(s.repeat).toFixed(3)}`).join(" | ")}\n`).join("");
}
