/**
 * The hardening baseline of an instance as a table: every parameter that security depends on, its value, why, and who
 * says so. The same rows are applied, verified on the host and printed in docs/baseline.md. A row whose value another
 * property decides names that property; a row of a value may be overridden, and doing so with less is shown as a hazard.
 */
import type { Major } from "../model/instance";

/** What counts as no weaker than the row's own value. */
export type Strength =
  | { readonly atMost: string }
  | { readonly atLeast: string }
  /** Of a word or a comma-separated list: every one of these. */
  | { readonly includes: readonly string[] }
  | { readonly oneOf: readonly string[] }
  /** A matter of capacity or habit: any value is as strong. */
  | "any";

export interface BaselineRow {
  readonly name: string;
  /** As a person writes it; `null` where `decidedBy` says. */
  readonly value: string | null;
  /** The property, or the design, that gives the value. */
  readonly decidedBy?: string;
  /** @default - every major version that knows the parameter */
  readonly majors?: readonly Major[];
  readonly reason: string;
  /** Chapter of PostgreSQL's manual. */
  readonly source: string;
  /** CIS PostgreSQL Benchmark, recommendation number as in the edition for version 17. */
  readonly cis?: string;
  /** DISA STIG for Crunchy Data Postgres 16, finding number. */
  readonly stig?: string;
  /** @default - the value itself only */
  readonly accepts?: Strength;
}

const CONNECTION = "runtime-config-connection";
const LOGGING = "runtime-config-logging";
const CLIENT = "runtime-config-client";
const FILES = "runtime-config-file-locations";
const DEVELOPER = "runtime-config-developer";
const COMPATIBILITY = "runtime-config-compatible";

const AEAD = ["ECDHE-ECDSA", "ECDHE-RSA"].flatMap((exchange) => ["AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-GCM-SHA256"].map((cipher) => `${exchange}-${cipher}`));

const NETWORK: readonly BaselineRow[] = [
  { name: "listen_addresses", value: null, decidedBy: "listenAddresses", reason: "Only the interfaces that clients use have a listener; empty means Unix-domain sockets only.", source: CONNECTION, cis: "5.2" },
  { name: "port", value: null, decidedBy: "instance.port", reason: "One port that the firewall knows.", source: CONNECTION },
  { name: "unix_socket_directories", value: null, decidedBy: "sockets.directories", reason: "Who may enter a directory decides who reaches its socket.", source: CONNECTION, cis: "8.3" },
  { name: "unix_socket_group", value: null, decidedBy: "sockets.group", reason: "Local programs connect as members of one group.", source: CONNECTION },
  { name: "unix_socket_permissions", value: null, decidedBy: "sockets.permissions, 0770 by default", reason: "Other accounts of the host cannot even connect (PostgreSQL's default, 0777, lets them).", source: CONNECTION, cis: "5.3" },
  { name: "bonjour", value: "off", reason: "The server does not announce itself on the network.", source: CONNECTION },
  { name: "max_connections", value: "100", reason: "A bound that holds even when roles have no limit of their own.", source: CONNECTION, stig: "V-261857", accepts: "any" },
  { name: "superuser_reserved_connections", value: "3", reason: "An administrator gets in while applications use up all connections.", source: CONNECTION, accepts: { atLeast: "1" } },
  { name: "reserved_connections", value: "2", majors: [16, 17, 18], reason: "Monitoring (pg_use_reserved_connections) gets in too.", source: CONNECTION, accepts: "any" },
  { name: "tcp_keepalives_idle", value: "60s", reason: "Sessions of vanished clients are noticed and ended.", source: CONNECTION, accepts: "any" },
  { name: "tcp_keepalives_interval", value: "10s", reason: "With tcp_keepalives_count, a vanished client is given up after a minute more.", source: CONNECTION, accepts: "any" },
  { name: "tcp_keepalives_count", value: "6", reason: "See tcp_keepalives_interval.", source: CONNECTION, accepts: "any" },
  { name: "client_connection_check_interval", value: "10s", reason: "A statement whose client is gone is stopped instead of running on.", source: CONNECTION, accepts: "any" },
];

