/**
 * A Firewall on a host of the lab: real packets from the lab's client networks, IPv4 and IPv6, before and after each
 * change. Run inside the lab; uses host h1.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sh } from "../../src/render/shell";
import { firewallKind } from "../../src/provider/firewall";
import { lab, labHost } from "../support/lab";
import { LiveHost } from "../support/live-resource";

jest.setTimeout(300_000);
const run = promisify(execFile);

const MANAGEMENT = ["10.77.1.0/24", "fd77:0:0:1::/64"];
const APP = ["10.77.10.0/24", "fd77:0:0:10::/64"];
const postgresql = { name: "postgresql", ports: [5432], sources: APP };
const base = { managementNetworks: MANAGEMENT, services: [postgresql] };

const host = labHost("h1");
let live: LiveHost;

/** What a client sees of a TCP port: it opens, is answered with a refusal, or hears nothing. */
async function tries(client: string, port: number, family: "ipv4" | "ipv6"): Promise<"open" | "refused" | "silent"> {
  const namespace = lab().clients.find(({ name }) => name === client)?.namespace ?? "";
  const script = `const s=require("net").connect(${port},${JSON.stringify(host[family])});s.setTimeout(1500,()=>{console.log("silent");s.destroy()});s.on("connect",()=>{console.log("open");s.destroy()});s.on("error",()=>console.log("refused"))`;
  const { stdout } = await run("nsenter", [`--net=/run/netns/${namespace}`, process.execPath, "-e", script]);
  return stdout.trim() as "open" | "refused" | "silent";
}

const both = async (client: string, port: number): Promise<string> => (await Promise.all([tries(client, port, "ipv4"), tries(client, port, "ipv6")])).join(" ");

/** Listeners that stand for services; nothing else on the host has these ports. */
const LISTEN = sh`for port in 5432 5999 8080; do
systemctl is-active --quiet try-$port || systemd-run --quiet --unit=try-$port perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => $ARGV[0], Listen => 9, V6Only => 0, ReuseAddr => 1) or die; while (1) { my $c = $s->accept; close $c if $c }' $port
done
sleep 0.5`;
const CLEAN = sh`nft delete table ip foreign 2>/dev/null; for port in 5432 5999 8080; do systemctl stop try-$port 2>/dev/null; done; :`;

beforeAll(async () => {
  live = new LiveHost("h1");
  await live.run(LISTEN);
});

afterAll(async () => {
  await live.run(CLEAN);
  await live.resource(firewallKind, base).retire();
  await live.close();
});

it("TEL-01 TEL-06 TEL-09 SPG-14 SPG-15 only the application's networks reach 5432, everything else is silence, in both families", async () => {
  expect(await both("outside", 5432)).toBe("open open");
  await live.resource(firewallKind, base).up();
  expect(await both("app", 5432)).toBe("open open");
  expect(await both("ops", 5432)).toBe("silent silent");
  expect(await both("outside", 5432)).toBe("silent silent");
  expect(await both("app", 5999)).toBe("silent silent");
  expect(await both("control", 5999)).toBe("silent silent");
});

it("TEL-03 SSH is open to the management networks and to nobody else", async () => {
  await live.resource(firewallKind, base).up();
  expect(await both("control", 22)).toBe("open open");
  expect(await both("app", 22)).toBe("silent silent");
  expect(await both("outside", 22)).toBe("silent silent");
});

it("SPG-16 refused traffic is answered where that is chosen, for everything or for one service", async () => {
  await live.resource(firewallKind, { ...base, refuse: "reject" }).up();
  expect(await both("outside", 5432)).toBe("refused refused");
  expect(await both("outside", 22)).toBe("refused refused");
  await live.resource(firewallKind, { ...base, services: [postgresql, { name: "others", ports: [5432, "5990-5999"], action: "reject" }] }).up();
  expect(await both("app", 5432)).toBe("open open");
  expect(await both("outside", 5432)).toBe("refused refused");
  expect(await both("app", 5999)).toBe("refused refused");
  expect(await both("outside", 8080)).toBe("silent silent");
});

