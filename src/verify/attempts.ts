/**
 * What to try, out of what is declared and of where one can stand: every login from every place, with the verdict that
 * the declarations give; and, for each login that gets in, the same one with a single thing wrong, which must be refused
 * for that very reason. Pure: the same stack and the same lab give the same attempts.
 */
import type { AddressFamily } from "../model/address";
import type { HbaRecord } from "../model/hba";
import { decidingRecord, packetVerdict, type Gate } from "./gate";

/** A client network and who stands there. */
export interface Place {
  readonly name: string;
  readonly address: Readonly<Record<AddressFamily, string>>;
}

/** A role of the stack with what it logs in with. */
export interface Login {
  readonly role: string;
  readonly database: string;
  readonly hasCertificate: boolean;
  readonly hasPassword: boolean;
}

export interface Server {
  /** Addresses it listens on, by family; the first of each. */
  readonly addresses: Readonly<Partial<Record<AddressFamily, string>>>;
  readonly port: number;
  /** The name to verify its certificate for. `null`: the address itself. */
  readonly name: string | null;
  readonly minProtocol: string;
  /** Whether the authority of the clients' certificates can sign here, so that forgeries are possible. */
  readonly canSign: boolean;
  /** Whether its revocation list names a certificate. */
  readonly hasRevoked: boolean;
}

/** What is presented as a client certificate. */
export type Identity =
  | { readonly kind: "none" }
  /** The role's own, out of the stack. */
  | { readonly kind: "own"; readonly role: string }
  /** The server's certificate with its key. */
  | { readonly kind: "server" }
  /** Signed by the clients' authority. */
  | { readonly kind: "signed" | "expired" | "revoked"; readonly commonName: string }
  /** Signed by an authority of the same name that nobody trusts. */
  | { readonly kind: "foreign"; readonly commonName: string };

export type PasswordChoice = { readonly kind: "none" } | { readonly kind: "own"; readonly role: string } | { readonly kind: "wrong" };

export interface PlannedLogin {
  /** Row of the acceptance list that it proves. */
  readonly code: string;
  readonly title: string;
  /** Name of the place. */
  readonly from: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly password: PasswordChoice;
  /** Whose server certificates the client trusts. */
  readonly trust: "stack" | "foreign";
  readonly expected: "admitted" | RegExp;
  readonly answer?: string;
  /** Whether no answer at all is expected, so that it takes none of the role's connections. */
  readonly isSilent: boolean;
}

/** The one reason for each refusal, as libpq prints it. */
export const REASON = {
  silence: /timeout expired/,
  reset: /Connection refused|No route to host|Permission denied/,
  record: /pg_hba\.conf rejects (replication )?connection for host|no pg_hba\.conf entry for host/,
  noCertificate: /connection requires a valid client certificate/,
  authority: /alert unknown ca/,
  revoked: /alert certificate revoked/,
  expired: /alert certificate expired/,
  otherName: /authentication failed for user/,
  password: /password authentication failed for user/,
  protocol: /alert protocol version/,
  serverAuthority: /certificate verify failed/,
  serverName: /server certificate for .* does not match host name/,
} as const;

const FAMILIES: readonly AddressFamily[] = ["ipv4", "ipv6"];
const NONE: Identity = { kind: "none" };
/** A name that no certificate is made for (RFC 6761). */
const OTHER_NAME = "other.invalid";

export function planLogins(gate: Gate, server: Server, logins: readonly Login[], places: readonly Place[]): readonly PlannedLogin[] {
  const here = FAMILIES.flatMap((family) => {
    const target = server.addresses[family];
    return target === undefined ? [] : places.map((place) => ({ place, from: place.address[family], target }));
  });
  const planned = logins.flatMap((login) => here.flatMap((standing) => planRight(gate, server, login, standing)));
  const first = logins.flatMap((login) => {
    const standing = here.find((candidate) => isAdmitted(gate, server, login, candidate));
    const record = standing === undefined ? undefined : deciding(gate, login, standing);
    return standing === undefined || record === undefined ? [] : planWrong(gate, server, { login, standing, record });
  });
  return [...planned, ...first];
}

interface Standing {
  readonly place: Place;
  /** Where it comes from. */
  readonly from: string;
  /** The server's address that it goes to. */
  readonly target: string;
}

function base(server: Server, login: Login, { place, target }: Standing): Omit<PlannedLogin, "code" | "title" | "expected"> {
  return {
    from: place.name,
    parameters: { host: server.name ?? target, hostaddr: target, port: String(server.port), user: login.role, dbname: login.database, sslmode: "verify-full" },
    identity: login.hasCertificate ? { kind: "own", role: login.role } : NONE,
    password: login.hasPassword ? { kind: "own", role: login.role } : { kind: "none" },
    trust: "stack",
    isSilent: false,
  };
}

function deciding(gate: Gate, { role, database }: Login, { from }: Standing): HbaRecord | undefined {
  const record = decidingRecord(gate, { address: from, transport: "tls", database, user: role });
  return record === "undecided" ? undefined : record;
}

/** Whether the login has what the record asks for; `undefined`: a method that cannot be tried here. */
function hasProof(record: HbaRecord, login: Login): boolean | undefined {
  const wantsCertificate = record.method === "cert" || record.options.some(({ name }) => name === "clientcert");
  switch (record.method) {
    case "reject":
      return false;
    case "cert":
      return login.hasCertificate;
    case "scram-sha-256":
      return login.hasPassword && (!wantsCertificate || login.hasCertificate);
    default:
      return undefined;
  }
}

function isAdmitted(gate: Gate, server: Server, login: Login, standing: Standing): boolean {
  const record = deciding(gate, login, standing);
  return packetVerdict(gate, { address: standing.from, port: server.port }) === "accept" && record !== undefined && hasProof(record, login) === true;
}

