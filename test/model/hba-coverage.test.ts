/** Which records leave nothing for later ones: exact on addresses, proven on names, cautious on expressions. */
import { parsePgHba } from "../../src/inspect/hba";
import { coveredBy } from "../../src/model/hba-coverage";
import { looseningsOf } from "../../src/model/hba-loosening";
import type { HbaRecord } from "../../src/model/hba";

function records(text: string): readonly HbaRecord[] {
  return parsePgHba(text, 17).map((line) => {
    if ("fault" in line) {
      throw new Error(line.fault);
    }
    return line.entry as HbaRecord;
  });
}

/** Numbers of the earlier lines that decide, or "open". */
function decides(text: string): string {
  const all = records(text);
  const later = all.at(-1) as HbaRecord;
  const covering = coveredBy(later, all.slice(0, -1));
  return covering === null ? "open" : covering.map((record) => all.indexOf(record)).join(" ");
}

it.each([
  ["two halves", "host a b 10.0.0.0/9 md5\nhost a b 10.128.0.0/9 md5\nhost a b 10.0.0.0/8 md5", "0 1"],
  ["the part that is missing", "host a b 10.0.0.0/9 md5\nhost a b 10.128.0.0/10 md5\nhost a b 10.0.0.0/8 md5", "open"],
  ["both families are all", "host a b 0.0.0.0/0 md5\nhost a b ::/0 md5\nhost a b all md5", "0 1"],
  ["one family is not", "host a b 0.0.0.0/0 md5\nhost a b all md5", "open"],
  ["all is every host name", "host a b all md5\nhost a b x.example md5", "0"],
  ["a host name is itself in any case", "host a b X.example md5\nhost a b x.EXAMPLE md5", "0"],
  ["own addresses lie in own networks", "host a b samenet md5\nhost a b samehost md5", "0"],
  ["own networks are more", "host a b samehost md5\nhost a b samenet md5", "open"],
  ["host is every transport", "hostssl a b all md5\nhostnossl a b all md5\nhost a b all md5", "0 1"],
  ["TLS alone is not", "hostssl a b all md5\nhost a b all md5", "open"],
  ["hostnogssenc holds TLS", "hostnogssenc a b all md5\nhostssl a b all md5", "0"],
  ["the socket is no network", "host all all all md5\nlocal all all peer", "open"],
  ["all is not replication", "local all all peer\nlocal replication all peer", "open"],
  ["pairs are covered one by one", "local a x peer\nlocal a y peer\nlocal b x,y peer\nlocal a,b x,y peer", "0 1 2"],
  ["a pair is missing", "local a x peer\nlocal b y peer\nlocal a,b x,y peer", "open"],
  ["sameuser is the pair of equal names", "local sameuser all peer\nlocal x x peer", "0"],
  ["and no other", "local sameuser all peer\nlocal x y peer", "open"],
  ["a name is the same user's", "local x all peer\nlocal sameuser x peer", "0"],
  ["samegroup is samerole", "local samerole all peer\nlocal samegroup x peer", "0"],
  ["an expression is itself", "local /^a x peer\nlocal /^a x peer", "0"],
  ["an expression may not match", "local /^a x peer\nlocal app x peer", "open"],
  ["a group may not have the role", "local a +g peer\nlocal a x peer", "open"],
  ["a file holds nothing known", "local all x peer\nlocal @f x peer", "open"],
  ["only what is needed is named", "local all z peer\nlocal all all peer\nlocal a x peer", "1"],
])("%s", (_, text, expected) => {
  expect(decides(text)).toBe(expected);
});

/** How often an address is read while a record is judged that `count` earlier ones, all candidates, do not cover. */
function readsWhileJudging(count: number): number {
  let reads = 0;
  const many = Array.from({ length: count }, (_, index) => `hostssl app app 10.${index >> 8}.${index & 255}.0/24 scram-sha-256`);
  const all = records([...many, "hostssl app app 10.0.0.0/8 scram-sha-256"].join("\n")).map((record) => new Proxy(record, {
    get: (target, property, receiver) => {
      reads += property === "address" ? 1 : 0;
      return Reflect.get(target, property, receiver) as unknown;
    },
  }));
  expect(coveredBy(all.at(-1) as HbaRecord, all.slice(0, -1))).toBeNull();
  return reads;
}

it("the work grows with the earlier records, not with their pairs", () => {
  expect(readsWhileJudging(2000)).toBeLessThan(2 * 2000);
});

it.each([
  ["hostssl app app 10.0.0.0/8 scram-sha-256", []],
  ["hostssl app app 10.0.0.0/7 scram-sha-256", ["any-address"]],
  ["hostssl app app fc00::/7 cert", []],
  ["hostssl app app fc00::/6 cert", ["any-address"]],
  ["hostssl all /^app_ 10.0.0.0/8 cert", []],
  ["hostssl all /^postgres_exporter$ 10.0.0.0/8 cert", []],
  ["hostssl all /^post 10.0.0.0/8 cert", ["superuser"]],
  ["hostssl all /^pa* 10.0.0.0/8 cert", ["superuser"]],
  ["hostssl all /^(?:x) 10.0.0.0/8 cert", ["superuser"]],
  ["hostssl all \"/^a|postgres\" 10.0.0.0/8 cert", ["superuser"]],
  ["host all app ::1/128 scram-sha-256", []],
  ["hostgssenc all app 10.0.0.0/8 gss", []],
  ["hostssl all app 10.0.0.0/8 ldap ldapurl=ldaps://l/dc=x", []],
  ["local all all trust", ["trust"]],
  ["host all all all reject", []],
])("%s loosens %j", (text, expected) => {
  expect(records(text).flatMap(looseningsOf).map(({ loosening }) => loosening)).toEqual(expected);
});
