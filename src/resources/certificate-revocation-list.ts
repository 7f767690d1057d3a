/** A certificate revocation list, signed on the control side and kept in the state. */
import type * as pulumi from "@pulumi/pulumi";
import type { CertificateRevocationListArgs } from "../declare/revocation-list";
import type { Inputs } from "./inputs";
import { NativeResource } from "./native-resource";

export class CertificateRevocationList extends NativeResource {
  /** The list in PEM: what a server's `ssl_crl_file` holds. */
  declare readonly revocationList: pulumi.Output<string>;
  /** Counts the lists of this authority. */
  declare readonly number: pulumi.Output<number>;
  /** RFC 3339, UTC. */
  declare readonly thisUpdate: pulumi.Output<string>;
  /** RFC 3339, UTC. Past it servers refuse every certificate of the authority. */
  declare readonly nextUpdate: pulumi.Output<string>;

  constructor(name: string, args: Inputs<CertificateRevocationListArgs>, opts?: pulumi.CustomResourceOptions) {
    super("CertificateRevocationList", name, args, ["revocationList", "number", "thisUpdate", "nextUpdate"], opts);
  }
}
