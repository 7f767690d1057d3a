/**
 * Drift in every managed thing, made by hand all at once on a host: `pulumi refresh` finds each at a path
 * that says where, `pulumi up` repairs each, and then both are silent. What nobody may take away is warned of.
 */
import { Orders } from "../support/orders";

jest.setTimeout(300_000);

const CONFIG = "/etc/postgresql/17/main";
const query = (statement: string): string => `cd / && runuser -u postgres -- psql -X -w -qAt -d orders <<'SQL'\n${statement}\nSQL`;

interface Drift {
  readonly what: string;
  readonly resource: string;
  /** Where the refresh must show it. */
  readonly path: RegExp;
  /** As root on the host. */
  readonly make: string;
  /** Prints what drifts: the same before the drift and after the repair, something else between. */
  readonly look: string;
}

const drift = (resource: string, what: string, path: RegExp, make: string, look: string): Drift => ({ what, resource, path, make, look });

const DRIFTS: readonly Drift[] = [
  drift("orders-host", "a kernel parameter set", /^kernelParameters/, "echo 1 > /proc/sys/net/ipv4/conf/all/accept_redirects", "cat /proc/sys/net/ipv4/conf/all/accept_redirects"),
  drift("orders-host", "the file of kernel parameters edited", /^kernelParameters/, "echo 'net.ipv4.ip_forward = 1' >> /etc/sysctl.d/60-pgrampart.conf", "sha256sum /etc/sysctl.d/60-pgrampart.conf"),
  drift("orders-host", "PGB-14 the mode of a file changed", /^hardenFileModes\["\/etc\/shells"\]$/, "chmod 0666 /etc/shells", "stat -c %a /etc/shells"),
  drift("orders-host", "the unit's sandbox removed", /^postgresql\.sandbox$/, "rm /etc/systemd/system/postgresql@.service.d/60-pgrampart.conf; systemctl daemon-reload", "systemctl show -P NoNewPrivileges postgresql@17-main; ls /etc/systemd/system/postgresql@.service.d"),
  drift("orders-host", "a package removed", /^packages\[1\]$/, "dpkg --remove --force-depends postgresql-17-pgaudit", "ls /usr/lib/postgresql/17/lib | grep pgaudit || true"),
  drift("orders-firewall", "TEL-06 a rule added", /^observed\.chains\.input\.rules\[0\]$/, "nft insert rule inet pgrampart input tcp dport 5432 accept", "nft --stateless list chain inet pgrampart input"),
  drift("orders-firewall", "SPG-14 a network added to a set", /^services\[0\]/, "nft add element inet pgrampart postgresql_ipv4 '{ 203.0.113.0/24 }'", "nft list set inet pgrampart postgresql_ipv4"),
  drift("orders-instance", "TEL-48 a parameter edited in postgresql.conf", /^parameters(\.|\[")log_connections/, `sed -i 's/^log_connections.*/log_connections = off/' ${CONFIG}/postgresql.conf`, `grep ^log_connections ${CONFIG}/postgresql.conf`),
  drift("orders-instance", "TEL-49 a parameter set as ALTER SYSTEM does", /log_disconnections/, "echo \"log_disconnections = 'off'\" >> /var/lib/postgresql/17/main/postgresql.auto.conf; systemctl reload postgresql@17-main", query("show log_disconnections")),
  drift("orders-instance", "PGA-33 the mode of the TLS key changed", /^tls\.privateKey$/, `chmod 0644 ${CONFIG}/tls/*.key`, `stat -c %a ${CONFIG}/tls/*.key`),
  drift("orders-host-based-access", "TEL-26 a line added to pg_hba.conf", /^observed\.records\[\d+\]$/, `sed -i '1i host all all all trust' ${CONFIG}/pg_hba.conf`, `sha256sum ${CONFIG}/pg_hba.conf`),
  drift("orders-host-based-access", "a line added to pg_ident.conf", /^observed\.identMappings\[0\]$/, `echo 'any /^.*$ postgres' >> ${CONFIG}/pg_ident.conf`, `sha256sum ${CONFIG}/pg_ident.conf`),
  drift("orders-roles", "TEL-33 an attribute given to a role", /^roles\[\d+\]\.createrole$/, query("alter role orders_app createrole"), query("select rolcreaterole from pg_roles where rolname = 'orders_app'")),
  drift("orders-roles", "a password given to a role", /^roles\[\d+\]\.password$/, query("alter role orders_app password 'let me in'"), query("select rolpassword is null from pg_authid where rolname = 'orders_app'")),
  drift("orders-roles", "a setting given to a role", /^observed\.roles\.orders_migrate\.settings\.|^roles\[\d+\]\.settings/, query("alter role orders_migrate set row_security = off"), query("select setconfig from pg_db_role_setting s join pg_roles r on r.oid = setrole where rolname = 'orders_migrate' and setdatabase = 0")),
  drift("orders-roles", "TEL-32 a login role made", /^observed\.roles\.intruder/, query("create role intruder login superuser"), query("select count(*) from pg_roles where rolname = 'intruder' and (rolcanlogin or rolsuper)")),
  drift("orders-roles", "TEL-37 a membership given", /^observed\.memberships\.pg_read_all_data\.orders_report$/, query("grant pg_read_all_data to orders_report"), query("select pg_has_role('orders_report', 'pg_read_all_data', 'usage')")),
  drift("orders-roles", "TEL-36 a membership taken away", /^memberships\[\d+\]/, query("revoke orders_writer from orders_app"), query("select pg_has_role('orders_app', 'orders_writer', 'usage')")),
  drift("orders-privileges", "SPG-01 a privilege given to PUBLIC", /^observed\.databases\.orders\["table public\.tenant"\]\.PUBLIC$/, query("grant select on tenant to public"), query("select has_table_privilege('public', 'tenant', 'select')")),
  drift("orders-privileges", "TEL-39 a column given to a role", /^observed\.databases\.orders\["table public\.customer_order"\]\.orders_report/, query("grant select (card) on customer_order to orders_report"), query("select has_column_privilege('orders_report', 'customer_order', 'card', 'select')")),
  drift("orders-privileges", "TEL-40 a declared privilege taken away", /^databases\.orders\.grants\[\d+\]/, query("revoke insert on customer_order from orders_writer"), query("select has_table_privilege('orders_writer', 'customer_order', 'insert')")),
  drift("orders-privileges", "TEL-41 creating in a schema given to PUBLIC", /^observed\.databases\.orders\["schema public"\]\.PUBLIC$/, query("grant create on schema public to public"), query("select has_schema_privilege('public', 'public', 'create')")),
  drift("orders-privileges", "a default privilege given", /^observed\.databases\.orders\./, query("alter default privileges for role orders_owner grant select on tables to public"), query("select count(*) from pg_default_acl, aclexplode(defaclacl) where grantee = 0")),
  drift("orders-privileges", "TEL-44 a policy dropped", /^databases\.orders\.rowSecurity\[0\]\.policies\[\d\]/, query("drop policy owner_sees_all on customer_order"), query("select count(*) from pg_policies")),
  drift("orders-privileges", "TEL-44 a policy changed", /^databases\.orders\.rowSecurity\[0\]\.policies\[\d\]/, query("alter policy tenant_reads_and_writes_its_own on customer_order using (true)"), query("select qual from pg_policies where policyname like 'tenant%'")),
  drift("orders-privileges", "TEL-46 row security no longer binds the owner", /^(observed\.)?databases\.orders\.rowSecurity\[0\]/, query("alter table customer_order no force row level security"), query("select relforcerowsecurity from pg_class where relname = 'customer_order'")),
];

interface Step {
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** Paths of a resource as its provider named them; the engine wraps one that it cannot follow. */
const pathsOf = ({ detailedDiff }: Step): readonly string[] => Object.keys(detailedDiff ?? {}).map((path) => (path.startsWith('["') ? (JSON.parse(path) as string[])[0] ?? "" : path));

let orders: Orders;
const before = new Map<Drift, string>();
const drifted = new Map<Drift, string>();
let found: ReadonlyMap<string, readonly string[]>;
let warnings: string;

const lookAtAll = async (into: Map<Drift, string>): Promise<void> => {
  for (const one of DRIFTS) {
    into.set(one, await orders.onHost(one.look));
  }
};

beforeAll(async () => {
  orders = await Orders.open();
  await orders.up();
  await lookAtAll(before);
  for (const one of DRIFTS) {
    await orders.onHost(one.make);
  }
  await orders.onHost("useradd --create-home --shell /bin/bash --groups sudo eve; install -d -o eve -m 0700 ~eve/.ssh; install -o eve -m 0600 ~admin/.ssh/authorized_keys ~eve/.ssh/; nft add table inet aside");
  await lookAtAll(drifted);
  const { steps } = JSON.parse(await orders.stack.pulumi("refresh", "--preview-only", "--json")) as { readonly steps: readonly Step[] };
  found = new Map(steps.map((step) => [step.urn.split("::").at(-1) ?? "", pathsOf(step)]));
  warnings = await orders.refresh();
});
afterAll(() => orders?.close());

it.each(DRIFTS.map((one) => [one.what, one] as const))("%s: the refresh shows where", (_, one) => {
  expect(drifted.get(one)).not.toBe(before.get(one));
  expect(found.get(one.resource)).toEqual(expect.arrayContaining([expect.stringMatching(one.path)]));
});

it("the refresh warns of ways in that nobody declared and no update takes away", () => {
  expect(warnings).toContain("declared by nobody and left alone: the account eve can log in");
  expect(warnings).toContain("declared by nobody and left alone: the nftables table inet aside");
});

it("the refresh shows no drift of anything else", () => {
  const resources = new Set(DRIFTS.map(({ resource }) => resource));
  expect([...found].filter(([name, paths]) => paths.length > 0 && !resources.has(name))).toEqual([]);
});

describe("after an update", () => {
  const repaired = new Map<Drift, string>();
  let text: string;
  beforeAll(async () => {
    text = await orders.up();
    await lookAtAll(repaired);
  });

  it.each(DRIFTS.map((one) => [one.what, one] as const))("%s: is as it was", (_, one) => {
    expect(repaired.get(one)).toBe(before.get(one));
  });

  it("every resource that drifted was changed and no other one", () => {
    expect(text).toMatch(new RegExp(`~ ${new Set(DRIFTS.map(({ resource }) => resource)).size} updated`));
  });

  it("what nobody declared is still there: it is somebody's", async () => {
    expect(await orders.onHost("id -un eve; nft list tables")).toMatch(/eve[^]*table inet aside/);
  });

  it("refresh and update are silent", async () => {
    expect(await orders.refresh("--expect-no-changes")).toMatch(/\d+ unchanged/);
    expect(await orders.up("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });
});
