-- add roles[0]: null -> "role app_owner"
-- add roles[2]: null -> "role it's \"me\""
-- add roles[1]: null -> "role readers"
-- add databases.shop: null -> "database shop"
-- update databases.shop.connectionLimit: 0 -> -1
-- add roles[2].login: null -> true [access-widened]
-- add roles[2].validUntil: null -> "2030-01-01T00:00:00Z"
-- update roles[2].password: null -> "[secret]" [access-widened]
-- update roles[2].settings["search_path"]: null -> ["app","B c"] [access-widened]
-- update roles[2].settings["work_mem"]: null -> "64MB"
-- update roles[1].comment: null -> "may look"
-- add memberships[0]: null -> "it's \"me\" in readers" [access-widened]
-- delete observed.databases.shop["database shop"].PUBLIC: "CONNECT, TEMPORARY on database shop to PUBLIC" -> null [access-narrowed]
-- add databases.shop.grants[0]: null -> "CONNECT on database shop to readers" [access-widened]
-- add databases.shop.schemas.app: null -> "schema app"
-- add databases.shop.extensions.pgcrypto: null -> "extension pgcrypto" [access-widened]
-- delete observed.databases.shop["schema public"].PUBLIC: "USAGE on schema public to PUBLIC" -> null [access-narrowed]
-- delete observed.databases.shop["language plpgsql"].PUBLIC: "USAGE on language plpgsql to PUBLIC" -> null [access-narrowed]
-- delete observed.databases.shop["language sql"].PUBLIC: "USAGE on language sql to PUBLIC" -> null [access-narrowed]
-- add databases.shop.grants[1]: null -> "USAGE on schema app to readers" [access-widened]
-- delete observed.databases.shop.defaultPrivileges.app_owner.PUBLIC: "EXECUTE on each routine that app_owner makes to PUBLIC" -> null [access-narrowed]
-- delete observed.databases.shop.defaultPrivileges.app_owner.PUBLIC: "USAGE on each type that app_owner makes to PUBLIC" -> null [access-narrowed]
-- add databases.shop.defaultPrivileges[0]: null -> "SELECT on each table that app_owner makes in schema app to readers" [access-widened]

-- making roles and databases
\connect postgres
SELECT 'CREATE ROLE "app_owner" NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_owner') \gexec
SELECT 'CREATE ROLE "it''s ""me""" NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'it''s "me"') \gexec
SELECT 'CREATE ROLE "readers" NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'readers') \gexec
SELECT 'CREATE DATABASE "shop" TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C.UTF-8'' LC_CTYPE ''C.UTF-8'' LOCALE_PROVIDER libc CONNECTION LIMIT 0 OWNER "app_owner"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'shop') \gexec

-- setting roles and memberships
\connect postgres
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
ALTER DATABASE "shop" CONNECTION LIMIT -1;
SELECT 'ALTER ROLE "it''s ""me""" LOGIN VALID UNTIL ''2030-01-01T00:00:00Z''' \gexec
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
SELECT 'ALTER ROLE "it''s ""me""" PASSWORD ''[secret]''' \gexec
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
ALTER ROLE "it's ""me""" SET "search_path" TO 'app', 'B c';
ALTER ROLE "it's ""me""" SET "work_mem" TO '64MB';
COMMENT ON ROLE "readers" IS 'may look';
GRANT "readers" TO "it's ""me""" WITH ADMIN false, INHERIT true, SET true;
REVOKE CONNECT, TEMPORARY ON DATABASE "shop" FROM PUBLIC CASCADE;
GRANT CONNECT ON DATABASE "shop" TO "readers";
COMMIT;

-- setting privileges in "shop"
\connect shop
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
CREATE SCHEMA "app" AUTHORIZATION "app_owner";
CREATE EXTENSION "pgcrypto" SCHEMA "app";
REVOKE USAGE ON SCHEMA "public" FROM PUBLIC CASCADE;
REVOKE USAGE ON LANGUAGE "plpgsql", "sql" FROM PUBLIC CASCADE;
GRANT USAGE ON SCHEMA "app" TO "readers";
ALTER DEFAULT PRIVILEGES FOR ROLE "app_owner" REVOKE EXECUTE ON ROUTINES FROM PUBLIC CASCADE;
ALTER DEFAULT PRIVILEGES FOR ROLE "app_owner" REVOKE USAGE ON TYPES FROM PUBLIC CASCADE;
ALTER DEFAULT PRIVILEGES FOR ROLE "app_owner" IN SCHEMA "app" GRANT SELECT ON TABLES TO "readers";
COMMIT;
