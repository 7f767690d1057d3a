/** Settings of a running host that have a value before and after: kernel parameters and modes of the system's files. */
import type { FileIdentity } from "../model/file";
import { kernelParameterPath, type FileModeLimit, type ObservedHost } from "../model/host";
import type { Change, Script, Step } from "../model/plan";
import { renderKernelValues } from "../render/host";
import { lines, sh } from "../render/shell";
import type { DesiredHost, DesiredKernelParameter } from "../resolve/host";
import { exceedsLimit, withinLimit } from "./host-mode";

export interface SettingDifference {
  readonly changes: readonly Change[];
  readonly validate: readonly Step[];
  readonly activate: readonly Step[];
  readonly restore: readonly Step[];
}

/**
 * A row of the baseline that the kernel does not let us set is passed over: the observation shows it. A parameter that
 * the program itself declares is an error there, before anything is touched.
 */
export function diffKernel(observed: ObservedHost, { kernelParameters }: DesiredHost): SettingDifference {
  const found = new Map(observed.kernelParameters.map((parameter) => [parameter.name, parameter]));
  const differing = kernelParameters.filter(({ name, value, isOptional }) => {
    const now = found.get(name);
    return now?.value !== value && (!isOptional || now === undefined || (now.isWritable && now.value !== null));
  });
  const returning = observed.manifest.flatMap((entry) => {
    const [, path, value] = /^kernel (\S+) (.*)$/.exec(entry) ?? [];
    const parameter = observed.kernelParameters.find(({ name }) => kernelParameterPath(name) === path);
    return value === undefined || parameter === undefined || kernelParameters.some(({ name }) => name === parameter.name) ? [] : [{ name: parameter.name, value, origin: `observed.kernelParameters[${JSON.stringify(parameter.name)}]` }];
  });
  const settings = [...differing, ...returning.filter(({ name, value }) => found.get(name)?.value !== value)];
  if (settings.length === 0) {
    return NO_DIFFERENCE;
  }
  const before = settings.flatMap(({ name }) => {
    const value = found.get(name)?.value ?? null;
    return value === null ? [] : [{ name, value }];
  });
  return {
    changes: settings.map(({ name, value, origin }) => ({
      path: origin, kind: "update", ...(found.has(name) ? { before: found.get(name)?.value } : {}), after: value, hazards: name.startsWith("net.") ? ["lockout"] : [],
    })),
    validate: differing.filter(({ isOptional }) => !isOptional).map(refuseFixed),
    activate: [{ title: "setting kernel parameters", script: renderKernelValues(settings) }],
    restore: [{ title: "setting kernel parameters back", script: renderKernelValues(before) }],
  };
}

function refuseFixed({ name }: DesiredKernelParameter): Step {
  const path = kernelParameterPath(name);
  return {
    title: `checking that ${name} can be set`,
    script: sh`[ -w ${path} ] || { echo ${`${name} cannot be set on this host: its kernel does not have it, or belongs to the container's host. Set it there, or do not declare it`} >&2; false; }`,
  };
}

/** Narrowed to the limit, never widened; given back as it was where the limit is no longer declared. */
export function diffModes({ modes, manifest }: ObservedHost, limits: readonly FileModeLimit[]): SettingDifference {
  const narrowed = modes.flatMap((found) => {
    const limit = limits.find(({ path }) => path === found.path);
    return limit !== undefined && exceedsLimit(found, limit) ? [{ found, wanted: withinLimit(found, limit) }] : [];
  });
  const returned = manifest.flatMap((entry) => {
    const [, path, owner, group, mode] = /^mode (\S+) (\S+) (\S+) (\S+)$/.exec(entry) ?? [];
    const found = modes.find((one) => one.path === path);
    return found === undefined || owner === undefined || group === undefined || mode === undefined || limits.some((limit) => limit.path === path)
      ? [] : [{ found, wanted: { path: found.path, owner, group, mode } }];
  }).filter(({ found, wanted }) => spell(found) !== spell(wanted));
  const settings = [...narrowed, ...returned];
  return settings.length === 0 ? NO_DIFFERENCE : {
    changes: settings.map(({ found, wanted }) => ({ path: `hardenFileModes[${JSON.stringify(found.path)}]`, kind: "update", before: spell(found), after: spell(wanted), hazards: [] })),
    validate: [],
    activate: [{ title: "setting modes", script: setModes(settings.map(({ wanted }) => wanted)) }],
    restore: [{ title: "setting modes back", script: setModes(settings.map(({ found }) => found)) }],
  };
}

const NO_DIFFERENCE: SettingDifference = { changes: [], validate: [], activate: [], restore: [] };
const spell = ({ owner, group, mode }: FileIdentity): string => `${owner}:${group} ${mode}`;

function setModes(files: readonly FileIdentity[]): Script {
  return lines([...files.map(({ path, owner, group, mode }) => sh`{ [ ! -e ${path} ] || { chown ${`${owner}:${group}`} ${path} && chmod ${mode} ${path}; }; } &&`), sh`:`]);
}
