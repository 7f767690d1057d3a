/**
 * The whole way, proven: a bare host, one `pulumi up` of the example stack, and then everything that must and must not
 * work, tried for real from real client addresses. Needs a lab.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { declareAgain, findDoors } from "../../src/cli/proof";
import { HostEffects } from "../../src/provider/hosts";
import type { KeyPair } from "../../src/verify/forgery";
import { conninfo } from "../../src/verify/reach";
import type { Finding } from "../../src/verify/report";
import { Wallet } from "../../src/verify/wallet";
import { Orders } from "../support/orders";
import { ROOT } from "../support/stack";

jest.setTimeout(300_000);

let orders: Orders;
let wallet: Wallet;
let leaver: KeyPair;

beforeAll(async () => {
  orders = await Orders.open();
  await orders.up();
  const resources = await orders.stack.export();
  const [door] = findDoors(await declareAgain(resources, new HostEffects(() => 0)), resources);
  wallet = new Wallet((door as NonNullable<typeof door>).credentials);
});
afterAll(() => {
  wallet?.close();
  orders?.close();
});

/** psql as a role of the stack, with its own credentials, from where it may come. */
async function as(role: "orders_app" | "orders_report" | "orders_migrate", statement: string): Promise<string> {
  const own = { kind: "own", role } as const;
  const files = await wallet.parameters({
    identity: own, password: role === "orders_report" ? own : { kind: "none" }, trust: "stack", code: "", title: "", from: "", parameters: {}, expected: "admitted", isSilent: false,
  });
  const parameters = { host: "h1", hostaddr: orders.host.ipv4, user: role, dbname: "orders", sslmode: "verify-full", ...files };
  const { status, stdout, stderr } = await orders.vantage(role === "orders_app" ? "app" : "ops").run(["psql", "-X", "-w", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement, conninfo(parameters)], {});
  return status === 0 ? stdout.trim() : stderr.trim();
}

