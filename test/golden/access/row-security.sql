-- delete observed.databases.shop.policies["app.orders"].foreign: {"name":"foreign","permissive":true,"command":"ALL","roles":["PUBLIC"],"using":"true","withCheck":null} -> null [access-narrowed]
-- add databases.shop.rowSecurity[0].policies[1]: null -> "few" [access-narrowed]
-- update databases.shop.rowSecurity[0].forced: false -> true [access-narrowed]

-- setting privileges in "shop"
\connect shop
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
DROP POLICY IF EXISTS "foreign" ON "app"."orders";
CREATE POLICY "few" ON "app"."orders" AS RESTRICTIVE FOR SELECT TO "alice" USING (
id < 10 -- few
);
ALTER TABLE "app"."orders" FORCE ROW LEVEL SECURITY;
COMMIT;
