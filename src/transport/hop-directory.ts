/**
 * What this side needs to reach one hop: a private directory with the rendered ssh_config and known_hosts, and an agent
 * that holds the hop's private key, which never touches a disk. A keeper process owns both: it waits for its standard
 * input to end and then ends the agent and removes the directory. So nothing is left behind even if this process is
 * killed: the kernel closes the pipe.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ConnectError } from "../errors";
import { reveal } from "../model/secret";
import { hopName, renderConfig, renderKnownHosts, type Hop, type HopFiles } from "./config";

/** `$1` the directory, `$2` its kind. Descriptor 3 gives the key, descriptor 4 its passphrase. */
const KEEPER = `
umask 077
trap : HUP INT TERM
case $2 in
  plain) agent= ;;
  *)
    agent=$SSH_AGENT_PID
    if [ "$2" = encrypted ]; then
      mkfifo "$1/p" && exec 5<>"$1/p" || exit
      cat <&4 >&5
      export SSH_ASKPASS="$1/askpass" SSH_ASKPASS_REQUIRE=force
    else
      export SSH_ASKPASS=/bin/false SSH_ASKPASS_REQUIRE=never
    fi
    ssh-add -q - <&3 && echo ready
    rm -f "$1/p"
    exec 3<&- 4<&- 5<&-
esac
exec 1>&- 2>&-
cat >/dev/null
[ -z "$agent" ] || kill "$agent"
rm -rf -- "$1"
`;

/**
 * Asked for a passphrase, ssh-add runs this. The keeper has put the passphrase into the pipe's buffer, followed by empty
 * lines: a wrong passphrase makes ssh-add ask again, and an empty answer ends it.
 */
const ASKPASS = `#!/bin/sh\nIFS= read -r line <"\${0%/*}/p" && printf '%s\\n' "$line"\n`;
const NO_MORE_ANSWERS = "\n".repeat(8);

export class HopDirectory {
  private constructor(
    readonly hop: Hop,
    readonly path: string,
    readonly files: HopFiles,
    readonly keeper: ChildProcess,
  ) {}

  /** @param jump the hop before this one */
  static async open(hop: Hop, jump?: HopDirectory): Promise<HopDirectory> {
    const path = mkdtempSync(join(runtimeDirectory(), "pgrampart-"));
    const files: HopFiles = { config: join(path, "config"), knownHosts: join(path, "known_hosts"), log: join(path, "log"), agent: join(path, "agent") };
    const write = (file: string, text: string, mode = 0o600): void => writeFileSync(file, text, { mode });
    write(files.config, renderConfig(hop, files, jump));
    write(files.knownHosts, renderKnownHosts(hop));
    const kind = hop.privateKey === undefined ? "plain" : hop.privateKeyPassword === undefined ? "open" : "encrypted";
    if (kind === "encrypted") {
      write(join(path, "askpass"), ASKPASS, 0o700);
    }
    const shell = ["sh", "-c", KEEPER, "pgrampart-keeper", path, kind] as const;
    const [program, ...words] = kind === "plain" ? shell : ["ssh-agent", "-a", files.agent, ...shell];
    const keeper = spawn(program as string, words, { stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"], detached: true, cwd: "/" });
    const directory = new HopDirectory(hop, path, files, keeper);
    keeper.stdio.forEach((stream) => stream?.on("error", () => undefined));
    if (kind !== "plain") {
      await directory.#addKey();
    }
    return directory;
  }

  async #addKey(): Promise<void> {
    const { hop, keeper } = this;
    const [, out, err, key, passphrase] = keeper.stdio as [Writable, Readable, Readable, Writable, Writable];
    const said: Buffer[] = [];
    err.on("data", (chunk: Buffer) => said.push(chunk));
    key.end(`${reveal(hop.privateKey ?? "").trimEnd()}\n`);
    passphrase.end(`${reveal(hop.privateKeyPassword ?? "")}\n${NO_MORE_ANSWERS}`);
    const failed = once(keeper, "error").then(([error]) => { throw error; });
    const answer = await Promise.race([once(out, "data"), once(out, "end"), failed]).catch((error: unknown) => [error]);
    if (String(answer[0]) !== "ready\n") {
      this.close();
      const reason = answer[0] instanceof Error ? answer[0].message : Buffer.concat(said).toString().replace(/^.*stdin.*passphrase.*$/im, "").trim();
      throw new ConnectError(hopName(hop), `the private key could not be loaded into ssh-agent${reason === "" ? "" : `: ${reason.slice(0, 300)}`}`, {
        remedy: "Pass an unencrypted OpenSSH or PEM key in privateKey, or its passphrase in privateKeyPassword; install OpenSSH's client on this machine.",
      });
    }
  }

  /** Ends the agent and removes the directory; the keeper does it, at once. */
  close(): void {
    this.keeper.stdin?.end();
  }

  /** The same when this process ends and cannot wait for the keeper. */
  closeNow(): void {
    this.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The user's own runtime directory, in memory and closed to others; else the temporary directory. */
function runtimeDirectory(): string {
  const own = process.env["XDG_RUNTIME_DIR"];
  try {
    if (own !== undefined && own.length < 60) {
      accessSync(own, constants.W_OK | constants.X_OK);
      return own;
    }
  } catch {
    // Not ours or not there, as in a container: the other one is always there.
  }
  return tmpdir().length < 60 ? tmpdir() : "/tmp";
}
