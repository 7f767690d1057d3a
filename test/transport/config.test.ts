/** The ssh_config and known_hosts of a hop: ours first, so that no user's file can weaken it. */
import { Secret } from "../../src/model/secret";
import { hopName, renderConfig, renderKnownHosts, type Hop, type HopFiles } from "../../src/transport/config";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAURkfna9ghWXb6nuw6MMUUG4HIwyc5Xbz17+bMiBDpM";
const files = (directory: string): HopFiles => ({ config: `${directory}/config`, knownHosts: `${directory}/known_hosts`, log: `${directory}/log`, agent: `${directory}/agent` });
const hop: Hop = { host: "db1.example.org", hostKeys: [`${KEY} root@db1`] };
const settings = (text: string): Record<string, string> =>
  Object.fromEntries(text.split("\n").filter((line) => line.startsWith("  ")).map((line) => [line.trim().split(" ")[0] as string, line.trim().split(" ").slice(1).join(" ")]));

it("pins the host's keys and asks nothing", () => {
  expect(renderKnownHosts(hop)).toBe(`pgrampart-pinned ${KEY}\n`);
  expect(settings(renderConfig(hop, files("/run/x")))).toMatchObject({
    HostKeyAlias: "pgrampart-pinned", UserKnownHostsFile: '"/run/x/known_hosts"', GlobalKnownHostsFile: "/dev/null", KnownHostsCommand: "none",
    StrictHostKeyChecking: "yes", UpdateHostKeys: "no", VerifyHostKeyDNS: "no", BatchMode: "yes", HostKeyAlgorithms: "ssh-ed25519", ControlPath: "none",
    ForwardAgent: "no", ClearAllForwardings: "yes", PermitLocalCommand: "no", User: "root", Port: "22", ConnectTimeout: "15",
  });
});

it("a user's file comes after ours, and only where the connection has no key of its own", () => {
  const text = renderConfig(hop, files("/run/x"));
  expect(text.startsWith("Host db1.example.org\n")).toBe(true);
  expect(text.trimEnd().split("\n").slice(-3)).toEqual(["Match all", "Include ~/.ssh/config", "Include /etc/ssh/ssh_config"]);
  const whole = renderConfig({ ...hop, privateKey: new Secret("KEY") }, files("/run/x"));
  expect(whole).not.toMatch(/Include|KEY/);
  expect(settings(whole)).toMatchObject({ IdentityAgent: '"/run/x/agent"', IdentityFile: "none", PreferredAuthentications: "publickey" });
});

it("a pinned RSA key is never accepted with SHA-1", () => {
  const rsa = `ssh-rsa ${Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from("ssh-rsa"), Buffer.alloc(300, 7)]).toString("base64")}`;
  expect(settings(renderConfig({ ...hop, hostKeys: [rsa, KEY] }, files("/x")))["HostKeyAlgorithms"]).toBe("rsa-sha2-512,rsa-sha2-256,ssh-ed25519");
});

it("a jump host is a program with files of its own, quoted for the shell and for OpenSSH", () => {
  const jump = { hop: { host: "2001:db8::1", hostKeys: [KEY] }, files: files("/run/a b%c") };
  expect(settings(renderConfig(hop, files("/run/x"), jump))["ProxyCommand"]).toBe("ssh -F '/run/a b%%c/config' -E '/run/a b%%c/log' -W [%h]:%p -- 2001:db8::1");
  expect(settings(renderConfig(jump.hop, jump.files))["UserKnownHostsFile"]).toBe('"/run/a b%%c/known_hosts"');
});

it("names the hop as a person writes it", () => {
  expect(hopName(hop)).toBe("root@db1.example.org:22");
  expect(hopName({ ...hop, host: "2001:db8::1", user: "admin", port: 2222 })).toBe("admin@[2001:db8::1]:2222");
});
