/** Public names of the package: components first, then the resources they are made of. */
export { CertificateAuthority, type CertificateAuthorityArgs } from "./certificate-authority";
export { ClientCertificate, type ClientCertificateArgs } from "./client-certificate";
export { Grants, type GrantsArgs } from "./grants";
export { HardenedCluster, type ClusterLogin, type HardenedClusterArgs } from "./hardened-cluster";
export { HardenedHost, type HardenedHostArgs } from "./hardened-host";
export { HostFirewall, type HostFirewallArgs } from "./host-firewall";
export { Roles, type RolesArgs } from "./roles";
export { RowSecurity, type RowSecurityComponentArgs } from "./row-security";
export { ServerCertificate, type ServerCertificateArgs } from "./server-certificate";
export * from "../src/resources";
export type { ClusterAccess, ClusterAuthentication, ClusterClient, ClusterDatabase } from "../src/declare/cluster";
export type { Connection } from "../src/model/connection";
export type { DatabaseArgs } from "../src/declare/database";
export type { DefaultPrivilegeArgs, GrantArgs, ObjectArgs, OwnerArgs } from "../src/declare/privilege";
export type { HbaRecordArgs, IdentMappingArgs } from "../src/declare/hba";
export type { MembershipArgs, RoleArgs } from "../src/declare/role";
export type { PolicyArgs, RowSecurityArgs } from "../src/declare/policy";
