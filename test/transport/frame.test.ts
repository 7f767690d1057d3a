/** Cutting streams at markers: whatever the chunks, the answers are the same. */
import fc from "fast-check";
import { DISPATCHER, encodeFrame, MarkerReader } from "../../src/transport/frame";

const NONCE = "0123456789abcdef0123456789abcdef";
const other = NONCE.replace("0", "f");

function read(stream: Buffer, cuts: readonly number[], markers: readonly string[]): Promise<{ before: string; word: string }[]> {
  const reader = new MarkerReader();
  const answers = Promise.all(markers.map((marker) => reader.next(marker)));
  [...cuts, stream.length].sort((a, b) => a - b).reduce((from, to) => {
    reader.push(stream.subarray(from, to));
    return to;
  }, 0);
  reader.fail("no more");
  return answers.then((marked) => marked.map(({ before, word }) => ({ before: before.toString("latin1"), word })));
}

it("gives the same answers however the stream is cut", async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString("latin1"));
  const text = fc.oneof(bytes, fc.constantFrom("", "\n", `\n${NONCE}`, `\n${NONCE.slice(0, 31)} 0\n`, `${NONCE} 0\n`));
  await fc.assert(fc.asyncProperty(text, text, fc.array(fc.nat({ max: 800 }), { maxLength: 12 }), async (first, second, cuts) => {
    const stream = Buffer.from(`noise\n${NONCE} begin\n${first}\n${NONCE} 0\nlate\n${other} begin\n${second}\n${other} 255\n`, "latin1");
    const answers = await read(stream, cuts.map((cut) => Math.min(cut, stream.length)), [NONCE, NONCE, other, other]);
    expect(answers).toEqual([
      { before: "noise", word: "begin" },
      { before: first, word: "0" },
      { before: "late", word: "begin" },
      { before: second, word: "255" },
    ]);
  }));
});

it("rejects what was not answered, and tells the rest", async () => {
  const reader = new MarkerReader();
  const answers = [reader.next(NONCE), reader.next(NONCE)];
  reader.push(Buffer.from(`\n${NONCE} begin\nhalf an answer`));
  reader.fail("the connection ended");
  await expect(answers[0]).resolves.toMatchObject({ word: "begin" });
  await expect(answers[1]).rejects.toBe("the connection ended");
  await expect(reader.next(NONCE)).rejects.toBe("the connection ended");
  expect(reader.rest().toString()).toBe("half an answer");
});

it("a frame has a header of 64 bytes, counts bytes and not characters, and ends in its nonce", () => {
  const frame = encodeFrame("run", NONCE, "echo é€");
  const [kind, nonce, length] = frame.subarray(0, 64).toString().trim().split(" ");
  expect([kind, nonce, frame[63]]).toEqual(["run", NONCE, 10]);
  expect(frame.subarray(64).toString()).toBe(`echo é€\n#${NONCE}`);
  expect(Number(length)).toBe(frame.length - 64);
  expect(encodeFrame("beat", NONCE, "")).toHaveLength(64);
});

it("a script with NUL is refused", () => {
  expect(() => encodeFrame("run", NONCE, "echo \0")).toThrow(/NUL/);
});

it("the dispatcher passes through any login shell", () => {
  expect(DISPATCHER).not.toMatch(/['!\n]/);
});
