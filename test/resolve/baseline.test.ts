import { MAJORS } from "../../src/model/instance";
import { findParameter } from "../../src/model/parameter";
import { showParameterValue } from "../../src/model/parameter-value";
import { BASELINE, baselineFor } from "../../src/resolve/baseline";
import { resolveParameters } from "../../src/resolve/parameter";
import { instance } from "../support/instance";

const valueOf = (args: Record<string, unknown>, name: string): string | undefined => {
  const found = resolveParameters(instance(args)).find(({ definition }) => definition.name === name);
  return found && showParameterValue(found.definition, found.value);
};

it.each(MAJORS)("every row of PostgreSQL %i is a parameter of it, with a value it takes, once", (major) => {
  const rows = baselineFor(major);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const row of rows) {
    expect(findParameter(major, row.name)?.name).toBe(row.name);
    expect((row.value === null) === (row.decidedBy !== undefined)).toBe(true);
    expect(row.reason).toMatch(/[.)]$/);
  }
  const names = resolveParameters(instance({ instance: { major } })).map(({ definition }) => definition.name);
  expect(rows.filter(({ value }) => value !== null).map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
});

it("a row without majors is in every major version, and a majors list leaves out none that knows it", () => {
  for (const row of BASELINE.flatMap(({ rows }) => rows)) {
    expect([row.name, MAJORS.filter((major) => findParameter(major, row.name) !== undefined)]).toEqual([row.name, row.majors ?? MAJORS]);
  }
});

it.each([
  ["SPG-11 listen_addresses holds only the required addresses", { listenAddresses: ["localhost", "127.0.0.1"] }, "listen_addresses", "localhost,127.0.0.1"],
  ["TEL-14 without addresses the server is Unix-socket only", {}, "listen_addresses", ""],
  ["SPG-08 several socket directories", { sockets: { directories: [{ path: "/run/postgresql" }, { path: "/run/app" }] } }, "unix_socket_directories", "/run/postgresql,/run/app"],
  ["SPG-06 sockets are closed to other accounts", {}, "unix_socket_permissions", "0770"],
  ["SPG-29 ssl_ecdh_curve is set explicitly", {}, "ssl_ecdh_curve", "prime256v1"],
  ["SPG-31 TEL-25 TLS 1.3 at least", {}, "ssl_min_protocol_version", "TLSv1.3"],
  ["TEL-24 the server's ciphers are preferred", {}, "ssl_prefer_server_ciphers", "on"],
  ["TEL-48 log_connections", {}, "log_connections", "on"],
  ["TEL-49 log_disconnections", {}, "log_disconnections", "on"],
  ["TEL-50 log_statement all, where declared", { parameters: { log_statement: "all" } }, "log_statement", "all"],
  ["TEL-51 pgAudit is preloaded", {}, "shared_preload_libraries", "auth_delay,pgaudit"],
  ["declared libraries come after ours", { parameters: { shared_preload_libraries: "pg_stat_statements, pgaudit" } }, "shared_preload_libraries", "auth_delay,pgaudit,pg_stat_statements"],
  ["audit: false leaves pgAudit out", { audit: false }, "shared_preload_libraries", "auth_delay"],
  ["audit: false sets nothing of pgAudit", { audit: false }, "pgaudit.log", undefined],
  ["a declared value wins over the baseline", { parameters: { authentication_timeout: "10s" } }, "authentication_timeout", "10s"],
  ["ALTER SYSTEM is off since 17", {}, "allow_alter_system", "off"],
  ["and unknown before", { instance: { major: 16 } }, "allow_alter_system", undefined],
  ["18 names groups instead of a curve", { instance: { major: 18 } }, "ssl_groups", "X25519:prime256v1:secp384r1"],
  ["and its TLS 1.3 suites", { instance: { major: 18 } }, "ssl_tls13_ciphers", "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"],
])("%s", (_, args, name, value) => {
  expect(valueOf(args, name)).toBe(value);
});

it.each<readonly [string, string | number | boolean, boolean]>([
  ["authentication_timeout", "60s", false], ["authentication_timeout", "61s", true], ["log_connections", "off", true], ["log_statement", "all", false], ["log_statement", "none", true],
  ["log_line_prefix", "%m %p %c %u %d %a %h", false], ["log_line_prefix", "%t ", true], ["ssl_min_protocol_version", "TLSv1.2", true], ["log_destination", "stderr", true],
  ["log_destination", "syslog", false], ["max_connections", 10, false], ["auth_delay.milliseconds", 0, true], ["work_mem", "1GB", false], ["row_security", "off", true],
])("declaring %s = %p is less than the baseline: %p", (name, value, isWeakened) => {
  const found = resolveParameters(instance({ parameters: { [name]: value } })).find(({ definition }) => definition.name === name);
  expect(found?.isWeakened).toBe(isWeakened);
});
