/**
 * The sandbox of Debian's postgresql@.service, chosen so that PostgreSQL works whole: pg_ctlcluster's fork, TLS,
 * extensions, JIT, parallel query, io_uring. Missing on purpose: MemoryDenyWriteExecute (JIT writes code),
 * ProcSubset=pid (the size of huge pages is read from /proc/meminfo), IPAddressDeny (the packet filter's work).
 */
import type { SandboxDirective } from "../model/service";

const EXEC = "systemd.exec(5)";

const row = (directive: string, values: string | readonly string[], reason: string, source = EXEC): SandboxDirective =>
  ({ directive, values: typeof values === "string" ? [values] : values, reason, source });

/** Directories PostgreSQL writes to under Debian's layout. */
const WRITABLE = ["/var/lib/postgresql", "/var/log/postgresql", "/run/postgresql"];

/** @param writablePaths further directories, such as tablespaces and archives */
export function sandboxDirectives(writablePaths: readonly string[]): readonly SandboxDirective[] {
  return [
    row("User", "postgres", "pg_ctlcluster does not need root when it already runs as the owner", "pg_ctlcluster(1)"),
    row("Group", "postgres", "As its user"),
    row("CapabilityBoundingSet", "", "No capability is needed, so none can be gained", "capabilities(7)"),
    row("NoNewPrivileges", "yes", "No program it starts becomes more than it is"),
    row("UMask", "0077", "What it writes is its own", "CIS PostgreSQL 17, 2.1"),
    row("ProtectSystem", "strict", "The whole file system is read-only but for the paths below"),
    row("ReadWritePaths", [...WRITABLE, ...writablePaths].map((path) => `-${path}`), "Data, logs, sockets, and what was declared"),
    row("ProtectHome", "yes", "Homes hold keys, not databases"),
    row("PrivateTmp", "yes", "Its temporary files are nobody else's"),
    row("PrivateDevices", "yes", "No disk, no memory device"),
    row("ProtectProc", "invisible", "Other accounts' processes are not shown"),
    row("ProtectClock", "yes", "Time is the host's"),
    row("ProtectControlGroups", "yes", "Limits are the host's"),
    row("ProtectHostname", "yes", "The name is the host's"),
    row("ProtectKernelLogs", "yes", "The kernel's log is the host's"),
    row("ProtectKernelModules", "yes", "No code into the kernel"),
    row("ProtectKernelTunables", "yes", "Kernel parameters are the host's"),
    row("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK", "Sockets, TCP, and the list of interfaces for samehost and samenet in pg_hba.conf"),
    row("RestrictNamespaces", "yes", "It makes no containers"),
    row("RestrictRealtime", "yes", "It takes the processor from nobody"),
    row("RestrictSUIDSGID", "yes", "It leaves no program that runs as it"),
    row("LockPersonality", "yes", "Only the native system call interface"),
    row("SystemCallArchitectures", "native", "Only the native system call interface"),
    row("SystemCallFilter", ["@system-service", "~@privileged"], "What services need, without what root needs"),
    row("SystemCallErrorNumber", "EPERM", "A refused call is an error that the server can report"),
    row("KeyringMode", "private", "Keys of the kernel's keyring are its own"),
  ];
}
