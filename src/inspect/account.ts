/**
 * Accounts as the host's name service shows them, and every way in that nobody declared. Password hashes stay on the
 * host: only whether there is one leaves it.
 */
import { HOST_PATHS, type ObservedAccount, type UndeclaredAccess } from "../model/host";
import type { Script } from "../model/plan";
import { InspectError } from "../errors";
import { sh } from "../render/shell";
import type { Probe } from "./probe";

/** Defines `password NAME`, which prints `locked`, `set` or `empty`, and whether the account has expired. */
const PASSWORD = sh`password() {
getent shadow "$1" | { IFS=: read -r _ hash _ _ _ _ _ expires _
case $hash in '!'* | '*'*) hash=locked ;; '') hash=empty ;; *) hash=set ;; esac
if [ -n "$expires" ] && [ "$expires" -lt $(($(date +%s) / 86400)) ]; then echo "$hash expired"; else echo "$hash valid"; fi; }
}`;

/** @param further shell words that expand to more names on the host */
export function probeAccounts(names: readonly string[], further: Script): Probe<readonly ObservedAccount[]> {
  return {
    title: "reading accounts",
    script: sh`${PASSWORD}
for name in ${names} ${further}; do
if entry=$(getent passwd "$name"); then printf '%s\\n%s\\n%s\\n%s\\n' "$entry" "$(id -gn "$name")" "$(id -Gn "$name")" "$(password "$name")"; fi
done`,
    parse: (stdout) => {
      const lines = stdout.split("\n");
      const blocks = Array.from({ length: Math.floor(lines.length / 4) }, (_, index) => lines.slice(index * 4, index * 4 + 4));
      const accounts = blocks.map(([entry = "", group = "", groups = "", password = ""]) => parseAccount(entry, group, groups, password));
      return accounts.filter(({ name }, index) => accounts.findIndex((other) => other.name === name) === index).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

function parseAccount(entry: string, group: string, groups: string, passwordText: string): ObservedAccount {
  const [name, , uid, , , home, shell] = entry.split(":");
  const [password, validity] = passwordText.split(" ");
  if (name === undefined || home === undefined || shell === undefined || (password !== "locked" && password !== "set" && password !== "empty")) {
    throw new InspectError("reading accounts", `unexpected entry ${JSON.stringify(entry)}`, { remedy: "Check the host's passwd and shadow databases with pwck." });
  }
  const supplementary = groups.split(" ").filter((other) => other !== group && other !== "").sort();
  return { name, uid: Number(uid), group, groups: supplementary, home, shell: shell === "" ? "/bin/sh" : shell, password, isExpired: validity === "expired" };
}

/** PostgreSQL's own processes: the resources of instances and poolers observe their sockets. */
const POSTGRESQL_PROCESSES = ["postgres", "pg_autoctl", "pgagroal"];
/** From here on the kernel hands out ports by itself: a UDP socket there is a client, and another one every time. */
const FIRST_EPHEMERAL_PORT = 32768;

/** @param declared accounts that somebody declared */
export function probeUndeclared(declared: readonly string[]): Probe<UndeclaredAccess> {
  return {
    title: "looking for undeclared access",
    script: sh`${PASSWORD}
getent passwd | while IFS=: read -r name _ uid _ _ home shell; do
case $shell in */nologin | */false | */sync) continue ;; esac
keys=$(grep -cs '^[^#[:space:]]' "$home/.ssh/authorized_keys")
state=$(password "$name")
case $state in set* | empty*) has=1 ;; *) has=0 ;; esac
if [ "$uid" -ge 1000 ] || [ "$has" = 1 ] || [ "\${keys:-0}" -gt 0 ]; then echo "account $name"; fi
done
grep -HEsv '^[[:space:]]*(#|@include|Defaults|$)' /etc/sudoers /etc/sudoers.d/* | sed 's/^/sudoers /'
if command -v ss >/dev/null; then ss -H -tulnp | sed 's/^/socket /'; fi; :`,
    parse: (stdout) => {
      const of = (kind: string): readonly string[] => stdout.split("\n").filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
      return {
        accounts: sorted(of("account").filter((name) => !declared.includes(name))),
        sudoers: sorted(of("sudoers").filter((line) => !line.startsWith(HOST_PATHS.sudoers(""))).map((line) => line.replace(/\s+/g, " ").replace(":", ": "))),
        sockets: sorted(of("socket").flatMap(parseSocket)),
      };
    },
  };
}

function parseSocket(line: string): readonly string[] {
  const [protocol = "", , , , local = ""] = line.split(/\s+/);
  const program = /users:\(\("([^"]+)"/.exec(line)?.[1] ?? "kernel";
  const port = Number(local.slice(local.lastIndexOf(":") + 1));
  const isPassing = protocol === "udp" && port >= FIRST_EPHEMERAL_PORT;
  return isPassing || POSTGRESQL_PROCESSES.includes(program) ? [] : [`${protocol} ${local} ${program}`];
}

const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].sort();
