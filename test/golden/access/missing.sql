-- add databases.shop.grants[0].on: null -> "table app.nowhere does not exist"
-- add databases.shop.grants[1].on: null -> "routine app.f(pg_catalog.int4) does not exist"

-- looking for everything that is declared on
printf '%s\n' 'databases.shop.grants[0].on: table app.nowhere does not exist' 'databases.shop.grants[1].on: routine app.f(pg_catalog.int4) does not exist' >&2; exit 1
