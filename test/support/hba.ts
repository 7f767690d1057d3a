/** Arbitrary entries of pg_hba.conf and pg_ident.conf, ugly but legal: what no declaration refuses, and more. */
import fc from "fast-check";
import { HBA_DATABASE_KEYWORDS, HBA_HOST_TYPES, HBA_INCLUDES, type HbaAddress, type HbaEntry, type HbaHostType, type HbaOption, type HbaRecord, type HbaToken, type IdentEntry } from "../../src/model/hba";
import { HBA_OPTIONS, hbaMethodFacts, isListOption, isSecretOption, type HbaMethod, type HbaOptionName } from "../../src/model/hba-method";
import type { Major } from "../../src/model/instance";
import { formatRange, parseNetwork } from "../../src/model/address";
import { Secret } from "../../src/model/secret";

/** Characters with a meaning to some parser on the way, and some without. */
const UGLY = [..."ab Z09_-.,;:#\"'`\\/+@*?()[]{}|^$%&=<>!~\t\r", "é", "λ", "漢", "😀", "\u00a0", "\u2028", "all", "replication", "include", "local", "\\1", '""', "\\\n".slice(0, 1)];

/** A name that no slash begins: the server would take it for an expression. */
export const ugly = (maxLength = 8): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...UGLY), { minLength: 1, maxLength }).map((parts) => parts.join("")).filter((text) => Buffer.byteLength(text) <= 63);

const name = (major: Major): fc.Arbitrary<string> => ugly().filter((text) => major < 16 || !text.startsWith("/"));

/** Expressions that PostgreSQL compiles. */
const regex = fc.constantFrom("^app", "^app_[0-9]+$", "^(a|b),c$", 'with "quotes"', "with space$", "^\\w+\\.x$", "#", "^a{1,3}$", "é+", "[[:alpha:]]", "^");

const token = (major: Major, keywords: readonly string[]): fc.Arbitrary<HbaToken> => fc.oneof(
  { weight: 4, arbitrary: name(major).map((text): HbaToken => ({ kind: "name", name: text })) },
  fc.constantFrom(...keywords).map((keyword) => ({ kind: "keyword", keyword }) as HbaToken),
  fc.constantFrom(...keywords).map((keyword): HbaToken => ({ kind: "name", name: keyword })),
  ugly().map((role): HbaToken => ({ kind: "member", role })),
  ...(major >= 16 ? [regex.map((text): HbaToken => ({ kind: "regex", regex: text }))] : []),
);

const network = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
  fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
).filter(([address]) => parseNetwork(address) !== null).map(([address, bits]): HbaAddress => {
  const range = parseNetwork(`${address}/${bits}`);
  const spelled = range === null ? "" : formatRange(range);
  return { kind: "network", network: spelled.includes("/") ? spelled : `${spelled}/${bits}` };
}).filter((address) => address.kind === "network" && parseNetwork(address.network) !== null);

const address: fc.Arbitrary<HbaAddress> = fc.oneof(
  { weight: 4, arbitrary: network },
  fc.constantFrom<HbaAddress>({ kind: "all" }, { kind: "samehost" }, { kind: "samenet" }, { kind: "name", name: ".example.org" }, { kind: "name", name: "db-1.example" }),
);

/** Without names that the server would have to look up. */
function option(optionName: HbaOptionName): fc.Arbitrary<HbaOption> {
  const form = HBA_OPTIONS[optionName] as string | readonly string[];
  const value: fc.Arbitrary<string | string[]> = typeof form !== "string" ? fc.constantFrom(...form)
    : form === "flag" ? fc.constantFrom("0", "1")
      : form === "port" ? fc.integer({ min: 1, max: 65535 }).map(String)
        : optionName === "radiusservers" ? fc.constant(["127.0.0.1"])
          : isListOption(optionName) ? fc.array(form === "ports" ? fc.integer({ min: 1, max: 65535 }).map(String) : ugly(), { minLength: 1, maxLength: 1 })
            : ugly();
  return value.map((text) => ({ name: optionName, value: isSecretOption(optionName) ? new Secret(text) : text }));
}

/** Only combinations that the server takes. */
function options(method: HbaMethod, type: string): fc.Arbitrary<readonly HbaOption[]> {
  const { options: own, required } = hbaMethodFacts(method);
  const usable = own.filter((candidate) => !["ldapurl", "ldapprefix", "ldapsuffix", "ldapsearchfilter", "ldapbasedn", "map"].includes(candidate) && !required.includes(candidate));
  const certificate: readonly HbaOptionName[] = type !== "hostssl" ? [] : method === "cert" ? ["clientname"] : ["clientcert", "clientname"];
  return fc.subarray([...usable, ...certificate, ...(own.includes("map") ? ["map" as const] : [])])
    .map((some) => [...required, ...(method === "ldap" ? ["ldapbasedn" as const] : []), ...some])
    .map((names) => (Object.keys(HBA_OPTIONS) as HbaOptionName[]).filter((candidate) => names.includes(candidate)))
    .chain((names) => fc.tuple(...names.map(option)));
}

