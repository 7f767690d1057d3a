-- delete observed.databases.shop["table app.orders"].bob: "SELECT on table app.orders to bob, granted by alice" -> null [access-narrowed]

-- setting privileges in "shop"
\connect shop
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
REVOKE GRANT OPTION FOR SELECT ON TABLE "app"."orders" FROM "alice" CASCADE;
GRANT SELECT ON TABLE "app"."orders" TO "alice" WITH GRANT OPTION;
SET LOCAL ROLE "alice";
GRANT SELECT ON TABLE "app"."orders" TO "carol";
RESET ROLE;
COMMIT;
