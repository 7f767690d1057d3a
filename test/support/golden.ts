/**
 * Exact output, locked by files under test/golden that a reviewer can read. `make golden` rewrites them (tools/golden.js);
 * the difference is then read like any other change.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(__dirname, "../golden");

/** @param name path under test/golden: `hba/small.pg_hba.conf` */
export function expectGolden(name: string, text: string): void {
  const path = join(FOLDER, name);
  if (process.env["PGRAMPART_GOLDEN"] === "write") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if (!existsSync(path)) {
    throw new Error(`test/golden/${name} is not there; make golden writes it`);
  }
  expect(text).toBe(readFileSync(path, "utf8"));
}
