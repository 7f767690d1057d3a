/** The answer of a real Debian 13, captured, and what it is read as. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hostKind } from "../../src/provider/host";
import { desiredHost } from "../support/host";

const desired = desiredHost({
  packages: ["sudo", "nftables", "absent-package"], groups: [{ name: "adm" }], accounts: [{ name: "daemon" }, { name: "nobody-here" }],
  services: [{ unit: "ssh.service" }, { unit: "absent.service" }], kernelParameters: { "net.ipv4.tcp_rmem": "1 2 3", "net.absent.key": 1 }, files: [{ path: "/etc/hostname", content: "x" }],
});
const captured = readFileSync(join(__dirname, "../captured/host/bare.txt"), "utf8");
const probe = hostKind.probe(desired);
const observed = probe.parse(captured);

it("reads packages, groups and accounts that are there, and no others", () => {
  expect(observed).toMatchObject({
    release: "debian 13",
    packages: [{ name: "nftables", version: "1.1.3-1" }, { name: "sudo", version: "1.9.16p2-3+deb13u2" }],
    groups: [{ name: "adm", gid: 4 }],
    accounts: [{ name: "daemon", uid: 1, group: "daemon", groups: [], home: "/usr/sbin", shell: "/usr/sbin/nologin", password: "locked", isExpired: false }],
    services: [{ unit: "ssh.service", isEnabled: true, isMasked: false, isRunning: true }, { unit: "absent.service", isEnabled: false, isMasked: false, isRunning: false }],
  });
});

it.each([
  ["net.ipv4.ip_forward", "0", true], ["net.ipv4.tcp_rmem", "4096 131072 33554432", true], ["kernel.kptr_restrict", "0", false], ["kernel.yama.ptrace_scope", null, false], ["net.absent.key", null, false],
])("reads the kernel parameter %s", (name, value, isWritable) => {
  expect(observed.kernelParameters.find((one) => one.name === name)).toEqual({ name, value, isWritable });
});

it("reads files, modes and what nobody declared", () => {
  expect(observed.files).toEqual([{ path: "/etc/hostname", owner: "root", group: "root", mode: "0644", sha256: "bca117e409063f4c18bda5113cba607ffba3b412328a606c453142304acf54fb" }]);
  expect(observed.modes.find(({ path }) => path === "/etc/shadow")).toEqual({ path: "/etc/shadow", owner: "root", group: "shadow", mode: "0640" });
  expect(observed.undeclared).toEqual({
    accounts: ["admin"],
    sudoers: ["/etc/sudoers.d/admin: admin ALL=(ALL:ALL) NOPASSWD: ALL", "/etc/sudoers: %sudo ALL=(ALL:ALL) ALL", "/etc/sudoers: root ALL=(ALL:ALL) ALL"],
    sockets: ["tcp 0.0.0.0:22 sshd", "tcp [::]:22 sshd"],
  });
  expect([observed.manifest, observed.unsandboxed, observed.isInstallationGuardLeft]).toEqual([[], [], false]);
});

it("shows no socket of PostgreSQL's own, and no passing one", () => {
  const sockets = [
    "tcp LISTEN 0 200 0.0.0.0:5432 0.0.0.0:* users:((\"postgres\",pid=1,fd=6))", "tcp LISTEN 0 200 127.0.0.1:2345 0.0.0.0:* users:((\"pgagroal\",pid=1,fd=6))",
    "udp UNCONN 0 0 0.0.0.0:49152 0.0.0.0:* users:((\"resolver\",pid=1,fd=6))", "udp UNCONN 0 0 0.0.0.0:111 0.0.0.0:* users:((\"rpcbind\",pid=1,fd=6))", "tcp LISTEN 0 1 *:9 *:*",
  ].map((line) => `socket ${line}\n`).join("");
  const parts = captured.split("\u001e");
  parts[parts.length - 2] = sockets;
  expect(probe.parse(parts.join("\u001e")).undeclared).toEqual({ accounts: [], sudoers: [], sockets: ["tcp *:9 kernel", "udp 0.0.0.0:111 rpcbind"] });
});

it("never asks for a password's hash, nor for content", () => {
  expect(probe.script.masked).not.toMatch(/cat \/etc\/(shadow|hostname)|getent shadow \|/);
});

it("refuses an answer that was cut off", () => {
  expect(() => probe.parse(captured.slice(0, 200))).toThrow(/expected 12 answers/);
});
