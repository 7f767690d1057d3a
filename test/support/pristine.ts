/** Every file of live tests finds the shared hosts as on their first day, so that no file depends on another or on their order. */
import { resetHost } from "../../src/lab/lab";
import { lab } from "./lab";

beforeAll(async () => {
  const { name, hosts } = lab();
  await Promise.all(hosts.map((host) => resetHost(name, host.name)));
}, 120_000);
