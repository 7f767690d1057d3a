/** The generated pages of docs/, by path. A test compares them with what is committed. */
import { commands } from "../../src/cli/commands";
import { Turns } from "../../src/provider/host-realm";
import { HostEffects } from "../../src/provider/hosts";
import { Registry } from "../../src/provider/index";
import { BASELINE } from "../../src/resolve/baseline";
import { renderBaseline } from "./baseline";
import { Declarations } from "./declarations";
import { ENTRIES, renderReference } from "./reference";

/** @param root the project's folder @returns path relative to it → text */
export async function renderPages(root: string): Promise<ReadonlyMap<string, string>> {
  const registry = new Registry({ hosts: new HostEffects(() => 0), turns: new Turns(), now: () => 0 });
  const reference = renderReference({
    declarations: new Declarations(root, ENTRIES),
    kinds: registry.all().map(({ kind }) => kind),
    commands: await Promise.all(commands.map(async (entry) => (await entry.load()).command())),
  });
  return new Map([["docs/baseline.md", renderBaseline(BASELINE)], ["docs/reference.md", reference]]);
}
