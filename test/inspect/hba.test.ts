/** The server's reading of files that somebody else wrote, and the observation made of them. */
import { adoptHba } from "../../src/inspect/hba-adoption";
import { parsePgHba, parsePgIdent } from "../../src/inspect/hba";
import { probeHba } from "../../src/inspect/host-based-access";
import { tokenizeAuthFile } from "../../src/inspect/hba-tokens";
import type { HbaEntry } from "../../src/model/hba";
import type { InstanceReference, Major } from "../../src/model/instance";
import { Secret } from "../../src/model/secret";
import { spellRow, spellEntry } from "../../src/render/hba";

const instance: InstanceReference = { major: 17, name: "main", port: 5432, socketDirectory: "/run/postgresql" };

const read = (text: string, major: Major = 17): readonly string[] =>
  parsePgHba(text, major).map((line) => `${line.line} ${"fault" in line ? `! ${line.fault}` : spellRow(spellEntry(line.entry))}`);

it.each([
  ["quotes take a keyword its meaning only at the first character", 'local "all" a"ll" peer', ['1 local "all" all peer']],
  ["a comma right after a token continues the field", "local a, b c peer", ["1 local a,b c peer"]],
  ["a comma after a space does not", "local a ,b peer", ["1 local a b peer"]],
  ["a backslash joins lines, in comments and quotes too", 'local a "b\\\n c" peer\n# note \\\nlocal all all trust\nlocal x y peer', ['1 local a "b c" peer', "5 local x y peer"]],
  ["each backslash joins one line", "local a\\\n\\\nb c peer", ["1 local ab c peer"]],
  ["of two backslashes the first stays", "local a b\\\\\n\nlocal c d peer", ["1 ! the line ends before its authentication method", "3 local c d peer"]],
  ["an open quote runs to the end", 'local a "b peer', ["1 ! the line ends before its authentication method"]],
  ["host bits mean nothing", "host all all 10.0.0.7/24 reject", ["1 host all all 10.0.0.0/24 reject"]],
  ["a mask is a prefix", "host all all 10.0.0.7 255.255.255.0 reject", ["1 host all all 10.0.0.0/24 reject"]],
  ["a mask with holes stays one", "host all all 10.0.0.7 255.0.255.0 reject", ["1 host all all 10.0.0.0 255.0.255.0 reject"]],
  ["short addresses are long ones", "host all all 10.1/32 reject", ["1 host all all 10.0.0.1/32 reject"]],
  ["a dotted tail is no mapped address", "host all all ::1.2.3.4/128 reject", ["1 host all all ::102:304/128 reject"]],
  ["a quoted keyword is a host name", 'host all all "all" reject', ['1 host all all "all" reject']],
  ["ident on the socket is peer", "local all all ident map=m", ["1 local all all peer map=m"]],
  ["peer is not for hosts", "host all all all peer", ["1 ! authentication method peer is not for host records"]],
  ["an unknown option", "local all all peer x=y", ["1 ! unrecognized authentication option name"]],
  ["a method of its own", "host all all all magic", ["1 ! invalid authentication method"]],
  ["a file for a field", "local @dbs @users peer", ["1 local @dbs @users peer"]],
  ["a file for a method", "local all all @method", ["1 ! a file stands for the authentication method"]],
  ["includes", "include x.conf\n\"include_dir\" conf.d", ["1 include x.conf", "2 include_dir conf.d"]],
])("%s", (_, text, lines) => {
  expect(read(text)).toEqual(lines);
});

it("majors differ in what a slash, an include and oauth are", () => {
  expect(parsePgHba("local all /x peer", 15)).toEqual([{ line: 1, entry: { type: "local", databases: [{ kind: "keyword", keyword: "all" }], users: [{ kind: "name", name: "/x" }], method: "peer", options: [] } }]);
  expect(read("include x", 15)).toEqual(["1 ! invalid connection type"]);
  expect(read("host all all all oauth issuer=https://i scope=s", 17)).toEqual(["1 ! invalid authentication method"]);
  expect(read("host all all all oauth issuer=https://i scope=s", 18)).toEqual(["1 host all all all oauth issuer=https://i scope=s"]);
  expect(parsePgIdent("m a all", 15)[0]).toMatchObject({ entry: { databaseUsername: { kind: "name", name: "all" } } });
  expect(parsePgIdent("m a all", 16)[0]).toMatchObject({ entry: { databaseUsername: { kind: "keyword", keyword: "all" } } });
});

it("a comment belongs to the entry right below it", () => {
  const comments = parsePgHba("# file\n\n# far\n\n## near \nlocal a b peer\nlocal c d peer # aside\n#\nlocal e f peer", 17).map((line) => ("entry" in line ? (line.entry as HbaEntry).comment : null));
  expect(comments).toEqual(["near", undefined, undefined]);
});

