import { hostKeyAlgorithms, parseHostKey } from "../../src/model/host-key";

const BASE64 = "AAAAC3NzaC1lZDI1NTE5AAAAIAURkfna9ghWXb6nuw6MMUUG4HIwyc5Xbz17+bMiBDpM";

it.each([`ssh-ed25519 ${BASE64}`, `ssh-ed25519 ${BASE64} root@db 1`, ` ssh-ed25519\t${BASE64}\n`])("reads %j", (line) => {
  expect(parseHostKey(line)).toEqual({ type: "ssh-ed25519", base64: BASE64 });
});

it.each([
  ["nothing", ""], ["a type alone", "ssh-ed25519"], ["another type's bytes", `ssh-rsa ${BASE64}`], ["a cut key", `ssh-ed25519 ${BASE64.slice(0, 30)}`],
  ["a known_hosts line", `db1 ssh-ed25519 ${BASE64}`], ["DSA", "ssh-dss AAAAB3NzaC1kc3MAAACBAAAA"], ["a fingerprint", "SHA256:abc"], ["two lines", `ssh-ed25519 ${BASE64} a\nssh-ed25519 ${BASE64}`],
])("refuses %s", (_, line) => {
  expect(parseHostKey(line)).toBeNull();
});

it("gives each algorithm once", () => {
  const key = { type: "ssh-rsa", base64: "" };
  expect(hostKeyAlgorithms([key, key])).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
});
