#!/bin/sh
# Prints what a PostgreSQL of one major version says about its own parameters: a line of JSON for each row of
# pg_settings, with "file": false where the server refuses it in a configuration file.
# Run as root on a machine that has an account named postgres; nothing listens, nothing is left behind.
# usage: read-settings.sh BINDIR [LIBRARIES]    LIBRARIES are preloaded, for the parameters of extensions
set -eu
bindir=$1
libraries=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chown postgres "$work"
cd "$work"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
# One statement a line is single-user mode's input; the control characters keep COPY from quoting the JSON.
single() { as_postgres "$bindir/postgres" --single -D "$work/data" -c "shared_preload_libraries=$libraries" postgres; }
dump() { printf "copy (%s) to '%s' with (format csv, quote e'\\\\x01', delimiter e'\\\\x02')\n" "$1" "$2"; }

as_postgres "$bindir/initdb" -D "$work/data" --auth=reject -U postgres --no-locale -E UTF8 >/dev/null
dump "select format('alter system reset %I', name) from pg_settings where name not like '%.%'" "$work/resets" | single >/dev/null 2>&1
single <"$work/resets" >/dev/null 2>"$work/answers"
sed -n 's/.*ERROR:  parameter "\(.*\)" cannot be changed$/\1/p' "$work/answers" | sort -u >"$work/refused"
# ALTER SYSTEM refuses these, a configuration file may hold them.
refused=$(grep -vxE 'allow_alter_system|config_file|data_directory|hba_file|ident_file|external_pid_file' "$work/refused" | sed "s/.*/'&'/" | paste -sd, -)
dump "select row_to_json(s) from (select name, context, vartype, unit, min_val, max_val, enumvals, boot_val, name not in ($refused) as file from pg_settings order by name collate \"C\") s" "$work/out" | single >/dev/null 2>&1
cat "$work/out"
