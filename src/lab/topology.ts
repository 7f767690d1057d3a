/** A lab described in a file: `{"suite": "trixie", "hosts": ["db1", "db2"]}`. Refuses keys it does not know. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { LabError } from "../errors";
import { labSuites, type LabSuite } from "./recipe";

export interface LabTopology {
  readonly hosts?: readonly string[];
  readonly suite?: LabSuite;
}

const topology = z.strictObject({ hosts: z.array(z.string()).exactOptional(), suite: z.enum(labSuites).exactOptional() });

/** Parses a topology; `source` is named in refusals. Pure. */
export function parseTopology(text: string, source: string): LabTopology {
  const remedy = `write it like {"suite": "trixie", "hosts": ["db1", "db2"]}, suite being one of ${labSuites.join(", ")}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LabError(`${source} is no JSON: ${(cause as Error).message}`, { remedy, cause });
  }
  const parsed = topology.safeParse(value);
  if (!parsed.success) throw new LabError(`${source}:\n${z.prettifyError(parsed.error)}`, { remedy });
  return parsed.data;
}

export async function readTopology(file: string): Promise<LabTopology> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new LabError(`${file} cannot be read: ${(cause as Error).message}`, { remedy: "name a file that exists", cause });
  });
  return parseTopology(text, file);
}
