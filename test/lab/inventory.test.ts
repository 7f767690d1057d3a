import { clientOf, hostOf, renderInventory, renderKnownHosts, renderSshConfig } from "../../src/lab/inventory";
import { planLab } from "../../src/lab/plan";

const inventory = renderInventory({
  name: "demo",
  id: "0badcafe",
  suite: "trixie",
  image: "/image/root",
  directory: "/labs/demo",
  plan: planLab(["h1", "h2"]),
  hostKeys: { h1: "ssh-ed25519 ONE", h2: "ssh-ed25519 TWO" },
});

it("says how to reach a host", () => {
  expect(hostOf(inventory, "h2")).toEqual({ name: "h2", ipv4: "10.77.0.12", ipv6: "fd77::12", port: 22, hostKeys: ["ssh-ed25519 TWO"] });
  expect(inventory).toMatchObject({ user: "admin", privateKey: "/labs/demo/keys/admin", sshConfig: "/labs/demo/ssh_config" });
});

it("says where a client is", () => {
  expect(clientOf(inventory, "app")).toMatchObject({ namespace: "pgrampart-0badcafe-app", address: { ipv4: "10.77.10.2", ipv6: "fd77:0:0:10::2" } });
});

it("names what there is when asked for what there is not", () => {
  expect(() => hostOf(inventory, "h9")).toThrow(expect.objectContaining({ message: 'lab demo has no host "h9"', remedy: "use one of h1, h2" }) as Error);
  expect(() => clientOf(inventory, "moon")).toThrow(expect.objectContaining({ remedy: "use one of control, app, ops, outside" }) as Error);
});

it("pins every host's key by its name and its addresses", () => {
  expect(renderKnownHosts(inventory)).toBe("h1,10.77.0.11,fd77::11 ssh-ed25519 ONE\nh2,10.77.0.12,fd77::12 ssh-ed25519 TWO\n");
});

it("makes ssh trust the pinned keys and offer the lab's key only", () => {
  const config = renderSshConfig(inventory);
  expect(config).toContain("Host h2\n  HostName 10.77.0.12\n  Port 22\n  HostKeyAlias h2\n");
  for (const line of ["StrictHostKeyChecking yes", "IdentitiesOnly yes", "IdentityFile /labs/demo/keys/admin", "UserKnownHostsFile /labs/demo/known_hosts", "GlobalKnownHostsFile none"]) {
    expect(config).toContain(`  ${line}\n`);
  }
});
