import { machineId, renderHostFiles, renderHostNames, renderHostNetwork } from "../../src/lab/host-files";
import { planLab, type LabHostPlan } from "../../src/lab/plan";

const plan = planLab(["h1", "h2"]);
const h1 = plan.hosts[0] as LabHostPlan;
const identity = { labId: "0badcafe", hostKey: "PRIVATE\n", hostKeyPublic: "ssh-ed25519 HOST", adminKeyPublic: "ssh-ed25519 ADMIN" };

it("names every host in both families, because there is no name server", () => {
  expect(renderHostNames(plan)).toBe(
    "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n10.77.0.11 h1\nfd77::11 h1\n10.77.0.12 h2\nfd77::12 h2\n",
  );
});

it("routes to each client network and nowhere else", () => {
  const network = renderHostNetwork(h1, plan);
  const destinations = [...network.matchAll(/^Destination=(.*)$/gm)].map((match) => match[1]);
  expect(destinations).toEqual(plan.clients.flatMap((client) => [client.network.ipv4, client.network.ipv6]));
  expect(network).not.toMatch(/0\.0\.0\.0\/0|::\/0|^Gateway=(?!10\.77\.0\.1$|fd77::1$)/m);
  expect(network).toContain("[Address]\nAddress=10.77.0.11/24\n");
  expect(network).toContain("[Address]\nAddress=fd77::11/64\nDuplicateAddressDetection=none\n");
});

it("keeps private what is private", () => {
  const modes = Object.fromEntries(renderHostFiles(h1, plan, identity).map((file) => [file.path, file.mode.toString(8)]));
  expect(modes["etc/ssh/ssh_host_ed25519_key"]).toBe("600");
  expect(modes["home/admin/.ssh/authorized_keys"]).toBe("600");
});

it("gives each host of each lab a machine-id of its own, for good", () => {
  expect(machineId("0badcafe", "h1")).toMatch(/^[0-9a-f]{32}$/);
  expect(machineId("0badcafe", "h1")).toBe(machineId("0badcafe", "h1"));
  expect(new Set([machineId("0badcafe", "h1"), machineId("0badcafe", "h2"), machineId("0badcaff", "h1")]).size).toBe(3);
});
