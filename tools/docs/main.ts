/** `npm run docs`: writes the generated pages and says which of them changed. Runs in the project's folder. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { renderPages } from "./pages";

async function main(): Promise<void> {
  for (const [path, text] of await renderPages(process.cwd())) {
    const isCurrent = existsSync(path) && readFileSync(path, "utf8") === text;
    if (!isCurrent) {
      writeFileSync(path, text);
    }
    process.stdout.write(`${path}: ${isCurrent ? "unchanged" : "written"}\n`);
  }
}

void main();
