/** The application's own part: its tables as it first makes them, and who sees which rows and columns of them. */
import type { GrantArgs, RowSecurityArgs } from "../components";

/** Runs once, as the database's owner, when the database is made; later changes are the migrations' of the application. */
export const ordersSchema = `
create table public.tenant (
  name text primary key,
  login text not null
);
create table public.customer_order (
  id bigint generated always as identity primary key,
  tenant text not null references public.tenant,
  item text not null,
  quantity int not null check (quantity > 0),
  card text
);
create index on public.customer_order (tenant);
`;

/** Reports count and sum; they never see a card. */
export const reportGrants: GrantArgs[] = [
  { on: { kind: "schema", name: "public" }, privileges: ["USAGE"], to: ["orders_report"] },
  { on: { kind: "table", schema: "public", name: "customer_order" }, columns: ["id", "tenant", "item", "quantity"], privileges: ["SELECT"], to: ["orders_report"] },
];

/** The application says for whom it works in `orders.tenant`; what it does not say, it does not see. */
const ofTenant = "tenant = current_setting('orders.tenant', true)";

export const tenantPolicies: RowSecurityArgs[] = [
  {
    schema: "public",
    table: "customer_order",
    policies: [
      { name: "tenant_reads_and_writes_its_own", roles: ["orders_writer"], using: ofTenant, withCheck: ofTenant },
      { name: "reports_see_every_tenant", command: "SELECT", roles: ["orders_report"], using: "true" },
      { name: "owner_sees_all", roles: ["orders_owner"], using: "true" },
    ],
  },
];
