/**
 * The arrows: what each folder may import. Stages run from left to right; nothing looks back, and only transport,
 * apply, verify, provider, lab and cli touch the world.
 */
import { sourceFiles } from "../support/sources";

/** Folder → prefixes of project paths it may import, beside its own. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "src/model": [],
  "src/declare": ["src/model", "src/errors", "src/render/sql"],
  "src/resolve": ["src/model", "src/errors", "src/declare"],
  "src/render": ["src/model", "src/errors"],
  "src/inspect": ["src/model", "src/errors", "src/render"],
  "src/diff": ["src/model", "src/errors", "src/render", "src/inspect", "src/resolve"],
  "src/transport": ["src/model", "src/errors", "src/inspect/probe", "src/render/shell"],
  "src/apply": ["src/model", "src/errors", "src/render/shell", "src/inspect/probe", "src/transport/transport"],
  "src/verify": ["src/model", "src/errors", "src/declare", "src/resolve", "src/inspect", "src/diff", "src/render", "src/transport/transport"],
  "src/resources": ["src/declare", "src/model"],
  "src/provider": ["src"],
  "src/lab": ["src/errors", "src/model", "src/render"],
  "src/cli": ["src"],
  components: ["src/resources", "src/declare", "src/resolve/cluster", "src/model"],
  stacks: ["components", "src/lab/plan"],
};

/** Libraries of the framework and of effects, and the folders and files that may know them. */
const EXCLUSIVE: readonly { readonly module: RegExp; readonly places: readonly string[] }[] = [
  { module: /^@pulumi\//, places: ["src/provider", "src/resources", "components", "stacks"] },
  { module: /^@grpc\//, places: ["src/provider"] },
  {
    module: /^(node:)?(child_process|net|http|https|tls|fs|fs\/promises)$/,
    // plugin.ts puts the link to the plugin where the engine looks for it, since installing the package runs no script.
    places: ["src/transport", "src/apply", "src/verify", "src/provider", "src/resources/plugin", "src/lab", "src/cli"],
  },
];

const folderOf = (path: string): string => path.split("/").slice(0, path.startsWith("src/") ? 2 : 1).join("/");
const files = sourceFiles("src", "components", "stacks").filter((file) => file.path !== "src/errors.ts" && file.path !== "src/index.ts");

it.each(files.map((file) => [file.path, file] as const))("%s imports only what its folder may", (_, file) => {
  const folder = folderOf(file.path);
  const allowed = [folder, ...(ARROWS[folder] ?? [])];
  const foreign = file.imports.filter((target) => /^(src|components|stacks|test)(\/|$)/.test(target))
    .filter((target) => !allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`)));
  expect(foreign).toEqual([]);
  const place = file.path.replace(/\.ts$/, "");
  const misplaced = EXCLUSIVE.filter(({ places }) => !places.includes(folder) && !places.includes(place)).flatMap(({ module }) => file.imports.filter((target) => module.test(target)));
  expect(misplaced).toEqual([]);
});

it("every folder of src has its row", () => {
  const folders = new Set(files.map((file) => folderOf(file.path)));
  expect([...folders].filter((folder) => ARROWS[folder] === undefined)).toEqual([]);
});
