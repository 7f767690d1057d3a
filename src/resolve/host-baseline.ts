/**
 * The hardening tables of a host: value, reason, source. They are applied, checked on the host and printed in the
 * reference from these rows. Missing on purpose: `accept_ra` = 0 (CIS 3.3.11) would take the address from a host that
 * has it from router advertisements; `vm.overcommit_memory` = 2 (PostgreSQL, 18.4.4) depends on the memory of the host.
 */
import type { FileModeLimit, KernelParameter } from "../model/host";

export interface BaselineParameter extends KernelParameter {
  readonly reason: string;
  readonly source: string;
}

const CIS = "CIS Debian 12 v1.1";

const row = (name: string, value: string, reason: string, source: string): BaselineParameter => ({ name, value, reason, source });

/** A row for every interface there is and for every one to come. */
const both = (prefix: string, name: string, value: string, reason: string, source: string): readonly BaselineParameter[] =>
  [row(`${prefix}.all.${name}`, value, reason, source), row(`${prefix}.default.${name}`, value, reason, source)];

export const KERNEL_BASELINE: readonly BaselineParameter[] = [
  // Changing these resets the others of the family, so they come first (kernel, ip-sysctl).
  row("net.ipv4.ip_forward", "0", "A database host is no router", `${CIS} 3.3.1`),
  row("net.ipv6.conf.all.forwarding", "0", "A database host is no router", `${CIS} 3.3.1`),
  ...both("net.ipv4.conf", "send_redirects", "0", "Only routers send redirects", `${CIS} 3.3.2`),
  row("net.ipv4.icmp_ignore_bogus_error_responses", "1", "Broken routers do not fill the log", `${CIS} 3.3.3`),
  row("net.ipv4.icmp_echo_ignore_broadcasts", "1", "Takes no part in amplification", `${CIS} 3.3.4`),
  ...both("net.ipv4.conf", "accept_redirects", "0", "Nobody on the link changes our routes", `${CIS} 3.3.5`),
  ...both("net.ipv6.conf", "accept_redirects", "0", "Nobody on the link changes our routes", `${CIS} 3.3.5`),
  ...both("net.ipv4.conf", "secure_redirects", "0", "Not even a gateway changes our routes", `${CIS} 3.3.6`),
  ...both("net.ipv4.conf", "rp_filter", "1", "A source address must be reachable where its packet came in", `${CIS} 3.3.7`),
  ...both("net.ipv4.conf", "accept_source_route", "0", "The sender does not choose the way", `${CIS} 3.3.8`),
  ...both("net.ipv6.conf", "accept_source_route", "0", "The sender does not choose the way", `${CIS} 3.3.8`),
  ...both("net.ipv4.conf", "log_martians", "1", "Impossible source addresses are seen", `${CIS} 3.3.9`),
  row("net.ipv4.tcp_syncookies", "1", "A flood of half-open connections keeps nobody out", `${CIS} 3.3.10`),
  row("fs.protected_fifos", "2", "No tricks with pipes in shared directories", "kernel, sysctl/fs"),
  row("fs.protected_hardlinks", "1", "No hard links to files of others", "kernel, sysctl/fs"),
  row("fs.protected_regular", "2", "No tricks with files in shared directories", "kernel, sysctl/fs"),
  row("fs.protected_symlinks", "1", "No following of others' links in shared directories", "kernel, sysctl/fs"),
  row("fs.suid_dumpable", "0", "No memory image of a program that has had secrets of others", `${CIS} 1.5.3`),
  row("kernel.dmesg_restrict", "1", "The kernel's log holds addresses that help an attacker", "kernel, sysctl/kernel"),
  row("kernel.kptr_restrict", "2", "Kernel addresses are shown to nobody", "kernel, sysctl/kernel"),
  row("kernel.randomize_va_space", "2", "Addresses cannot be guessed", `${CIS} 1.5.1`),
  row("kernel.yama.ptrace_scope", "1", "One process of an account does not read another's memory", `${CIS} 1.5.2`),
];

export interface BaselineMode extends FileModeLimit {
  readonly source: string;
}

const mode = (path: string, group: string, value: string, source: string): BaselineMode => ({ path, owner: "root", group, mode: value, source: `${CIS} ${source}` });

export const FILE_MODE_BASELINE: readonly BaselineMode[] = [
  mode("/etc/cron.d", "root", "0700", "2.4.1.7"),
  mode("/etc/cron.daily", "root", "0700", "2.4.1.4"),
  mode("/etc/cron.hourly", "root", "0700", "2.4.1.3"),
  mode("/etc/cron.monthly", "root", "0700", "2.4.1.6"),
  mode("/etc/cron.weekly", "root", "0700", "2.4.1.5"),
  mode("/etc/crontab", "root", "0600", "2.4.1.2"),
  mode("/etc/group", "root", "0644", "7.1.3"),
  mode("/etc/group-", "root", "0644", "7.1.4"),
  mode("/etc/gshadow", "shadow", "0640", "7.1.7"),
  mode("/etc/gshadow-", "shadow", "0640", "7.1.8"),
  mode("/etc/issue", "root", "0644", "1.6.5"),
  mode("/etc/issue.net", "root", "0644", "1.6.6"),
  mode("/etc/motd", "root", "0644", "1.6.4"),
  mode("/etc/passwd", "root", "0644", "7.1.1"),
  mode("/etc/passwd-", "root", "0644", "7.1.2"),
  mode("/etc/security/opasswd", "root", "0600", "7.1.10"),
  mode("/etc/shadow", "shadow", "0640", "7.1.5"),
  mode("/etc/shadow-", "shadow", "0640", "7.1.6"),
  mode("/etc/shells", "root", "0644", "7.1.9"),
  mode("/etc/ssh/sshd_config", "root", "0600", "5.1.1"),
];
