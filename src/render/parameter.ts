/**
 * postgresql.conf, whole: one line per parameter, sorted, every value quoted and in the largest unit that is exact. No
 * include: what is not in this file is not configured.
 */
import type { Parameter } from "../model/parameter";
import { showParameterValue } from "../model/parameter-value";
import { confComment, confLine } from "./conf";

export const NOTICE = "Written by pgrampart: a change made here is found and taken back by the next update.";

export function renderParameters(parameters: readonly Parameter[]): string {
  const lines = parameters.map(({ definition, value }) => confLine(definition.name, showParameterValue(definition, value)));
  return `${[confComment(NOTICE), ...lines].join("\n")}\n`;
}
