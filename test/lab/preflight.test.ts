import { refusals } from "../../src/lab/preflight";

const able = { platform: "linux", isRoot: true, missing: [], hasControlGroups: true, canKillControlGroups: true };

it("takes a machine that has everything", () => {
  expect(refusals(able)).toEqual([]);
});

it.each([
  ["not Linux", { platform: "darwin" }, "this is darwin, the lab needs Linux: use a Debian machine or a virtual one"],
  ["not root", { isRoot: false }, "you are not root: run it as root, with sudo for example"],
  ["no systemd-nspawn", { missing: ["systemd-nspawn"] }, "systemd-nspawn missing: apt-get install systemd-container"],
  ["no mmdebstrap", { missing: ["mmdebstrap"] }, "mmdebstrap missing: apt-get install mmdebstrap"],
  ["two programs of one package", { missing: ["ssh", "ssh-keygen"] }, "ssh, ssh-keygen missing: apt-get install openssh-client"],
  ["no control groups", { hasControlGroups: false }, "control groups of version 2 are not mounted: mount -t cgroup2 none /sys/fs/cgroup"],
  ["an old kernel", { canKillControlGroups: false }, "the kernel is older than 5.14: it cannot end a control group as a whole"],
])("refuses: %s", (_, lack, refusal) => {
  expect(refusals({ ...able, ...lack })).toEqual([refusal]);
});

it("names all faults at once", () => {
  expect(refusals({ ...able, isRoot: false, missing: ["mmdebstrap"], hasControlGroups: false })).toHaveLength(3);
});
