/**
 * Parameters found against parameters wanted, one change each, at the property where a person would look. What a change
 * endangers follows from its context and from what the parameter guards; known without a connection.
 */
import type { Major } from "../model/instance";
import { DECIDED_BY, findParameter, needsRestart, type Parameter, type ParameterDefinition } from "../model/parameter";
import { showParameterValue } from "../model/parameter-value";
import type { ObservedInstance } from "../model/instance-state";
import type { Change, Hazard } from "../model/plan";

/** Their change can cut off clients or the local administration. */
const REACHING = /^(listen_addresses|port|unix_socket_(directories|group|permissions)|max_connections|ssl|ssl_.*)$/;

/**
 * In the order of names; what nobody wants comes last. A change that the declaration defers to the next restart is none
 * once the file says it.
 */
export function diffParameters(observed: ObservedInstance, desired: readonly Parameter[], major: Major, isDeferred: (definition: ParameterDefinition) => boolean): readonly Change[] {
  if (!observed.isReachable) {
    return [];
  }
  const wanted = desired.flatMap((parameter) => {
    const { definition, value } = parameter;
    const [inForce, written] = [observed.parameters[definition.name], observed.unloaded[definition.name]];
    const found = written !== undefined && written !== value ? written : inForce;
    if (found === value || isDeferred(definition)) {
      return [];
    }
    const before = found === undefined ? undefined : inShape(definition, found);
    const change: Change = {
      path: pathOf(definition.name), kind: found === undefined ? "add" : "update", ...(before === undefined ? {} : { before }),
      after: inShape(definition, value),
      // Only written, never loaded: taking it back takes no restart.
      hazards: hazardsOf(definition, found, parameter, inForce === value),
    };
    return [change];
  });
  return [...wanted, ...strayParameters(observed, desired, major, isDeferred)];
}

/** Set in a file, though not wanted. The server's own default takes their place. */
function strayParameters(observed: ObservedInstance, desired: readonly Parameter[], major: Major, isDeferred: (definition: ParameterDefinition) => boolean): readonly Change[] {
  const names = new Set(desired.map(({ definition }) => definition.name));
  return Object.entries({ ...observed.parameters, ...observed.unloaded }).flatMap(([name, value]) => {
    const definition = findParameter(major, name);
    const isWritten = isFile(observed.sources[name]) || observed.unloaded[name] !== undefined;
    if (names.has(name) || definition === undefined || !isWritten || isDeferred(definition)) {
      return [];
    }
    const after = definition.boot === null ? undefined : showParameterValue(definition, definition.boot);
    return value === definition.boot ? [] : [{
      path: DECIDED_BY[name] ?? `observed.parameters[${JSON.stringify(name)}]`, kind: "delete" as const, before: showParameterValue(definition, value),
      ...(after === undefined ? {} : { after }), hazards: hazardsOf(definition, value, undefined),
    }];
  });
}

/** No source: the owned file. */
const isFile = (source: string | undefined): boolean => source === undefined || source === "alter system" || source.startsWith("/");

/** As the property that decides it would have it: a port is a number, addresses are a list. */
function inShape(definition: ParameterDefinition, value: string): unknown {
  switch (definition.name) {
    case "port":
      return Number(value);
    case "listen_addresses":
      return listOf(value);
    case "unix_socket_directories":
      return listOf(value).map((path) => ({ path }));
    default:
      return showParameterValue(definition, value);
  }
}

function pathOf(name: string): string {
  return DECIDED_BY[name] ?? `parameters[${JSON.stringify(name)}]`;
}

function hazardsOf(definition: ParameterDefinition, before: string | undefined, after: Parameter | undefined, isInForce = false): readonly Hazard[] {
  const effect: readonly Hazard[] = needsRestart(definition) && !isInForce ? ["restart", "session-end"] : ["reload"];
  const reach: readonly Hazard[] = REACHING.test(definition.name) ? ["lockout"] : [];
  const [widens, narrows] = direction(definition.name, before ?? "", after);
  return [...effect, ...reach, ...(widens ? ["access-widened" as const] : []), ...(narrows ? ["access-narrowed" as const] : [])];
}

/** Whether more or fewer can reach the server, or the same with less protection. */
function direction(name: string, before: string, after: Parameter | undefined): readonly [widens: boolean, narrows: boolean] {
  if (after === undefined) {
    return [false, false];
  }
  if (name === "listen_addresses" || name === "unix_socket_directories") {
    const [old, wanted] = [listOf(before), listOf(after.value)];
    return [wanted.some((address) => !old.includes(address)), old.some((address) => !wanted.includes(address))];
  }
  if (name === "unix_socket_permissions") {
    const [old, wanted] = [Number(before), Number(after.value)];
    return [(wanted & ~old) !== 0, (old & ~wanted) !== 0];
  }
  return [after.isWeakened, false];
}

const listOf = (text: string): readonly string[] => text.split(",").map((word) => word.trim()).filter((word) => word !== "");
