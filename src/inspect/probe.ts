/**
 * A probe is a read-only script and the parser of its answer: both are tested without a host, the script by reading it,
 * the parser on captured output. `combine` joins probes into one, so that one resource costs one round trip.
 */
import { InspectError } from "../errors";
import type { Script } from "../model/plan";
import { Secret } from "../model/secret";

export interface Probe<T> {
  /** Completes the sentence "while …": "reading the loaded ruleset". */
  readonly title: string;
  readonly script: Script;
  /** Throws InspectError when the answer has a form it does not know. */
  readonly parse: (stdout: string) => T;
}

type Probes<T> = { readonly [K in keyof T]: Probe<T[K]> };

/** Separates the answers of combined probes: a control character no text tool prints, so nothing observed can forge it. */
const SEPARATOR = "\u001e";

/** One probe that runs all the given ones in order and gives their answers by the same names. */
export function combine<T extends Record<string, unknown>>(title: string, probes: Probes<T>): Probe<T> {
  const entries = Object.entries(probes) as [keyof T & string, Probe<T[keyof T]>][];
  const join = (spelling: (probe: Probe<unknown>) => string): string =>
    entries.map(([, probe]) => `{ ${spelling(probe)}\n} || exit $?\nprintf '\\036'`).join("\n");
  return {
    title,
    script: {
      text: new Secret(join((probe) => probe.script.text.reveal())),
      masked: join((probe) => probe.script.masked),
      secrets: entries.flatMap(([, probe]) => probe.script.secrets ?? []),
    },
    parse: (stdout) => {
      const answers = stdout.split(SEPARATOR);
      if (answers.length !== entries.length + 1) {
        throw new InspectError(title, `expected ${entries.length} answers, got ${answers.length - 1}`, {
          remedy: "Run the update again; if it repeats, report the host's release and this message.",
        });
      }
      return Object.fromEntries(entries.map(([name, probe], index) => [name, probe.parse(answers[index] ?? "")])) as T;
    },
  };
}
