/** Where the lab keeps things: images in the user's cache, labs in a folder that survives a reboot. */
import { homedir } from "node:os";
import { join } from "node:path";
import { LabError } from "../errors";

/** Base images, by suite and digest. `PGRAMPART_CACHE` moves it. */
export function cacheDirectory(): string {
  const cache = process.env["PGRAMPART_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "pgrampart");
  return join(cache, "lab");
}

/** The folder that holds all labs. `PGRAMPART_LABS` moves it. */
export function labsDirectory(): string {
  return process.env["PGRAMPART_LABS"] ?? "/var/lib/pgrampart/lab";
}

/** The folder of one lab. Refuses a name that is no plain word, and a folder that an overlay mount could not name. */
export function labDirectory(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new LabError(`${JSON.stringify(name)} is no name for a lab`, { remedy: "use lower-case letters, digits and hyphens, at most 31, a letter first" });
  }
  const directory = join(labsDirectory(), name);
  if (/[,:\\\s]/.test(directory)) {
    throw new LabError(`a lab cannot live in ${directory}`, { remedy: "set PGRAMPART_LABS to a path without commas, colons, backslashes and blanks" });
  }
  return directory;
}
