/**
 * The plugin's process: serves on a free port and prints it, which is how the engine learns that it is up. Ends when told
 * to, or when the engine is gone; in both cases running effects come to a safe point and connections are closed first.
 */
import { HostEffects } from "./hosts";
import { Turns } from "./host-realm";
import { Registry } from "./index";
import { EngineLog } from "./log";
import { ProviderService, serve } from "./server";

const PARENT_CHECK_MILLISECONDS = 2000;

/** The engine passes flags of its own first and its address last. */
function engineAddress(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  return last !== undefined && /^\S+:\d+$/.test(last) ? last : undefined;
}

async function main(): Promise<void> {
  const log = new EngineLog(engineAddress(process.argv.slice(2)));
  const hosts = new HostEffects(() => service.configuration.updateLockTimeout);
  const service: ProviderService = new ProviderService(new Registry({ hosts, turns: new Turns(), now: Date.now }), log);
  const server = await serve(service);

  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) {
      return;
    }
    isEnding = true;
    service.cancel();
    await service.ended();
    await hosts.close();
    log.close();
    server.stop();
    process.exit(0);
  };
  process.on("SIGINT", () => void end());
  process.on("SIGTERM", () => void end());
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void end(), PARENT_CHECK_MILLISECONDS).unref();

  process.stdout.write(`${server.port}\n`);
}

void main();
