-- delete observed.memberships.bob.carol: "carol in bob, granted by alice" -> null [access-narrowed]
-- delete memberships[0]: "ADMIN of alice in bob (ADMIN)" -> null [access-narrowed]
-- add memberships[1]: null -> "app_owner in bob (ADMIN)" [access-widened]
-- add memberships[2]: null -> "carol in bob" [access-widened]
-- update memberships[0]: "alice in bob (ADMIN)" -> "alice in bob" [access-widened]

-- setting roles and memberships
\connect postgres
BEGIN;
SET LOCAL lock_timeout = '30s';
SELECT FROM (SELECT pg_catalog.pg_advisory_xact_lock(8100677309415256692)) AS lock;
REVOKE "bob" FROM "carol" GRANTED BY "alice" CASCADE;
REVOKE ADMIN OPTION FOR "bob" FROM "alice" CASCADE;
GRANT "bob" TO "app_owner" WITH ADMIN true, INHERIT true, SET true;
GRANT "bob" TO "carol" WITH ADMIN false, INHERIT true, SET true;
GRANT "bob" TO "alice" WITH ADMIN false, INHERIT true, SET true;
COMMIT;
