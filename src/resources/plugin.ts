/**
 * Puts this package's plugin where the engine looks for it: a link in Pulumi's plugin folder, made when a program first
 * declares one of our resources. Nothing is downloaded and installing the package runs no script. The last program that
 * runs wins; links of one version lead to the same code.
 */
import { existsSync, mkdirSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../model/version";

const EXECUTABLE = "pulumi-resource-pgrampart";

let isLinked = false;

/** Options every resource of this package is registered with. */
export function resourceOptions(opts: pulumi.CustomResourceOptions | undefined): pulumi.CustomResourceOptions {
  if (!isLinked && pulumi.runtime.getEngine() !== undefined) {
    isLinked = true;
    tryToLink();
  }
  return pulumi.mergeOptions({ version: VERSION }, opts);
}

/** The plugin may also be found on PATH or through the project's `plugins.providers`, so a failure is only a warning. */
function tryToLink(): void {
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    linkPlugin(join(home, "plugins"));
  } catch (error) {
    pulumi.log.warn(`pgrampart: could not put a link to its plugin into ${home}: ${String(error)}`);
  }
}

/**
 * Links the plugin into the folder of installed plugins, atomically.
 * @returns the path of the link
 */
export function linkPlugin(plugins: string): string {
  const target = join(packageRoot(__dirname), "bin", EXECUTABLE);
  const folder = join(plugins, `resource-pgrampart-v${VERSION}`);
  const link = join(folder, EXECUTABLE);
  if (linkTarget(link) !== target) {
    mkdirSync(folder, { recursive: true });
    const beside = `${link}.${process.pid}`;
    symlinkSync(target, beside);
    renameSync(beside, link);
  }
  return link;
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** The nearest folder above that holds our plugin: compiled files and sources lie at different depths. */
function packageRoot(folder: string): string {
  return existsSync(join(folder, "bin", EXECUTABLE)) || dirname(folder) === folder ? folder : packageRoot(dirname(folder));
}
