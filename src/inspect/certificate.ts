/** Public certificates on a host, as facts. Only PEM text that any client may see is read; keys never leave the host. */
import { InspectError } from "../errors";
import { certificateFacts, parseCertificates, type CertificateFacts } from "../model/certificate";
import { sh } from "../render/shell";
import type { Probe } from "./probe";

/** The certificates of a file in their order; none where the file is missing or empty. */
export function probeCertificates(title: string, path: string): Probe<readonly CertificateFacts[]> {
  return {
    title,
    script: sh`! test -f ${path} || sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p' ${path}`,
    parse: (stdout) => {
      if (stdout.trim() === "") {
        return [];
      }
      const certificates = parseCertificates(stdout);
      if (certificates === null) {
        throw new InspectError(title, `${path} holds a broken certificate`, { remedy: "Remove the file on the host; the next update writes it again." });
      }
      return certificates.map(certificateFacts);
    },
  };
}
