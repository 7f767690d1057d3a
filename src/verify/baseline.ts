/**
 * Every row of the hardening baseline, asked of the running server: the value it works with, not the one in its files. A
 * row that the program weakened on purpose is held against what the program says, and the finding says so.
 */
import { settingsQuery, parseSettings } from "../inspect/parameter";
import type { InstanceDeclaration } from "../declare/instance";
import { instancePaths } from "../model/instance";
import type { ServerSettings } from "../model/instance-state";
import { showParameterValue } from "../model/parameter-value";
import type { Parameter } from "../model/parameter";
import { MAINTENANCE_DATABASE, psql } from "../render/psql";
import { baselineFor, type BaselineRow } from "../resolve/baseline";
import { resolveParameters } from "../resolve/parameter";
import type { Transport } from "../transport/transport";
import type { Finding } from "./report";

export async function verifyBaseline(declaration: InstanceDeclaration, transport: Transport): Promise<readonly Finding[]> {
  const { instance } = declaration;
  const { configFile, autoFile } = instancePaths(instance);
  const names = baselineFor(instance.major).map(({ name }) => name);
  const settings = await transport.observe({
    title: "asking the server for its parameters",
    script: psql(instance, MAINTENANCE_DATABASE, [settingsQuery(names)]),
    parse: (stdout) => parseSettings(stdout, instance.major, configFile, autoFile),
  });
  return judgeBaseline(declaration, settings);
}

/** One finding for each row that applies, in the table's order. */
export function judgeBaseline(declaration: InstanceDeclaration, settings: ServerSettings): readonly Finding[] {
  const wanted = new Map(resolveParameters(declaration).map((parameter) => [parameter.definition.name, parameter]));
  return baselineFor(declaration.instance.major).flatMap((row) => {
    const parameter = wanted.get(row.name);
    return parameter === undefined ? [] : [judgeRow(row, parameter, settings)];
  });
}

function judgeRow(row: BaselineRow, { definition, value, isWeakened }: Parameter, settings: ServerSettings): Finding {
  const observed = settings.parameters[row.name];
  const isPending = settings.pendingRestart.includes(row.name);
  const show = (plain: string): string => (plain === "" ? "empty" : showParameterValue(definition, plain));
  return {
    code: codeOf(row),
    title: `${sourceOf(row)}${isWeakened ? ", weaker than the baseline by the program" : ""}`,
    passed: observed === value && !isPending,
    expected: show(value),
    observed: observed === undefined ? "not set" : `${show(observed)}${isPending ? ", and another value waits for a restart" : ""}`,
  };
}

function sourceOf({ cis, stig, source }: BaselineRow): string {
  const named = [...(cis === undefined ? [] : [`CIS ${cis}`]), ...(stig === undefined ? [] : [`STIG ${stig}`])];
  return named.length === 0 ? source : named.join(", ");
}

/** Stable for ever: tools may refer to it. */
export function codeOf({ name }: BaselineRow): string {
  return `baseline:${name}`;
}