/** `pgrampart verify`, run where a pipeline would run it. */
function verify(): { readonly status: number | null; readonly findings: readonly Finding[]; readonly untried: readonly string[]; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(join(ROOT, "bin/pgrampart"), ["verify", "--stack", "dev", "--json"], { cwd: orders.stack.folder, env: orders.stack.environment, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status === 2) {
    throw new Error(stderr);
  }
  return { status, stderr, ...(JSON.parse(stdout) as { findings: Finding[]; untried: string[] }) };
}

describe("a certificate that is withdrawn", () => {
  const tryLeaver = async (): Promise<string> => {
    const files = { sslcert: join(orders.stack.folder, "leaver.crt"), sslkey: join(orders.stack.folder, "leaver.key"), sslrootcert: join(orders.stack.folder, "root.crt") };
    const parameters = { host: "h1", hostaddr: orders.host.ipv4, user: "orders_app", dbname: "orders", sslmode: "verify-full", ...files };
    const { stdout, stderr } = await orders.vantage("app").run(["psql", "-X", "-w", "-Atc", "select session_user", conninfo(parameters)], {});
    return (stdout + stderr).trim();
  };

  it("SPG-25 gets in until the update that revokes it, and is refused after it", async () => {
    leaver = await (await orders.forger()).sign({ commonName: "orders_app" });
    orders.stack.write("leaver.crt", leaver.certificate);
    orders.stack.writePrivate("leaver.key", leaver.privateKey.reveal());
    orders.stack.write("root.crt", await orders.stack.pulumi("stack", "output", "serverTrust"));
    expect(await tryLeaver()).toBe("orders_app");
    await orders.stack.configure("orders:revoked[0]", leaver.certificate, "plaintext");
    await orders.up();
    expect(await tryLeaver()).toMatch(/alert certificate revoked/);
  });
});

describe("pgrampart verify", () => {
  let proof: ReturnType<typeof verify>;
  beforeAll(() => {
    proof = verify();
  });
  /** What was found under the code and the words; none is no proof. */
  const found = (code: string, words: RegExp): readonly Finding[] => proof.findings.filter((finding) => finding.code === code && words.test(finding.title));

  it("proves everything and leaves nothing untried", () => {
    expect(proof.findings.filter(({ passed }) => !passed)).toEqual([]);
    expect([proof.status, proof.untried]).toEqual([0, []]);
  });

  it.each([
    ["TEL-27", /^orders_app with everything right \(IPv[46]\), from app$/, "admitted: orders_app"],
    ["TEL-20", /^orders_report with everything right \(IPv[46]\), from ops$/, "admitted: orders_report"],
    ["SPG-14", /but the network \(IPv4\), from outside$/, "refused: timeout expired"],
    ["SPG-15", /but the network \(IPv6\), from outside$/, "refused: timeout expired"],
    ["TEL-09", /^orders_app with everything right but the network .* from ops$/, "pg_hba.conf rejects connection"],
    ["TEL-28", /^orders_(app|report) without a certificate/, "connection requires a valid client certificate"],
    ["SPG-27", /with a certificate of another authority/, "alert unknown ca"],
    ["TEL-21", /with the server's own certificate/, "alert unknown ca"],
    ["SPG-25", /with a revoked certificate/, "alert certificate revoked"],
    ["TEL-53", /with an expired certificate/, "alert certificate expired"],
    ["TEL-22", /with a valid certificate of somebody else/, "authentication failed for user"],
    ["SPG-18", /in plaintext/, "no encryption"],
    ["TEL-25", /over TLS 1\.2/, "alert protocol version"],
    ["TEL-28", /with a password instead of a certificate/, "connection requires a valid client certificate"],
    ["PAF-10", /with a wrong password/, "password authentication failed"],
    ["TEL-35", /the superuser, from where/, "pg_hba.conf rejects connection"],
    ["SPG-01", /as a standby that copies everything/, "pg_hba.conf rejects replication connection"],
    ["TEL-29", /to a server that is named otherwise/, "does not match host name"],
    ["TEL-01", /^1040 TCP ports, from outside \(IPv4\)/, "open: none; all others silent"],
    ["TEL-04", /^1040 TCP ports, from app \(IPv4\)/, "open: 5432; all others silent"],
    ["TEL-03", /^1040 TCP ports, from control \(IPv4\)/, "open: 22; all others silent"],
    ["SPG-15", /^1040 TCP ports, from outside \(IPv6\)/, "open: none; all others silent"],
    ["baseline:ssl_min_protocol_version", /CIS 6\.8/, "TLSv1.3"],
    ["TEL-34", /^orders_app in orders$/, "exactly what is declared"],
  ])("%s %s", (code, words, observed) => {
    const findings = found(code, words).length > 0 ? found(code, words) : found("TEL-01", words);
    expect(findings.length).toBeGreaterThan(0);
    findings.forEach((finding) => expect(finding.observed).toContain(observed));
  });

  it("says what it does on standard error while it does it, and keeps standard output for data", () => {
    expect(proof.stderr).toMatch(/trying \d+ logins to orders-instance: done/);
  });

  it("leaves no key behind", () => {
    expect(spawnSync("sh", ["-c", "ls -d /tmp/pgrampart-proof-* 2>/dev/null | grep -v . ; true"], { encoding: "utf8" }).stdout).toBe("");
  });
});

describe("what each role can do in SQL", () => {
  const acme = "set orders.tenant = 'acme';";
  beforeAll(() => orders.sql("orders", "insert into tenant values ('acme', 'a'), ('globex', 'g'); insert into customer_order (tenant, item, quantity, card) values ('globex', 'bomb', 1, '4242');"));

  it.each([
    ["TEL-44 writes rows of its tenant", "orders_app", `${acme} insert into customer_order (tenant, item, quantity, card) values ('acme', 'pen', 2, '1234') returning item`, "pen"],
    ["TEL-45 reads rows of its tenant", "orders_app", `${acme} select string_agg(item, ',') from customer_order`, "pen"],
    ["TEL-43 reads nothing when it says no tenant", "orders_app", "select count(*) from customer_order", "0"],
    ["TEL-40 changes rows of its tenant", "orders_app", `${acme} update customer_order set quantity = 3 returning quantity`, "3"],
    ["TEL-45 changes no row of another tenant", "orders_app", `${acme} update customer_order set quantity = 9 where tenant = 'globex' returning id`, ""],
    ["TEL-45 deletes no row of another tenant", "orders_app", `${acme} delete from customer_order where tenant = 'globex' returning id`, ""],
    ["TEL-38 the report reads every tenant's orders", "orders_report", "select string_agg(item, ',' order by item) from customer_order", "bomb,pen"],
    ["TEL-36 the migration acts as the owner", "orders_migrate", "select current_user", "orders_owner"],
    ["TEL-46 the owner is bound by policies, and has one", "orders_migrate", "select count(*) from customer_order", "2"],
    ["TEL-36 the migration makes a table", "orders_migrate", "create table invoice (id int primary key, total int); insert into invoice values (1, 10); select tableowner from pg_tables where tablename = 'invoice'", "orders_owner"],
    ["TEL-41 a new table is the application's through default privileges", "orders_app", "insert into invoice values (2, 20); update invoice set total = 21 where id = 2; select sum(total) from invoice", "31"],
    ["TEL-36 the migration makes a function", "orders_migrate", "create function secret_sum() returns bigint language sql return (select sum(total) from invoice); select secret_sum()", "31"],
    ["TEL-41 a new function is the application's through default privileges", "orders_app", "select secret_sum()", "31"],
  ] as const)("%s", async (_, role, statement, answer) => {
    expect(await as(role, statement)).toBe(answer);
  });

  it.each([
    ["TEL-44 rows of another tenant are not written", "orders_app", `${acme} insert into customer_order (tenant, item, quantity) values ('globex', 'x', 1)`, /new row violates row-level security policy/],
    ["TEL-44 rows are not moved to another tenant", "orders_app", `${acme} update customer_order set tenant = 'globex'`, /new row violates row-level security policy/],
    ["TEL-40 TRUNCATE is not among the application's privileges", "orders_app", "truncate customer_order", /permission denied for table customer_order/],
    ["TEL-41 the application makes no table", "orders_app", "create table mine ()", /permission denied for schema public/],
    ["SPG-01 the application makes no temporary table", "orders_app", "create temp table mine ()", /permission denied to create temporary tables/],
    ["TEL-46 the application does not touch policies", "orders_app", "drop policy owner_sees_all on customer_order", /must be owner of/],
    ["TEL-46 the application does not switch row security off", "orders_app", "alter table customer_order disable row level security", /must be owner of/],
    ["TEL-37 the application does not become the owner", "orders_app", "set role orders_owner", /permission denied to set role/],
    ["TEL-37 the application does not become the group it is in", "orders_app", "set role orders_writer", /permission denied to set role/],
    ["TEL-33 the application makes no role", "orders_app", "create role mine", /permission denied to create role/],
    ["TEL-33 the application makes no database", "orders_app", "create database mine", /permission denied to create database/],
    ["SPG-01 the application reads no file of the host", "orders_app", "select pg_read_file('/etc/passwd')", /permission denied for function pg_read_file/],
    ["SPG-01 the application runs no program", "orders_app", "copy tenant to program 'id'", /permission denied to COPY to or from an external program/],
    ["SPG-01 the application reads no verifier", "orders_app", "select rolpassword from pg_authid", /permission denied for table pg_authid/],
    ["TEL-39 the report does not see a card", "orders_report", "select card from customer_order", /permission denied for table customer_order/],
    ["TEL-39 the report does not see whole rows", "orders_report", "select * from customer_order", /permission denied for table customer_order/],
    ["TEL-34 the report does not see a table it was not given", "orders_report", "select * from tenant", /permission denied for table tenant/],
    ["TEL-38 the report changes nothing", "orders_report", "update customer_order set quantity = 0", /permission denied for table customer_order/],
    ["TEL-34 a new table is not the report's", "orders_report", "select * from invoice", /permission denied for table invoice/],
    ["SPG-01 a new function is not PUBLIC's", "orders_report", "select secret_sum()", /permission denied for function secret_sum/],
    ["TEL-33 the migration makes no role", "orders_migrate", "create role mine", /permission denied to create role/],
    ["TEL-33 the migration does not become a superuser", "orders_migrate", "set role postgres", /permission denied to set role/],
  ] as const)("%s", async (_, role, statement, refusal) => {
    expect(await as(role, statement)).toMatch(refusal);
  });
});

describe("afterwards", () => {
  it("a second up and a refresh find nothing to change, although the application has made objects", async () => {
    expect(await orders.up("--expect-no-changes")).toMatch(/\d+ unchanged/);
    expect(await orders.refresh("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  it("verify tells a host that is not as declared, by what is wrong", async () => {
    await orders.onHost("nft insert rule inet pgrampart input tcp dport 5432 accept; echo 'host all all all trust' > /tmp/hba; cat /etc/postgresql/17/main/pg_hba.conf >> /tmp/hba; cat /tmp/hba > /etc/postgresql/17/main/pg_hba.conf");
    await orders.sql("postgres", "select pg_reload_conf()");
    const { status, findings } = verify();
    expect(status).toBe(1);
    const failed = findings.filter(({ passed }) => !passed);
    expect(failed.map(({ code }) => code)).toEqual(expect.arrayContaining(["Firewall", "HostBasedAccess", "SPG-14", "TEL-01", "TEL-28", "TEL-35"]));
    expect(failed.find(({ code }) => code === "TEL-35")?.observed).toBe("admitted: postgres");
    await orders.up("--refresh");
    expect(verify().status).toBe(0);
  });
});
