/**
 * The smallest kind that has everything the adapter must handle: a note on a host, with a secret text, a list, an
 * identity, a hazard, and an older form of its observation. Its host is a map in memory.
 */
import { z } from "zod";
import { CONNECTION_SECRETS, declareConnection } from "../../src/declare/connection";
import { EMPTY_PLAN, type Change, type Plan } from "../../src/model/plan";
import { Secret } from "../../src/model/secret";
import { sh } from "../../src/render/shell";
import type { Hosts } from "../../src/provider/host-realm";
import type { OnHost, ResourceKind } from "../../src/provider/kind";
import type { Transport } from "../../src/transport/transport";

export interface Note {
  readonly name: string;
  readonly text: Secret<string>;
  readonly tags: readonly string[];
}

type Declaration = OnHost & Note;

const schema = z.strictObject({ connection: z.unknown(), name: z.string().min(1), text: z.instanceof(Secret), tags: z.array(z.string().regex(/^[a-z]+$/)).default([]) });

export const noteKind: ResourceKind<Declaration, Note, Note | null> = {
  type: "Note",
  description: "A note.",
  secretInputs: [...CONNECTION_SECRETS, "text"],
  replaceOn: ["name"],
  declare(inputs, issues) {
    const connection = declareConnection(inputs["connection"], issues);
    const note = issues.parse(schema, inputs, []);
    return connection === undefined || note === undefined ? undefined : { ...note, text: note.text as Secret<string>, connection };
  },
  resolve: ({ name, text, tags }) => ({ name, text, tags: [...tags].sort() }),
  identify: ({ name }) => name,
  leftAlone: (note) => (note?.text.reveal() === "loud" ? ["somebody shouts"] : []),
  declarationOf: (name) => (name === "" ? undefined : { name, text: "" }),
  probe: ({ name }) => ({
    title: "reading the note",
    script: sh`cat ${name}`,
    parse: (stdout) => {
      const found = JSON.parse(stdout) as (Omit<Note, "text"> & { text: string }) | null;
      return found === null ? null : { ...found, text: new Secret(found.text) };
    },
  }),
  isAbsent: (note) => note === null,
  plan: (observed, desired) => {
    const changes = compare(observed, desired);
    return changes.length === 0 ? EMPTY_PLAN : { ...EMPTY_PLAN, changes, activate: [{ title: "writing the note", script: sh`write ${JSON.stringify({ ...desired, text: desired.text.reveal() })}` }] };
  },
  retire: (_, { name }): Plan => ({ ...EMPTY_PLAN, changes: [{ path: "name", kind: "delete", hazards: ["data-loss"] }], activate: [{ title: "removing the note", script: sh`remove ${name}` }] }),
  adopt: (note) => (note === null ? {} : { ...note }),
  outputs: { shout: ({ name }, observed) => (observed === undefined ? undefined : `${name}!`) },
  upgrades: [(older) => ({ ...(older as object), tags: [] })],
};

function compare(observed: Note | null, desired: Note): readonly Change[] {
  const tags = desired.tags.flatMap((tag, index): Change[] => (observed?.tags[index] === tag ? [] : [{ path: `tags[${index}]`, kind: observed?.tags[index] === undefined ? "add" : "update", before: observed?.tags[index], after: tag, hazards: ["access-widened"] }]));
  const foreign = (observed?.tags ?? []).flatMap((tag, index): Change[] => (index < desired.tags.length ? [] : [{ path: `observed.tags[${index}]`, kind: "delete", before: tag, hazards: ["access-narrowed"] }]));
  const isSame = observed?.text.reveal() === desired.text.reveal();
  return [...tags, ...foreign, ...(isSame ? [] : [{ path: "text", kind: observed === null ? "add" as const : "update" as const, before: "[secret]", after: "[secret]", hazards: [] }])];
}

type Stored = { name: string; text: string; tags: readonly string[] };

/** Hosts in memory: their notes, what was asked of them, and what goes wrong there. */
export class MemoryHosts implements Hosts {
  readonly notes = new Map<string, Stored>();
  readonly log: string[] = [];
  failure: { readonly error: Error; readonly after: "nothing" | "half" | "all" } | undefined;
  isDown = false;

  connect(connection: { readonly host: string }): Transport {
    const name = `root@${connection.host}:22`;
    return {
      name,
      observe: async (probe) => {
        this.log.push(`observe ${name}`);
        if (this.isDown) {
          throw new Error(`${name} is down`);
        }
        return probe.parse(JSON.stringify(this.notes.get(probe.script.masked.split(" ")[1] ?? "") ?? null));
      },
    } as Transport;
  }

  async settle(transport: Transport): Promise<void> {
    this.log.push(`settle ${transport.name}`);
  }

  async apply(_: Transport, plan: Plan): Promise<void> {
    for (const step of plan.activate) {
      this.log.push(step.title);
      const [verb, argument = ""] = /^(\w+) '?(.*?)'?$/s.exec(step.script.text.reveal())?.slice(1) ?? [];
      if (this.failure?.after === "nothing") {
        throw this.failure.error;
      }
      if (verb === "write") {
        const note = JSON.parse(argument) as Stored;
        this.notes.set(note.name, this.failure?.after === "half" ? { ...note, tags: [] } : note);
      } else {
        this.notes.delete(argument);
      }
    }
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }
}
