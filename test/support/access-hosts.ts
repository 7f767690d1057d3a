/** Where live access tests run: servers of this machine named in PGRAMPART_POSTGRES, else host h3 of the lab. */
import { DEFAULT_INSTANCE, type Major } from "../../src/model/instance";
import { lab, labHost } from "./lab";
import { sh } from "../../src/render/shell";
import { PostgresHost } from "./postgres-host";

/** @example PGRAMPART_POSTGRES=15:5615:/tmp/pg,17:5617:/tmp/pg means major:port:socketDirectory of two servers */
export function accessHosts(): readonly (readonly [string, PostgresHost])[] {
  const local = process.env["PGRAMPART_POSTGRES"];
  if (local === undefined || local === "") {
    return [[`lab host ${labHost("h3").name}`, new PostgresHost({ major: 17, ...DEFAULT_INSTANCE }, ["ssh", "-F", lab().sshConfig, "h3", "sudo -n sh"])]];
  }
  return local.split(",").map((entry) => {
    const [major = "", port = "", socketDirectory = ""] = entry.split(":");
    return [`PostgreSQL ${major}`, new PostgresHost({ major: Number(major) as Major, name: "main", port: Number(port), socketDirectory })] as const;
  });
}

/** Installs the lab host's server, with Debian's own instance, where it is missing. */
export function provideServer(host: PostgresHost): void {
  if ((process.env["PGRAMPART_POSTGRES"] ?? "") === "") {
    host.run(sh`test -S /run/postgresql/.s.PGSQL.5432 || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 >/dev/null 2>&1
until runuser -u postgres -- psql -XAtqc 'select 1' >/dev/null 2>&1; do sleep 0.2; done`);
  }
}
