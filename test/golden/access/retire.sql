-- delete observed.memberships.bob.carol: "carol in bob, granted by mallory" -> null [access-narrowed]
-- delete observed.memberships.bob.mallory: "mallory in bob (ADMIN)" -> null [access-narrowed]
-- update observed.roles.mallory.login: true -> false [access-narrowed]
-- update observed.roles.mallory.superuser: true -> false [access-narrowed]
-- update observed.roles.mallory.password: "[md5]" -> null [access-narrowed]
-- update observed.roles.mallory.login: true -> false [session-end]
-- delete observed.roles.mallory: "what mallory holds in postgres; what it owns goes to app_owner" -> null [access-narrowed]
-- delete observed.roles.mallory: "what mallory holds in shop; what it owns goes to app_owner" -> null [access-narrowed]
-- delete observed.roles.mallory: "role mallory" -> null [access-narrowed]

-- setting roles and memberships
\connect postgres
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
REVOKE "bob" FROM "carol" GRANTED BY "mallory" CASCADE;
REVOKE "bob" FROM "mallory" CASCADE;
ALTER ROLE "mallory" NOLOGIN NOSUPERUSER;
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_transaction_sample_rate = 0;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL debug_print_parse = off;
SET LOCAL debug_print_rewritten = off;
SET LOCAL debug_print_plan = off;
SET LOCAL track_activities = off;
SET LOCAL pgaudit.log = 'none';
SET LOCAL pg_stat_statements.track_utility = off;
ALTER ROLE "mallory" PASSWORD null;
SET LOCAL "log_statement" TO DEFAULT;
SET LOCAL "log_min_duration_statement" TO DEFAULT;
SET LOCAL "log_min_duration_sample" TO DEFAULT;
SET LOCAL "log_transaction_sample_rate" TO DEFAULT;
SET LOCAL "log_min_error_statement" TO DEFAULT;
SET LOCAL "debug_print_parse" TO DEFAULT;
SET LOCAL "debug_print_rewritten" TO DEFAULT;
SET LOCAL "debug_print_plan" TO DEFAULT;
SET LOCAL "track_activities" TO DEFAULT;
SET LOCAL "pgaudit"."log" TO DEFAULT;
SET LOCAL "pg_stat_statements"."track_utility" TO DEFAULT;
COMMIT;

-- ending sessions of roles without login
\connect postgres
SELECT FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename IN ('mallory')) AS ended;

-- clearing what retired roles hold in "postgres"
\connect postgres
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
SELECT 'REASSIGN OWNED BY "mallory" TO "app_owner"' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'mallory') \gexec
SELECT 'DROP OWNED BY "mallory" RESTRICT' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'mallory') AND NOT EXISTS (SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = 'mallory'
  AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
  AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))) \gexec
COMMIT;

-- clearing what retired roles hold in "shop"
\connect shop
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
SELECT 'REASSIGN OWNED BY "mallory" TO "app_owner"' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'mallory') \gexec
SELECT 'DROP OWNED BY "mallory" RESTRICT' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'mallory') AND NOT EXISTS (SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = 'mallory'
  AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
  AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))) \gexec
COMMIT;

-- dropping
\connect postgres
DROP ROLE IF EXISTS "mallory";
