import { maskSecrets } from "../../src/model/masking";
import { Secret } from "../../src/model/secret";

it.each([
  ["the whole", "password is hunter2!", ["hunter2!"], "password is [secret]"],
  ["each line", "line 2: BBBB near", ["AAAA\nBBBB\nCC"], "line 2: [secret] near"],
  ["the longer one first", "x abcdef x abcd", ["abcd", "abcdef"], "x [secret] x [secret]"],
  ["as a shell word spells it", `it'\\''s a: it's a`, ["it's a"], "[secret]: [secret]"],
  ["nothing that is too short to tell", "a cat sat", ["a", "cat"], "a cat sat"],
  ["nothing of an empty secret", "text", ["", "\n\n"], "text"],
])("takes out %s", (_, text, secrets, masked) => {
  expect(maskSecrets(text, secrets.map((secret) => new Secret(secret)))).toBe(masked);
});
