/** SCRAM-SHA-256 against the example of RFC 7677, section 3, and against what may not be taken for a verifier. */
import { createHmac } from "node:crypto";
import { Secret } from "../../src/model/secret";
import { isMadeOf, makeVerifier, readVerifier } from "../../src/model/verifier";

const SALT = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const EXCHANGE = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

it("gives the server's signature of RFC 7677", () => {
  const verifier = readVerifier(makeVerifier(new Secret("pencil"), SALT).reveal());
  expect(createHmac("sha256", verifier?.serverKey ?? "").update(EXCHANGE).digest("base64")).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
});

it("recognises its password and no other", () => {
  const stored = makeVerifier(new Secret("pencil"), SALT);
  expect([isMadeOf(stored, new Secret("pencil")), isMadeOf(stored, new Secret("pencil "))]).toEqual([true, false]);
});

it("takes a password in the form SASLprep gives it", () => {
  const stored = makeVerifier(new Secret("IX"), SALT);
  expect([isMadeOf(stored, new Secret("I\u00adX")), isMadeOf(stored, new Secret("\u2168"))]).toEqual([true, true]);
});

it.each([["an MD5 hash", `md5${"0".repeat(32)}`], ["too few iterations", makeVerifier(new Secret("a"), SALT).reveal().replace("4096", "100")], ["a text", "SCRAM-SHA-256$x"]])("takes %s for another password", (_, stored) => {
  expect(isMadeOf(new Secret(stored), new Secret("a"))).toBe(false);
});

it("refuses a short salt and fewer iterations", () => {
  expect(() => makeVerifier(new Secret("a"), Buffer.alloc(8))).toThrow("16 bytes");
  expect(() => makeVerifier(new Secret("a"), SALT, 1000)).toThrow("4096");
});
