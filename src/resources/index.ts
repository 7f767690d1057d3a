/** Public names of the native resources. */
export { CertificateRevocationList } from "./certificate-revocation-list";
export type { Inputs, Outputs } from "./inputs";
export { Provider, type ProviderArgs } from "./provider";