/** The login with everything right: it must get in from where it is declared, and from nowhere else. */
function planRight(gate: Gate, server: Server, login: Login, standing: Standing): readonly PlannedLogin[] {
  const family = standing.target.includes(":") ? "IPv6" : "IPv4";
  const common = base(server, login, standing);
  const verdict = packetVerdict(gate, { address: standing.from, port: server.port });
  if (verdict !== "accept") {
    const code = family === "IPv6" ? "SPG-15" : "SPG-14";
    return [{ ...common, code, title: `${login.role} with everything right but the network (${family})`, expected: verdict === "drop" ? REASON.silence : REASON.reset, isSilent: verdict === "drop" }];
  }
  const record = deciding(gate, login, standing);
  if (record === undefined) {
    return [];
  }
  if (record.method === "reject") {
    return [{ ...common, code: "TEL-09", title: `${login.role} with everything right but the network (${family})`, expected: REASON.record }];
  }
  return hasProof(record, login) === true ? [{ ...common, code: record.method === "cert" ? "TEL-27" : "TEL-20", title: `${login.role} with everything right (${family})`, expected: "admitted", answer: login.role }] : [];
}

interface Admitted {
  readonly login: Login;
  readonly standing: Standing;
  readonly record: HbaRecord;
}

/** The login that gets in, with one thing wrong each time. */
function planWrong(gate: Gate, server: Server, { login, standing, record }: Admitted): readonly PlannedLogin[] {
  const common = base(server, login, standing);
  const { role } = login;
  const wrong = (code: string, what: string, expected: RegExp, change: Partial<PlannedLogin>): PlannedLogin => ({ ...common, ...change, code, title: `${role} ${what}`, expected });
  const set = (parameters: Readonly<Record<string, string>>): Partial<PlannedLogin> => ({ parameters: { ...common.parameters, ...parameters } });
  const wantsCertificate = record.method === "cert" || record.options.some(({ name }) => name === "clientcert");
  const arrival = { address: standing.from, database: login.database, user: role };
  const plaintext = decidingRecord(gate, { ...arrival, transport: "plain" });
  return [
    ...(plaintext !== "undecided" && plaintext.method === "reject" ? [wrong("SPG-18", "in plaintext", REASON.record, set({ sslmode: "disable" }))] : []),
    ...(server.minProtocol === "TLSv1.3" ? [wrong("TEL-25", "over TLS 1.2", REASON.protocol, set({ ssl_max_protocol_version: "TLSv1.2" }))] : []),
    wrong("SPG-27", "to a server whose authority it does not trust", REASON.serverAuthority, { trust: "foreign" }),
    wrong("TEL-29", "to a server that is named otherwise", REASON.serverName, set({ host: OTHER_NAME })),
    ...(wantsCertificate ? planCertificates(server, role, wrong) : []),
    ...(record.method === "cert" ? [wrong("TEL-28", "with a password instead of a certificate", REASON.noCertificate, { identity: NONE, password: { kind: "wrong" } })] : []),
    ...(record.method === "scram-sha-256" ? [wrong("PAF-10", "with a wrong password", REASON.password, { password: { kind: "wrong" } })] : []),
    ...planOthers(gate, server, { login, standing, record }),
  ];
}

type Wrong = (code: string, what: string, expected: RegExp, change: Partial<PlannedLogin>) => PlannedLogin;

function planCertificates(server: Server, role: string, wrong: Wrong): readonly PlannedLogin[] {
  const presenting = (identity: Identity): Partial<PlannedLogin> => ({ identity });
  return [
    wrong("TEL-28", "without a certificate", REASON.noCertificate, presenting(NONE)),
    wrong("SPG-27", "with a certificate of another authority of the same name", REASON.authority, presenting({ kind: "foreign", commonName: role })),
    wrong("TEL-21", "with the server's own certificate", REASON.authority, presenting({ kind: "server" })),
    ...(server.canSign ? [
      wrong("TEL-22", "with a valid certificate of somebody else", REASON.otherName, presenting({ kind: "signed", commonName: `${role}_other` })),
      wrong("TEL-53", "with an expired certificate", REASON.expired, presenting({ kind: "expired", commonName: role })),
    ] : []),
    ...(server.canSign && server.hasRevoked ? [wrong("SPG-25", "with a revoked certificate", REASON.revoked, presenting({ kind: "revoked", commonName: role }))] : []),
  ];
}

/** From the same place: to another database, as replication, and as the superuser, with a certificate that says so. */
function planOthers(gate: Gate, server: Server, { login, standing }: Admitted): readonly PlannedLogin[] {
  const { role, database } = login;
  const isRefused = (user: string, target: string): boolean => {
    const record = decidingRecord(gate, { address: standing.from, transport: "tls", database: target, user });
    return record !== "undecided" && record.method === "reject";
  };
  const common = base(server, login, standing);
  const refused = (code: string, title: string, parameters: Readonly<Record<string, string>>, identity: Identity = common.identity): PlannedLogin =>
    ({ ...common, code, title, identity, parameters: { ...common.parameters, ...parameters }, expected: REASON.record });
  return [
    ...(isRefused(role, "postgres") ? [refused("TEL-41", `${role} to the database postgres`, { dbname: "postgres" })] : []),
    ...(isRefused(role, database) ? [] : [refused("SPG-01", `${role} as a standby that copies everything`, { replication: "true" })]),
    ...(isRefused("postgres", database)
      ? [refused("TEL-35", `the superuser, from where ${role} gets in`, { user: "postgres" }, server.canSign ? { kind: "signed", commonName: "postgres" } : common.identity)]
      : []),
  ];
}