it("SPG-13 the first service that matches decides; a network of one family opens nothing in the other", async () => {
  await live.resource(firewallKind, { ...base, services: [
    { name: "not-this-one", ports: [5432], sources: ["10.77.10.2"], action: "drop" }, postgresql,
    { name: "four", ports: [5999], sources: ["10.77.0.0/16"] }, { name: "web", ports: [8080], allowAnywhere: "a status page for everybody" },
  ] }).up();
  expect(await both("app", 5432)).toBe("silent open");
  expect(await both("ops", 5999)).toBe("open silent");
  expect(await both("outside", 8080)).toBe("open open");
});

it("TEL-02 TEL-05 SPG-12 the host's own connections go out and their answers come in, unless outbound is a list", async () => {
  const reaches = (address: string, port: number): Promise<string> => live.run(sh`perl -MIO::Socket::IP -e 'print IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1], Timeout => 2) ? "open" : "no: $!"' ${address} ${port}`);
  await live.resource(firewallKind, base).up();
  const neighbour = labHost("h2");
  expect([await reaches(neighbour.ipv4, 22), await reaches(neighbour.ipv6, 22)]).toEqual(["open", "open"]);
  await live.resource(firewallKind, { ...base, outbound: [{ name: "ssh", ports: [22], destinations: [neighbour.ipv4] }] }).up();
  expect(await reaches(neighbour.ipv4, 22)).toBe("open");
  expect(await reaches(neighbour.ipv6, 22)).not.toBe("open");
  expect(await both("app", 5432)).toBe("open open");
});

it("ping is answered up to its limit, and not at all where nobody may", async () => {
  const namespace = lab().clients.find(({ name }) => name === "outside")?.namespace ?? "";
  const pings = async (address: string): Promise<number> => {
    const script = "use Net::Ping; my $p = Net::Ping->new(index($ARGV[0], ':') < 0 ? 'icmp' : 'icmpv6', 0.02); my $n = 0; for (1 .. 25) { $n++ if $p->ping($ARGV[0]) } print $n";
    const { stdout } = await run("nsenter", [`--net=/run/netns/${namespace}`, "perl", "-e", script, address]);
    return Number(stdout);
  };
  await live.resource(firewallKind, { ...base, icmp: { echoPerSecond: 5 } }).up();
  for (const address of [host.ipv4, host.ipv6]) {
    const answered = await pings(address);
    expect(answered).toBeGreaterThanOrEqual(5);
    expect(answered).toBeLessThan(15);
  }
  await live.resource(firewallKind, { ...base, icmp: { echo: "nobody" } }).up();
  expect([await pings(host.ipv4), await pings(host.ipv6)]).toEqual([0, 0]);
});

it("tables of others stay byte for byte, and are shown", async () => {
  await live.run(sh`nft -f - <<'END'
table ip foreign {
set s { type ipv4_addr; elements = { 10.1.2.3 }; }
chain c { type filter hook input priority 50; policy accept; ip saddr @s drop; }
}
END`);
  const listing = sh`nft list table ip foreign`;
  const before = await live.run(listing);
  const observed = await live.resource(firewallKind, { ...base, refuse: "reject" }).up();
  await live.resource(firewallKind, base).up();
  expect(await live.run(listing)).toBe(before);
  expect(observed.foreignTables).toEqual([{ family: "ip", name: "foreign", sha256: expect.any(String) as string, inputChains: ["c input 50 policy accept"] }]);
  await live.run(sh`nft add element ip foreign s '{ 10.9.9.9 }'`);
  expect((await live.resource(firewallKind, base).read())?.foreignTables).toEqual(observed.foreignTables);
  await live.run(sh`nft add rule ip foreign c tcp dport 5432 drop`);
  expect((await live.resource(firewallKind, base).read())?.foreignTables).not.toEqual(observed.foreignTables);
  await live.run(sh`nft delete table ip foreign`);
});

