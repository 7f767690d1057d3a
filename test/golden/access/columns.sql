-- delete observed.databases.shop["table app.orders"].bob: "SELECT on table app.orders to bob" -> null [access-narrowed]
-- delete observed.databases.shop["table app.orders"].PUBLIC: "DELETE on table app.orders to PUBLIC" -> null [access-narrowed]
-- add databases.shop.grants[0]: null -> "SELECT (owner) on table app.orders to bob" [access-widened]
-- add databases.shop.grants[1]: null -> "INSERT on table app.orders to alice" [access-widened]
-- add databases.shop.grants[1]: null -> "INSERT on table app.orders to carol" [access-widened]
-- add databases.shop.grants[1]: null -> "INSERT on table app.people to alice" [access-widened]
-- add databases.shop.grants[1]: null -> "INSERT on table app.people to carol" [access-widened]

-- setting privileges in "shop"
\connect shop
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
REVOKE SELECT ON TABLE "app"."orders" FROM "bob" CASCADE;
REVOKE DELETE ON TABLE "app"."orders" FROM PUBLIC CASCADE;
GRANT SELECT ("id") ON TABLE "app"."orders" TO "bob";
GRANT SELECT ("owner") ON TABLE "app"."orders" TO "bob";
GRANT INSERT ON TABLE "app"."orders", "app"."people" TO "alice", "carol";
COMMIT;
