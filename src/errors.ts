/**
 * One class per stage. Each carries a brand instead of relying on `instanceof`, because two copies of this package
 * may be loaded in one program. Messages never hold a secret: callers pass masked text only.
 */

export type Stage = "declare" | "render" | "inspect" | "plan" | "connect" | "run" | "apply" | "verify" | "lab";

export interface FaultDetail {
  /** What a person does next; one sentence in the imperative. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** Base of every error this project throws on purpose: the stage that failed, what was attempted, what to do next. */
export class PgrampartError extends Error {
  readonly __pgrampartError = true;
  readonly remedy: string;

  constructor(readonly stage: Stage, message: string, detail: FaultDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.remedy = detail.remedy;
  }

  static isInstance(value: unknown): value is PgrampartError {
    return typeof value === "object" && value !== null && (value as Record<string, unknown>)["__pgrampartError"] === true;
  }
}

/** Something that cannot be rendered safely. A fault of ours or of an unchecked value: check refuses it earlier. */
export class RenderError extends PgrampartError {
  constructor(message: string, detail: FaultDetail) {
    super("render", message, detail);
  }
}

/** A probe's answer did not have the form its parser knows. */
export class InspectError extends PgrampartError {
  constructor(readonly probe: string, message: string, detail: FaultDetail) {
    super("inspect", message, detail);
  }
}

/** No plan leads from what is there to what is declared. */
export class PlanError extends PgrampartError {
  constructor(message: string, detail: FaultDetail) {
    super("plan", message, detail);
  }
}

/** The host could not be reached, or was not the host whose key is pinned. */
export class ConnectError extends PgrampartError {
  constructor(readonly host: string, message: string, detail: FaultDetail) {
    super("connect", `${host}: ${message}`, detail);
  }
}

/** A script on the host ended with a status other than zero. Holds the step's title and masked standard error, never the script. */
export class RunError extends PgrampartError {
  constructor(readonly host: string, readonly step: string, readonly status: number, readonly stderr: string, detail: FaultDetail) {
    super("run", `${host}: ${step} failed with status ${status}${stderr === "" ? "" : `: ${stderr}`}`, detail);
  }
}

/** A transaction did not take. `rolledBack` says whether the host is proven to be as it was. */
export class ApplyError extends PgrampartError {
  constructor(readonly host: string, readonly step: string, readonly rolledBack: boolean, message: string, detail: FaultDetail) {
    super("apply", `${host}: ${step}: ${message}${rolledBack ? " (the host is as it was before)" : ""}`, detail);
  }
}

/** What was applied is not what the host shows afterwards. */
export class VerifyError extends PgrampartError {
  constructor(message: string, detail: FaultDetail) {
    super("verify", message, detail);
  }
}

/** A test host or its network could not be made, found or removed. */
export class LabError extends PgrampartError {
  constructor(message: string, detail: FaultDetail) {
    super("lab", message, detail);
  }
}
