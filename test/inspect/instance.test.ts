/** Captured from PostgreSQL 17.11 on Debian trixie: after an update, and after drift made by hand. */
import { readFileSync } from "node:fs";
import { InspectError } from "../../src/errors";
import { planInstance } from "../../src/diff/instance";
import { probeInstance } from "../../src/inspect/instance";
import type { ObservedInstance } from "../../src/model/instance-state";
import { isEmptyPlan } from "../../src/model/plan";
import { desired } from "../support/instance";

const captured = (name: string): ObservedInstance => probeInstance(desired()).parse(readFileSync(`${__dirname}/../captured/instance/${name}.txt`, "utf8"));

it("an instance as it was left is as it is wanted", () => {
  const observed = captured("clean");
  expect(observed).toMatchObject({
    exists: true, isRunning: true, isReachable: true, version: "17.11", dataChecksums: true, encoding: "UTF8", locale: "C.UTF-8",
    alterSystem: {}, pendingRestart: [], fileErrors: [], unloaded: {}, listeners: ["/run/postgresql/.s.PGSQL.5432"], certificate: null,
  });
  expect(observed.parameters).toMatchObject({ log_connections: "on", unix_socket_permissions: "504", TimeZone: "UTC" });
  expect(isEmptyPlan(planInstance(observed, desired()))).toBe(true);
});

it("drift is told per parameter: loaded, only written, by ALTER SYSTEM", () => {
  const observed = captured("drifted");
  expect(observed.alterSystem).toEqual({ primary_conninfo: "not shown", work_mem: "9MB" });
  expect(observed.unloaded).toEqual({ max_connections: "120", max_wal_size: "2048" });
  expect(observed.sources["work_mem"]).toBe("alter system");
  const repairable = { ...observed, alterSystem: { work_mem: "9MB" } };
  expect(planInstance(repairable, desired()).changes.map(({ path, before, after }) => [path, before, after])).toEqual([
    ['parameters["log_connections"]', "off", "on"],
    ['parameters["max_connections"]', "120", "100"],
    ['observed.parameters["max_wal_size"]', "2GB", "1GB"],
    ['observed.parameters["work_mem"]', "9MB", "4MB"],
    ['observed.alterSystem["work_mem"]', "9MB", undefined],
  ]);
});

it("the script shows no password of a standby's connection", () => {
  expect(JSON.stringify(captured("drifted"))).not.toContain("canary");
});

it("a host without the instance, and a stopped one, are told apart", () => {
  const separator = "\u001e";
  const answers = (process: string): string => [process, "\n", "\n", "", "", "", ""].map((answer) => answer + separator).join("");
  expect(probeInstance(desired()).parse(answers("absent\n"))).toMatchObject({ exists: false, isRunning: false, isReachable: false, parameters: {} });
  expect(probeInstance(desired()).parse(answers("exists\n"))).toMatchObject({ exists: true, isRunning: false, isReachable: false });
  expect(() => probeInstance(desired()).parse(answers("sh: not found\n"))).toThrow(InspectError);
});
