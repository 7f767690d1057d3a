/**
 * One program, three environments (lab, staging, production): a hardened PostgreSQL for an application that takes orders
 * for several tenants. What differs between environments is in stacks/Pulumi.<stack>.yaml.
 */
import * as pulumi from "@pulumi/pulumi";
import { HardenedCluster, type Connection, type Inputs } from "../components";
import { ordersSchema, reportGrants, tenantPolicies } from "./orders";

interface Networks {
  readonly management: string[];
  readonly application: string[];
  readonly operations: string[];
}

const config = new pulumi.Config();
const networks = config.requireObject<Networks>("networks");
const authentication = config.get("reportAuthentication") as "certificate-and-password" | "password" | undefined;

const cluster = new HardenedCluster("orders", {
  connection: config.requireObject<Inputs<Connection>>("connection"),
  names: config.requireObject("names"),
  addresses: config.requireObject("addresses"),
  managementNetworks: networks.management,
  databases: { orders: { initialScript: ordersSchema } },
  clients: [
    { role: "orders_app", database: "orders", networks: networks.application, connectionLimit: config.getNumber("connections") ?? 20 },
    { role: "orders_report", database: "orders", access: "none", networks: networks.operations, authentication: authentication ?? "certificate-and-password", connectionLimit: 5 },
    { role: "orders_migrate", database: "orders", access: "own", networks: networks.operations, connectionLimit: 2 },
  ],
  access: { orders: { grants: reportGrants, rowSecurity: tenantPolicies } },
  parameters: config.getObject("parameters") ?? {},
  revoked: config.getObject("revoked") ?? [],
});

export const serverTrust = cluster.serverTrust;
export const logins = cluster.logins.map(({ role, database, certificate, privateKey, password }) => ({ role, database, certificate, privateKey, password }));
export const connection = cluster.connectionString("orders_app", { rootCertificate: "root.crt", certificate: "orders_app.crt", key: "orders_app.key" });
