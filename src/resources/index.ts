/** Public names of the native resources. */
export { Access } from "./access";
export { CertificateRevocationList } from "./certificate-revocation-list";
export { commandConnection, type CommandConnection } from "./command-connection";
export { Firewall } from "./firewall";
export { Host } from "./host";
export { HostBasedAccess } from "./host-based-access";
export type { Inputs, Outputs } from "./inputs";
export { Instance } from "./instance";
export { Provider, type ProviderArgs } from "./provider";