it.each([
  ["a rule by hand", sh`nft insert rule inet pgrampart input tcp dport 5432 accept`, "observed.chains.input.rules[0]"],
  ["a rule taken away", sh`nft -a list chain inet pgrampart input | sed -n 's/.*ct state invalid.*handle //p' | xargs -I{} nft delete rule inet pgrampart input handle {}`, "observed.chains.input[\"invalid\"]"],
  ["a source added", sh`nft add element inet pgrampart postgresql_ipv4 '{ 203.0.113.0/24 }'`, "services[0].sources"],
  ["a policy changed", sh`nft chain inet pgrampart input '{ policy accept; }'`, "observed.chains.input"],
  ["the table gone", sh`nft delete table inet pgrampart`, "table"],
  ["everything flushed", sh`nft flush ruleset`, "table"],
  ["a map of somebody's", sh`nft add map inet pgrampart m '{ type ipv4_addr : verdict; }'`, "observed.foreign[0]"],
  ["a chain of somebody's", sh`nft add chain inet pgrampart extra`, "observed.chains.extra"],
  ["the file edited", sh`echo >> /etc/pgrampart/pgrampart.nft`, "observed.files[\"/etc/pgrampart/pgrampart.nft\"]"],
  ["the file's mode", sh`chmod 666 /etc/pgrampart/pgrampart.nft`, "observed.files[\"/etc/pgrampart/pgrampart.nft\"]"],
  ["the unit off", sh`systemctl disable --quiet pgrampart-firewall`, "observed.unit"],
])("drift: %s is found and repaired", async (_, act, path) => {
  const firewall = live.resource(firewallKind, base);
  await firewall.up();
  await live.run(act);
  expect((await firewall.drift()).map((change) => change.path)).toContain(path);
  await firewall.up();
  expect(await both("outside", 5432)).toBe("silent silent");
});

it("a declaration that leaves out the way in is refused before anything is touched", async () => {
  const firewall = live.resource(firewallKind, base);
  const before = await firewall.up();
  await expect(live.resource(firewallKind, { ...base, managementNetworks: ["10.99.0.0/16"] }).up()).rejects.toThrow(/comes from 10\.77\.1\.2, which is in none of managementNetworks/);
  await expect(live.resource(firewallKind, { ...base, sshPorts: [2222] }).up()).rejects.toThrow(/uses port 22 of the host, which is not among sshPorts/);
  expect(await firewall.read()).toEqual(before);
});

it("TEL-08 a ruleset that cuts SSH and passed every check comes back by itself, and the update says so", async () => {
  const firewall = live.resource(firewallKind, base);
  const before = await firewall.up();
  const cutting = live.resource(firewallKind, { ...base, managementNetworks: ["10.99.0.0/16"] });
  const plan = firewallKind.plan(before, cutting.desired);
  await expect(live.apply({ ...plan, validate: [] })).rejects.toThrow(/the host is as it was before/);
  expect(await firewall.read()).toEqual(before);
  expect(await both("control", 22)).toBe("open open");
});

it("every verb of Debian's nftables.service flushes all tables, and ours is back at once", async () => {
  const firewall = live.resource(firewallKind, base);
  await firewall.up();
  for (const verb of ["start", "reload", "restart", "stop"]) {
    await live.run(sh`systemctl ${verb} nftables`);
    expect([verb, await firewall.drift()]).toEqual([verb, []]);
  }
});

it("a reboot keeps the rules; a ruleset that does not load leaves the closed one in force", async () => {
  const firewall = live.resource(firewallKind, base);
  await firewall.up();
  await live.reboot();
  live = new LiveHost("h1");
  await live.run(LISTEN);
  expect(await live.resource(firewallKind, base).drift()).toEqual([]);
  await live.run(sh`echo broken > /etc/pgrampart/pgrampart.nft`);
  await live.reboot();
  live = new LiveHost("h1");
  await live.run(LISTEN);
  expect(await both("app", 5432)).toBe("silent silent");
  expect(await both("control", 22)).toBe("open open");
  expect((await live.resource(firewallKind, base).drift()).map(({ path }) => path)).toEqual(["services[0]", "observed.unit"]);
  await live.resource(firewallKind, base).up();
  expect(await both("app", 5432)).toBe("open open");
});

it("retiring leaves nothing of ours and everything of others", async () => {
  await live.resource(firewallKind, base).up();
  await live.run(sh`nft add table ip foreign`);
  await live.resource(firewallKind, base).retire();
  expect(await live.run(sh`nft list ruleset; ls -d /etc/pgrampart /etc/systemd/system/*firewall* /etc/systemd/system/*/*firewall* /etc/systemd/system/nftables.service.d 2>/dev/null; :`)).toBe("table ip foreign {\n}\n");
  expect(await live.resource(firewallKind, base).read()).toBeNull();
  expect(await both("outside", 5432)).toBe("open open");
});
