/** Exact bytes of a host's files, locked by files a reviewer can read. */
import { hostFiles } from "../../src/diff/host-files";
import { rulesetPaths } from "../../src/model/ruleset";
import { reveal } from "../../src/model/secret";
import { renderAccount, renderAccountChange, renderInstallation } from "../../src/render/host";
import { renderFirewallUnit, renderNftablesDropIn, renderUnit } from "../../src/render/service";
import { expectGolden } from "../support/golden";
import { desiredHost } from "../support/host";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlZ0f3YjV7f4hPyvJmE3n2J0W7o1m2b8Y9kQ0c5X6Zz somebody's";
const files = new Map(hostFiles(desiredHost({
  accounts: [{ name: "deploy", authorizedKeys: [KEY], sudo: "all" }], unattendedUpgrades: true, kernelParameters: { "net.ipv4.conf.all.rp_filter": 2, "vm.swappiness": 1 },
  postgresql: { writablePaths: ["/srv/tablespaces"] },
})).map(({ path, content }) => [path.replaceAll("/", "+").slice(1), reveal(content)]));
files.set("pgrampart-firewall.service", renderFirewallUnit("pgrampart", rulesetPaths("pgrampart")));
files.set("nftables.service.d+pgrampart.conf", renderNftablesDropIn(rulesetPaths("pgrampart")));

it.each([...files])("renders %s as in its golden file", (name, text) => {
  expectGolden(`host/${name}`, text);
});

it("an installation starts nothing, removes nothing, keeps configuration files, and fetches lists only when it must", () => {
  const { script: { masked }, title } = renderInstallation([{ name: "postgresql-17", version: null }, { name: "nftables", version: "1.1.3-1" }]);
  expect(title).toBe("installing postgresql-17, nftables=1.1.3-1");
  expect(masked).toMatch(/apt-get install -q -y --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold .* postgresql-17 nftables=1\.1\.3-1/);
  expect(masked).toMatch(/install \|\| \{ apt-get update -q >\/dev\/null && install; \}/);
  expect(masked).toMatch(/\*" start "\*\) exit 101/);
  expect(masked).toMatch(/umask 022/);
});

it("spells accounts for useradd and usermod", () => {
  expect(renderAccount({ name: "a", uid: 2000, group: "a", groups: ["b", "c"], home: "/srv/a", shell: "/bin/sh" }).masked)
    .toBe("{ getent group a >/dev/null || groupadd --gid 2000 a; } && useradd --create-home --home-dir /srv/a --shell /bin/sh --gid a --uid 2000 --groups b,c a");
  expect(renderAccountChange({ name: "a", groups: [], isExpired: false, isLocked: true }).masked).toBe("usermod --groups '' --lock --expiredate '' a");
});

it.each(["a\nExecStart=/bin/evil", "100%", "a\\"])("a unit file cannot hold %j", (value) => {
  expect(() => renderUnit([["Service", [["Environment", value]]]])).toThrow(/cannot hold/);
});