export const comment = fc.option(ugly(12).map((text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\\]/gu, "x").trim().replace(/^#+/, "")).filter((text) => text !== "" && text === text.trim()), { nil: undefined });

const METHODS: readonly HbaMethod[] = ["trust", "reject", "scram-sha-256", "md5", "password", "peer", "cert", "gss", "ident", "ldap", "radius", "pam"];

export const hbaRecord = (major: Major): fc.Arbitrary<HbaRecord> => fc.constantFrom("local" as const, ...HBA_HOST_TYPES).chain((type) =>
  fc.constantFrom(...METHODS.filter((method) => (hbaMethodFacts(method).types as readonly string[]).includes(type))).chain((method) => fc.record({
    type: fc.constant(type),
    databases: fc.array(token(major, HBA_DATABASE_KEYWORDS), { minLength: 1, maxLength: 3 }),
    users: fc.array(token(major, ["all"]), { minLength: 1, maxLength: 3 }),
    address,
    method: fc.constant(method),
    options: options(method, type),
    comment,
  }).map(({ address: from, comment: text, ...fields }): HbaRecord => {
    const common = { ...fields, ...(text === undefined ? {} : { comment: text }) };
    return type === "local" ? { ...common, type: "local" } : { ...common, type: type as HbaHostType, address: from };
  })));

/** Records and includes; `@file` too. */
export const hbaEntry = (major: Major): fc.Arbitrary<HbaEntry> => major < 16 ? hbaRecord(major) : fc.oneof(
  { weight: 5, arbitrary: hbaRecord(major) },
  fc.tuple(fc.constantFrom(...HBA_INCLUDES), ugly().map((text) => text.trim()).filter((text) => text !== "")).map(([type, target]): HbaEntry => ({ type, target })),
  fc.tuple(hbaRecord(major), ugly()).map(([record, path]): HbaEntry => ({ ...record, users: [{ kind: "file", path }] })),
);

export const identMapping = (major: Major): fc.Arbitrary<Exclude<IdentEntry, { readonly target: string }>> => fc.record({
  mapName: ugly(),
  systemUsername: fc.oneof(ugly().filter((text) => !text.startsWith("/")).map((text) => ({ kind: "name" as const, name: text })), regex.map((text) => ({ kind: "regex" as const, regex: text }))),
  databaseUsername: major < 16
    ? ugly().map((text) => ({ kind: "name" as const, name: text }))
    : token(major, ["all"]).map((some) => some as Exclude<HbaToken, { readonly kind: "file" }>),
  comment,
}).map(({ comment: text, ...fields }) => ({ ...fields, ...(text === undefined ? {} : { comment: text }) }));

/** Lines as nobody should write them: words, quotes, commas and continuations in any order. Names no file. */
const WORDS = ["local", "host", "hostssl", "hostgssenc", "all", "app", "replication", "+grp", "/^a", '"all"', '"a b"', "a,b", "a, b", "a ,b", ",", '""', '"', '""x', 'x"y z"', '"x""y"', "#", " # note", "\\\n", "\\", "\\\r\n", "\t", "\r", "10.0.0.0/8", "10.0.0.7/24", "10.1", "fd00::1/64", "::1", "samenet", "samehost", "host.example", "10.0.0.1", "255.255.255.0", "255.0.255.0", "0x7f.1/8", "::ffff:1.2.3.4/128", "10.0.0.0/33", "host/8", "trust", "reject", "md5", "peer", "ident", "cert", "scram-sha-256", "scram", "oauth", "map=x", "map=", '"map=a b"', 'map="a b"', "clientcert=verify-ca", "clientcert=1", "clientname=DN", "ldapserver=x", "=", "include_realm=1"];

const STARTS = ["", "local all all", "host all all 10.0.0.0/8", "hostssl app,app2 +grp all", "host all all 10.0.0.1 255.255.255.0", "local all", "host all all"];
const ENDS = ["", "", "trust", "peer", "cert", "md5 #", "reject\t", "scram-sha-256", 'ldap ldapserver=x "ldapbasedn=dc=a, dc=b"', "hostssl all all all cert map=x"];

export const soup: fc.Arbitrary<string> = fc.tuple(fc.constantFrom(...STARTS), fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }), fc.constantFrom(...ENDS), fc.constantFrom(" ", " ", " ", "", "\t"))
  .map(([start, words, end, separator]) => [start, words.join(separator), end].join(" "));
