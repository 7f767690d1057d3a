import { readDeployment } from "../../src/provider/deployment";
import { MARK } from "../../src/provider/property";
import { Secret } from "../../src/model/secret";

const secret = (rest: object): object => ({ [MARK.signature]: MARK.secret, ...rest });
const exported = (resources: readonly object[], version = 3): string => JSON.stringify({ version, deployment: { resources } });
const URN = "urn:pulumi:dev::orders::pgrampart:components:HardenedCluster$pgrampart:index:Host::orders-host";

it("reads resources in their order, with secrets wrapped the moment they are read", () => {
  const [host] = readDeployment(exported([{ urn: URN, type: "pgrampart:index:Host", inputs: { connection: { privateKey: secret({ plaintext: '"canary"' }) }, packages: ["a"] } }]));
  expect(host).toMatchObject({ name: "orders-host", type: "pgrampart:index:Host", outputs: {} });
  const { privateKey } = host?.inputs["connection"] as { privateKey: Secret<string> };
  expect([privateKey instanceof Secret, privateKey.reveal(), JSON.stringify(host)]).toEqual([true, "canary", expect.not.stringContaining("canary")]);
});

it("leaves out what only waits to be deleted", () => {
  expect(readDeployment(exported([{ urn: URN, type: "t", delete: true }]))).toEqual([]);
});

it.each([
  ["secrets that are still encrypted", exported([{ urn: URN, type: "t", inputs: { a: secret({ ciphertext: "v1:x" }) } }]), /still encrypted/],
  ["a form it does not know", exported([], 9), /has form 9/],
])("refuses %s", (_, text, message) => {
  expect(() => readDeployment(text)).toThrow(message);
});

it("an empty stack has no resources", () => {
  expect(readDeployment(JSON.stringify({ version: 3, deployment: {} }))).toEqual([]);
});
