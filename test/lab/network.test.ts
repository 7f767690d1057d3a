import { renderNetwork } from "../../src/lab/network";
import { planLab } from "../../src/lab/plan";

const batches = renderNetwork("0badcafe", planLab(["h1"]));

it("has one namespace for the fabric and one for each client, all named by the lab's id", () => {
  expect(batches.map((batch) => batch.namespace)).toEqual(["fabric", "control", "app", "ops", "outside"].map((part) => `pgrampart-0badcafe-${part}`));
});

it("has no default route anywhere", () => {
  const lines = batches.flatMap((batch) => batch.lines);
  expect(lines.filter((line) => /default|0\.0\.0\.0|[ ]::\/0/.test(line))).toEqual([]);
});

it("joins a client to the fabric and lets it reach the hosts", () => {
  expect(batches[0]?.lines).toContain("link add app type veth peer name eth0 netns pgrampart-0badcafe-app");
  expect(batches.find((batch) => batch.namespace.endsWith("-app"))?.lines).toEqual([
    "link set lo up",
    "address add 10.77.10.2/24 dev eth0",
    "address add fd77:0:0:10::2/64 dev eth0 nodad",
    "link set eth0 up",
    "route add 10.77.0.0/24 via 10.77.10.1",
    "route add fd77::/64 via fd77:0:0:10::1",
  ]);
});

it("fits every interface name into the kernel's 15 characters", () => {
  const names = batches.flatMap((batch) => batch.lines).flatMap((line) => /^link add (\S+)/.exec(line)?.[1] ?? []);
  expect(names.filter((name) => name.length > 15)).toEqual([]);
});