const AUTHENTICATION: readonly BaselineRow[] = [
  { name: "authentication_timeout", value: "30s", reason: "Half-open logins hold a connection slot for a short time only.", source: CONNECTION, cis: "5.7", accepts: { atMost: "60s" } },
  { name: "auth_delay.milliseconds", value: "500ms", reason: "A failed login answers late, which slows down guessing.", source: "auth-delay", cis: "5.7", accepts: { atLeast: "100ms" } },
  { name: "password_encryption", value: "scram-sha-256", reason: "No MD5 hash is ever stored.", source: CONNECTION, cis: "5.12", stig: "V-261891" },
  { name: "db_user_namespace", value: "off", majors: [15, 16], reason: "It works with MD5 passwords only.", source: CONNECTION },
  { name: "md5_password_warnings", value: "on", majors: [18], reason: "Whoever still sets an MD5 hash is told.", source: CONNECTION },
  { name: "krb_caseins_users", value: "off", reason: "Names of principals that differ in case are different.", source: CONNECTION },
  { name: "gss_accept_delegation", value: "off", majors: [16, 17, 18], reason: "The server takes no credentials to act as its clients.", source: CONNECTION },
];

const TLS: readonly BaselineRow[] = [
  { name: "ssl", value: null, decidedBy: "tls: on when it is set", reason: "Traffic is encrypted; without a certificate nothing beyond loopback listens.", source: CONNECTION, cis: "6.8" },
  { name: "ssl_cert_file", value: null, decidedBy: "tls.certificate", reason: "The server proves who it is.", source: CONNECTION, cis: "6.8" },
  { name: "ssl_key_file", value: null, decidedBy: "tls.privateKey", reason: "Readable by root and the server only.", source: CONNECTION, cis: "6.8" },
  { name: "ssl_ca_file", value: null, decidedBy: "tls.clientAuthority", reason: "Client certificates of this authority only; empty accepts none.", source: CONNECTION, cis: "6.8" },
  { name: "ssl_crl_file", value: null, decidedBy: "tls.revocationList", reason: "Revoked client certificates are refused.", source: CONNECTION },
  { name: "ssl_crl_dir", value: "", reason: "One place for revocation lists: ssl_crl_file.", source: CONNECTION },
  { name: "ssl_dh_params_file", value: null, decidedBy: "tls.dhParameters, empty by default", reason: "Empty is a decision: finite-field DH is for TLS 1.2 only and not among the suites below.", source: CONNECTION },
  { name: "ssl_passphrase_command", value: null, decidedBy: "tls.passphrase: reads a file that only root and the server can read", reason: "No passphrase on a command line.", source: CONNECTION },
  { name: "ssl_passphrase_command_supports_reload", value: null, decidedBy: "tls.passphrase: on when it is set", reason: "A renewed certificate takes effect without a restart.", source: CONNECTION },
  { name: "ssl_min_protocol_version", value: "TLSv1.3", reason: "No suite of TLS 1.3 is weak, and nothing can be negotiated down.", source: CONNECTION, cis: "6.8" },
  { name: "ssl_max_protocol_version", value: "", reason: "No upper bound.", source: CONNECTION },
  { name: "ssl_ciphers", value: AEAD.join(":"), reason: "Forward secrecy and authenticated encryption, should ssl_min_protocol_version ever be lowered to TLS 1.2 (this list does not touch TLS 1.3).", source: CONNECTION, cis: "6.10" },
  { name: "ssl_tls13_ciphers", value: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", majors: [18], reason: "The three suites of TLS 1.3 with full-length tags, named so that a library's default cannot change them.", source: CONNECTION, cis: "6.10" },
  { name: "ssl_prefer_server_ciphers", value: "on", reason: "The server's order decides.", source: CONNECTION },
  { name: "ssl_ecdh_curve", value: "prime256v1", majors: [15, 16, 17], reason: "The one curve that every client has and these versions can name (they cannot use X25519).", source: CONNECTION, accepts: { oneOf: ["secp384r1", "secp521r1"] } },
  { name: "ssl_groups", value: "X25519:prime256v1:secp384r1", majors: [18], reason: "Modern groups of at least 128 bits, explicitly.", source: CONNECTION },
];

const LOG: readonly BaselineRow[] = [
  { name: "log_destination", value: "csvlog,syslog", reason: "Fields that a program can read, and a second copy that syslog can carry off the host.", source: LOGGING, cis: "3.1.2", stig: "V-261967", accepts: { includes: ["syslog"] } },
  { name: "logging_collector", value: "on", reason: "Messages of libraries and scripts reach the log too.", source: LOGGING, cis: "3.1.3" },
  { name: "log_directory", value: "/var/log/postgresql", reason: "Outside the data directory.", source: LOGGING, cis: "3.1.4", accepts: "any" },
  { name: "log_filename", value: null, decidedBy: "instance: postgresql-MAJOR-NAME.%d.log", reason: "A file for each day of the month: a month is kept and the disk does not fill up.", source: LOGGING, cis: "3.1.5", accepts: "any" },
  { name: "log_file_mode", value: "0600", reason: "Statements in the log may hold data: only the server reads it.", source: LOGGING, cis: "3.1.6" },
  { name: "log_truncate_on_rotation", value: "on", reason: "Last month's file is replaced instead of growing.", source: LOGGING, cis: "3.1.7", accepts: "any" },
  { name: "log_rotation_age", value: "1d", reason: "A file for each day.", source: LOGGING, cis: "3.1.8", accepts: "any" },
  { name: "log_rotation_size", value: "0", reason: "Rotation by size would truncate the day's own file.", source: LOGGING, cis: "3.1.9", accepts: "any" },
  { name: "syslog_facility", value: "local0", reason: "A facility of its own that syslog can route.", source: LOGGING, cis: "3.1.10", accepts: "any" },
  { name: "syslog_sequence_numbers", value: "on", reason: "Repeated messages are not suppressed.", source: LOGGING, cis: "3.1.11" },
  { name: "syslog_split_messages", value: "on", reason: "Long messages are not lost.", source: LOGGING, cis: "3.1.12" },
  { name: "syslog_ident", value: "postgres", reason: "The name under which syslog files the messages.", source: LOGGING, cis: "3.1.13", accepts: "any" },
  { name: "log_min_messages", value: "warning", reason: "Warnings and errors are in the log.", source: LOGGING, cis: "3.1.14", accepts: { oneOf: ["notice", "info", "log", "debug1", "debug2", "debug3", "debug4", "debug5"] } },
  { name: "log_min_error_statement", value: "error", reason: "The statement that failed is in the log.", source: LOGGING, cis: "3.1.15", accepts: { oneOf: ["warning", "notice", "info", "debug1", "debug2", "debug3", "debug4", "debug5"] } },
  { name: "debug_print_parse", value: "off", reason: "Internals of statements stay out of the log.", source: LOGGING, cis: "3.1.16" },
  { name: "debug_print_rewritten", value: "off", reason: "See debug_print_parse.", source: LOGGING, cis: "3.1.17" },
  { name: "debug_print_plan", value: "off", reason: "See debug_print_parse.", source: LOGGING, cis: "3.1.18" },
  { name: "debug_pretty_print", value: "on", reason: "Readable where somebody does print them.", source: LOGGING, cis: "3.1.19", accepts: "any" },
  { name: "log_connections", value: "on", reason: "Every attempt, and who was authenticated how.", source: LOGGING, cis: "3.1.20", stig: "V-261961", accepts: { oneOf: ["all"] } },
  { name: "log_disconnections", value: "on", reason: "The end of every session and how long it was.", source: LOGGING, cis: "3.1.21", stig: "V-261961" },
  { name: "log_error_verbosity", value: "verbose", reason: "SQLSTATE and the place in the code. (The STIG, V-261870, asks for default, which leaves both out.)", source: LOGGING, cis: "3.1.22", accepts: { oneOf: ["default"] } },
  { name: "log_hostname", value: "off", reason: "Addresses, not names: looking them up delays logins, and whoever owns the address decides the name. (The STIG, V-261869, asks for on.)", source: LOGGING, cis: "3.1.23" },
  { name: "log_line_prefix", value: "%m [%p] %c %l user=%u,db=%d,app=%a,client=%h ", reason: "Time, process, session, line, who, where from.", source: LOGGING, cis: "3.1.24", stig: "V-261961", accepts: { includes: ["%m", "%p", "%c", "%u", "%d", "%a", "%h"] } },
  { name: "log_statement", value: "ddl", reason: "Changes of the schema and of roles; pgAudit logs the rest by class and without the passwords that \"all\" could hold.", source: LOGGING, cis: "3.1.25", accepts: { oneOf: ["mod", "all"] } },
  { name: "log_timezone", value: "UTC", reason: "Logs of several hosts can be laid side by side.", source: LOGGING, cis: "3.1.26" },
  { name: "log_replication_commands", value: "on", reason: "Who took a copy of everything, and when.", source: "runtime-config-replication", cis: "7.2" },
  { name: "log_parameter_max_length_on_error", value: "0", reason: "An error does not carry bound values into the log.", source: LOGGING },
];

const AUDIT: readonly BaselineRow[] = [
  { name: "shared_preload_libraries", value: null, decidedBy: "audit and parameters: auth_delay, pgaudit, then the declared ones", reason: "Auditing and the delay after failed logins are part of the server from its start.", source: CLIENT, cis: "3.2" },
  { name: "pgaudit.log", value: null, decidedBy: "audit.log: ddl, role, write by default", reason: "Structured records of who changed what.", source: "github.com/pgaudit/pgaudit", cis: "3.2", stig: "V-261940" },
  { name: "pgaudit.log_catalog", value: "off", reason: "psql's and drivers' own queries do not drown the audit; changes of the catalogue are ddl or role.", source: "github.com/pgaudit/pgaudit", accepts: { oneOf: ["on"] } },
  { name: "pgaudit.log_relation", value: "on", reason: "One record for each relation that a statement touches.", source: "github.com/pgaudit/pgaudit" },
  { name: "pgaudit.log_parameter", value: "off", reason: "Bound values stay out of the log.", source: "github.com/pgaudit/pgaudit", accepts: { oneOf: ["on"] } },
  { name: "pgaudit.log_client", value: "off", reason: "Audit records go to the log only.", source: "github.com/pgaudit/pgaudit" },
];

const SESSIONS: readonly BaselineRow[] = [
  { name: "idle_in_transaction_session_timeout", value: "10min", reason: "A forgotten transaction does not hold its locks for ever.", source: CLIENT, accepts: "any" },
  { name: "row_security", value: "on", reason: "Policies are applied, not refused, whatever a session had set before.", source: CLIENT, cis: "4.5" },
  { name: "check_function_bodies", value: "on", reason: "A function with errors is refused when it is created.", source: CLIENT, accepts: "any" },
  { name: "session_preload_libraries", value: "", reason: "No code is loaded into sessions beside what is declared.", source: CLIENT, cis: "8.3", accepts: "any" },
  { name: "local_preload_libraries", value: "", reason: "See session_preload_libraries.", source: CLIENT, cis: "8.3" },
  { name: "dynamic_library_path", value: "$libdir", reason: "Code comes from the package's own directory only.", source: CLIENT, cis: "8.3" },
  { name: "lo_compat_privileges", value: "off", reason: "Large objects have privileges.", source: COMPATIBILITY, cis: "6.5" },
  { name: "backslash_quote", value: "safe_encoding", reason: "\\' is no way to break out of a literal.", source: COMPATIBILITY, accepts: { oneOf: ["off"] } },
  { name: "standard_conforming_strings", value: "on", reason: "A backslash in a literal is a backslash.", source: COMPATIBILITY },
  { name: "escape_string_warning", value: "on", reason: "Applications that rely on the old reading are told.", source: COMPATIBILITY, accepts: "any" },
  { name: "transform_null_equals", value: "off", reason: "Comparison with NULL keeps its meaning in policies and checks.", source: COMPATIBILITY },
  { name: "session_replication_role", value: "origin", reason: "Triggers and foreign keys fire.", source: CLIENT, cis: "6.5" },
  { name: "event_triggers", value: "on", majors: [17, 18], reason: "Event triggers that guard the schema fire.", source: CLIENT },
];

const SERVER: readonly BaselineRow[] = [
  { name: "data_directory", value: null, decidedBy: "Debian's layout", reason: "Where Debian's tools look.", source: FILES, cis: "8.1" },
  { name: "hba_file", value: null, decidedBy: "Debian's layout", reason: "Outside the data directory; the server cannot write it.", source: FILES },
  { name: "ident_file", value: null, decidedBy: "Debian's layout", reason: "See hba_file.", source: FILES },
  { name: "external_pid_file", value: null, decidedBy: "Debian's layout", reason: "systemd finds the postmaster there.", source: FILES, cis: "8.3" },
  { name: "cluster_name", value: null, decidedBy: "MAJOR/NAME", reason: "Processes say which instance they belong to.", source: LOGGING },
  { name: "allow_alter_system", value: "off", majors: [17, 18], reason: "Parameters come from the declaration only.", source: COMPATIBILITY },
  { name: "fsync", value: "on", reason: "What is committed survives a crash.", source: "runtime-config-wal", cis: "6.4" },
  { name: "full_page_writes", value: "on", reason: "Torn pages can be repaired.", source: "runtime-config-wal", cis: "6.4" },
  { name: "data_sync_retry", value: "off", reason: "A failed flush stops the server instead of losing data quietly.", source: "runtime-config-error-handling" },
  { name: "restart_after_crash", value: "on", reason: "A crashed session does not take the service down.", source: "runtime-config-error-handling", accepts: "any" },
  { name: "ignore_checksum_failure", value: "off", reason: "Corruption is reported, not passed on.", source: DEVELOPER, cis: "6.5" },
  { name: "zero_damaged_pages", value: "off", reason: "Damaged pages are not thrown away.", source: DEVELOPER, cis: "6.5" },
  { name: "ignore_system_indexes", value: "off", reason: "For repairs by hand only.", source: DEVELOPER, cis: "6.2" },
  { name: "jit_debugging_support", value: "off", reason: "For developers only.", source: DEVELOPER, cis: "6.2" },
  { name: "jit_profiling_support", value: "off", reason: "Writes files that others could read.", source: DEVELOPER, cis: "6.2" },
  { name: "post_auth_delay", value: "0", reason: "For attaching a debugger.", source: DEVELOPER, cis: "6.2" },
  { name: "allow_system_table_mods", value: "off", reason: "The catalogue cannot be edited.", source: DEVELOPER, cis: "6.3" },
  { name: "track_activities", value: "on", reason: "pg_stat_activity shows who does what.", source: "runtime-config-statistics" },
];

export const BASELINE: readonly { readonly title: string; readonly rows: readonly BaselineRow[] }[] = [
  { title: "Listening", rows: NETWORK },
  { title: "Authentication", rows: AUTHENTICATION },
  { title: "TLS", rows: TLS },
  { title: "Logging", rows: LOG },
  { title: "Auditing", rows: AUDIT },
  { title: "Sessions", rows: SESSIONS },
  { title: "Server", rows: SERVER },
];

/** The rows of one major version. */
export function baselineFor(major: Major): readonly BaselineRow[] {
  return BASELINE.flatMap(({ rows }) => rows).filter(({ majors }) => majors === undefined || majors.includes(major));
}
