/**
 * Builds the base image of a suite once and keeps it in the user's cache. The image is made beside its final name and
 * renamed when complete, so a killed build is never taken for an image. Everything runs in a mount and process
 * namespace of its own that dies with this process: an interrupted build leaves no mount and no process behind.
 * The Debian mirror is the one this machine's apt uses.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LabError } from "../errors";
import { runCommand } from "./command";
import { cacheDirectory } from "./directories";
import { withLock } from "./lock";
import type { Progress } from "./progress";
import { imageName, imageRecipe, packageRepository, renderPackageIndex, type ImageRecipe, type LabSuite, type PackageFile } from "./recipe";

/** Seconds to wait for another process that builds the same image. */
const buildPatience = 900;

/** Runs a program that must not outlive this process nor leave a mount. */
const enclosed = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

export interface ImageRequest {
  readonly suite: LabSuite;
  /** Take a release file whose validity has run out, as a frozen mirror has; signatures are checked all the same. */
  readonly acceptsExpiredMirror: boolean;
}

/**
 * The root folder of a suite's image, built if the cache does not have it.
 * @returns an absolute path; its files are never written again
 */
export async function provideImage({ suite, acceptsExpiredMirror }: ImageRequest, progress: Progress): Promise<string> {
  const recipe = imageRecipe(suite);
  const directory = join(cacheDirectory(), imageName(recipe));
  const root = join(directory, "root");
  if (existsSync(directory)) return root;
  await mkdir(dirname(directory), { recursive: true });
  const build = async (): Promise<void> => {
    if (!existsSync(directory)) await progress.step(`building the ${suite} base image`, () => buildImage(recipe, directory, acceptsExpiredMirror));
  };
  await withLock(`${directory}.lock`, "the base image is being built", build, buildPatience);
  return root;
}

async function buildImage(recipe: ImageRecipe, directory: string, acceptsExpiredMirror: boolean): Promise<void> {
  const partial = `${directory}.partial`;
  const root = join(partial, "root");
  await rm(partial, { recursive: true, force: true, maxRetries: 3 });
  await mkdir(partial, { recursive: true });
  const aptOptions = [...(await aptNetworkOptions()), ...(acceptsExpiredMirror ? ['Acquire::Check-Valid-Until "false";'] : [])];
  await runCommand(
    [
      ...enclosed,
      "mmdebstrap",
      "--mode=root",
      "--variant=minbase",
      `--include=${recipe.installed.join(",")}`,
      ...aptOptions.map((option) => `--aptopt=${option}`),
      ...imageHooks(recipe).map((hook) => `--customize-hook=${hook}`),
      recipe.suite,
      root,
      await debianMirror(),
    ],
    { title: `mmdebstrap ${recipe.suite}`, remedy: buildRemedy },
  );
  await writeImageFiles(recipe, root);
  await indexPackages(join(root, packageRepository));
  await runCommand([...enclosed, "chroot", root, "apt-get", "update"]);
  await rename(partial, directory);
}

function buildRemedy(said: string): string {
  return /Release file .* is expired/.test(said)
    ? "use a mirror that is up to date (PGRAMPART_DEBIAN_MIRROR), or accept the old one: --expired-mirror"
    : "read what mmdebstrap said, remove the cause, then try again";
}

/** Shell lines that mmdebstrap runs with the new root in `$1`. Every word comes from the recipe, none from a user. */
function imageHooks(recipe: ImageRecipe): string[] {
  return [
    'chroot "$1" useradd --create-home --shell /bin/bash admin',
    'chroot "$1" systemctl enable systemd-networkd.service ssh.service',
    `chroot "$1" systemctl mask ${recipe.masked.join(" ")}`,
    'rm -f "$1"/var/cache/apt/archives/*.deb "$1"/etc/ssh/ssh_host_*',
    `chroot "$1" apt-get install --yes --no-install-recommends --download-only ${recipe.offered.join(" ")}`,
    `mkdir -p "$1${packageRepository}" && mv "$1"/var/cache/apt/archives/*.deb "$1${packageRepository}/"`,
    // What mmdebstrap needed to reach the mirror is nothing a host should know.
    'rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1"/etc/apt/sources.list.d/*',
  ];
}

async function writeImageFiles(recipe: ImageRecipe, root: string): Promise<void> {
  for (const [path, content] of Object.entries(recipe.files)) {
    const file = join(root, path);
    await writeFile(file, content);
    await chmod(file, path.startsWith("etc/sudoers.d/") ? 0o440 : 0o644);
  }
}

/** Writes the index of a folder of package files. */
async function indexPackages(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".deb"));
  const files: PackageFile[] = [];
  for (const name of names) {
    const file = join(folder, name);
    files.push({
      name,
      size: (await stat(file)).size,
      sha256: createHash("sha256").update(await readFile(file)).digest("hex"),
      control: (await runCommand(["dpkg-deb", "--field", file])).stdout,
    });
  }
  await writeFile(join(folder, "Packages"), renderPackageIndex(files));
}

/** The mirror that this machine's apt takes Debian from. */
async function debianMirror(): Promise<string> {
  const given = process.env["PGRAMPART_DEBIAN_MIRROR"];
  if (given !== undefined && given !== "") return given;
  const { stdout } = await runCommand(["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"], { mayFail: true });
  const mirror = stdout.split("\n").find((line) => line.startsWith("Debian "))?.slice("Debian ".length);
  if (mirror === undefined) {
    throw new LabError("this machine's apt knows no Debian mirror", {
      remedy: "run apt-get update, or set PGRAMPART_DEBIAN_MIRROR to the URI of a Debian mirror",
    });
  }
  return mirror;
}

/** How this machine's apt reaches the network: proxies and certificates, in apt.conf's own spelling. */
async function aptNetworkOptions(): Promise<string[]> {
  const { stdout } = await runCommand(["apt-config", "dump"]);
  return stdout.split("\n").filter((line) => /^Acquire::https?::[^ ]+ "[^"]+";$/.test(line));
}
