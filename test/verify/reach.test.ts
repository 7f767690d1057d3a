import { conninfo, tryAttempt, type Vantage } from "../../src/verify/reach";

const vantage = (status: number, stdout: string, stderr: string): Vantage => ({
  name: "app",
  run: async () => ({ status, stdout, stderr }),
});

describe("conninfo", () => {
  it.each([
    [{ user: "app" }, "user='app'"],
    [{ user: "o'brien", dbname: "a\\b" }, "user='o\\'brien' dbname='a\\\\b'"],
  ])("%j is quoted as libpq reads it", (parameters, text) => {
    expect(conninfo(parameters)).toBe(text);
  });
});

describe("an attempt", () => {
  const attempt = { code: "TEL-28", title: "no certificate", parameters: { user: "app" } };

  it("passes when it is refused for the expected reason", async () => {
    const finding = await tryAttempt({ ...attempt, from: vantage(2, "", "FATAL:  connection requires a valid client certificate"), expected: /valid client certificate/ });
    expect(finding.passed).toBe(true);
  });

  it("fails when it is refused for another reason, which proves nothing", async () => {
    const finding = await tryAttempt({ ...attempt, from: vantage(2, "", "could not translate host name"), expected: /valid client certificate/ });
    expect(finding).toMatchObject({ passed: false, observed: "refused: could not translate host name" });
  });

  it("fails when it is admitted though it must not be", async () => {
    const finding = await tryAttempt({ ...attempt, from: vantage(0, "app\n", ""), expected: /valid client certificate/ });
    expect(finding).toMatchObject({ passed: false, observed: "admitted: app" });
  });

  it("fails when the answer is not the expected one", async () => {
    const finding = await tryAttempt({ ...attempt, from: vantage(0, "postgres\n", ""), expected: "admitted", answer: "app" });
    expect(finding.passed).toBe(false);
  });
});