it("the scanner counts physical lines", () => {
  expect(tokenizeAuthFile("a\r\nb\\\nc\n\n d").map(({ line, raw }) => [line, raw])).toEqual([[1, "a"], [2, "bc"], [4, ""], [5, " d"]]);
});

/** What the probe's script prints. */
function answer(hba: string, ident: string, server: unknown, changed = "1000.5"): string {
  const part = (text: string): string => `640 root postgres ${changed}00000000\n${Buffer.from(text).toString("base64")}`;
  return `${part(hba)}\n${part(ident)}\n${JSON.stringify(server, null, 1)}\n`;
}

const SERVER = { hbaFile: "/etc/postgresql/17/main/pg_hba.conf", identFile: "/etc/postgresql/17/main/pg_ident.conf", loadedAt: "1000.75", faults: [] };
const { parse } = probeHba(instance);

it("says whether the server has loaded what is there, and keeps the clock to itself", () => {
  const loaded = parse(answer("local all all peer", "", SERVER));
  expect(loaded.server?.isLoaded).toBe(true);
  expect(parse(answer("local all all peer", "", { ...SERVER, loadedAt: "2000" }))).toEqual(loaded);
  expect(parse(answer("local all all peer", "", { ...SERVER, loadedAt: "1000.25" })).server?.isLoaded).toBe(false);
  const fault = { file: "/etc/x", line: 3, message: "could not open", isFatal: true };
  expect(parse(answer("", "", { ...SERVER, faults: [fault, { ...fault, line: 4 }] })).server).toMatchObject({ isLoaded: false, faults: [{ file: "/etc/x", line: 3, message: "could not open" }, { line: 4 }] });
  expect(parse(answer("", "", { ...SERVER, faults: [{ ...fault, isFatal: false }] })).server?.isLoaded).toBe(true);
});

it("a file or server that is not there is no error", () => {
  expect(parse("\n\n\n\nnull\n")).toEqual({ instance, files: [], records: [], identMappings: [], server: null });
  expect(() => parse("rubbish\n\n\n\nnull\n")).toThrow(/stat answered/);
});

it("a password leaves only inside Secret, whatever the server quotes and whatever is switched off", () => {
  const text = "# local a a ldap ldapbindpasswd=geheim1\nlocal a b ldap ldapserver=l ldapbasedn=x ldapbindpasswd=geheim2\nlocal a c ldap ldapbindpasswd geheim3";
  const faults = [{ file: "f", line: 3, message: "authentication option not in name=value format: geheim3", isFatal: true }, { file: "f", line: 4, message: 'invalid value "geheim4"', isFatal: true }];
  const observed = parse(answer(text, "", { ...SERVER, faults }));
  expect(JSON.stringify(observed)).not.toContain("geheim");
  expect(observed.records[0]).toMatchObject({ options: { ldapbindpasswd: new Secret("geheim2") } });
  expect(parse(answer(text.replace("geheim2", "anders"), "", { ...SERVER, faults })).files).toEqual(observed.files);
});

it("adopts what has an effect, with reasons, and leaves out the rest", () => {
  const hba = [
    "local all postgres peer", "# the socket", "local all all ident", "host all all 127.0.0.1/32 md5", "host app app 10.0.0.7/8 trust", "host app app 10.2.0.0/16 scram-sha-256",
    "hostssl all +ops 10.0.0.1 255.0.255.0 cert", "hostssl all ops 10.9.0.0/16 cert map=nobody", "hostssl \"all\" Ann .example cert map=m", "broken", "host all,replication all all reject",
  ].join("\n");
  expect(adoptHba(parse(answer(hba, "m root postgres\nm root postgres\nm /^(.*)$ \\1", SERVER)))).toEqual({
    instance,
    records: [
      { type: "local", databases: ["all"], users: ["all"], method: "peer", comment: "the socket" },
      { type: "host", databases: ["all"], users: ["all"], address: "127.0.0.1/32", method: "md5", allowInsecure: { md5: "found on the host when it was adopted", "any-user": "found on the host when it was adopted" } },
      { type: "host", databases: ["app"], users: ["app"], address: "10.0.0.0/8", method: "trust", allowInsecure: { trust: "found on the host when it was adopted", plaintext: "found on the host when it was adopted" } },
      { type: "hostssl", databases: [{ name: "all" }], users: ["Ann"], address: ".example", method: "cert", options: { map: "m" }, allowInsecure: { "host-name": "found on the host when it was adopted" } },
    ],
    identMappings: [
      { mapName: "m", systemUsername: "root", databaseUsername: "postgres", allowInsecure: { superuser: "found on the host when it was adopted" } },
      { mapName: "m", systemUsername: "/^(.*)$", databaseUsername: { name: "\\1" } },
    ],
  });
});
