/** Answers in Pulumi's own messages: the detailed diff, and errors with what the state must remember. */
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { describe, Incomplete } from "./fault";
import { encode } from "./property";
import type { DetailedChange } from "./detail";
import type { DiffAnswer } from "./resource";

const KIND = wire.PropertyDiff.Kind;

const PLAIN = { add: KIND.ADD, update: KIND.UPDATE, delete: KIND.DELETE } as const;
const REPLACING = { add: KIND.ADD_REPLACE, update: KIND.UPDATE_REPLACE, delete: KIND.DELETE_REPLACE } as const;

export function answerDiff(answer: DiffAnswer): wire.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = wire.DiffResponse.DiffChanges;
  const response = new wire.DiffResponse()
    .setChanges(answer.changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setReplacesList([...answer.replaces])
    .setDeletebeforereplace(answer.deleteBeforeReplace)
    .setDiffsList([...new Set(answer.changes.map(({ path }) => /^[A-Za-z_]\w*/.exec(path)?.[0] ?? path))])
    .setHasdetaileddiff(true);
  answer.changes.forEach((change) => response.getDetaileddiffMap().set(change.path, propertyDiff(change)));
  return response;
}

function propertyDiff({ kind, isReplacing, isInput }: DetailedChange): wire.PropertyDiff {
  return new wire.PropertyDiff().setKind((isReplacing ? REPLACING : PLAIN)[kind]).setInputdiff(isInput);
}

/** Pulumi keeps a resource whose error carries ErrorResourceInitFailed, and tries again at the next update. */
export function answerError(error: unknown): Partial<ServiceError> {
  const message = describe(error, (text) => text);
  return { code: status.UNKNOWN, details: message, message, metadata: error instanceof Incomplete ? rememberedBy(error, message) : new Metadata() };
}

function rememberedBy(error: Incomplete, message: string): Metadata {
  const failed = new wire.ErrorResourceInitFailed().setId(error.id).setProperties(encode(error.outputs)).setReasonsList([...error.reasons]);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new Status().setCode(status.UNKNOWN).setMessage(message);
  answer.addDetails(detail);
  const metadata = new Metadata();
  // gRPC's own field for structured errors; Pulumi's engine reads it.
  metadata.set("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return metadata;
}
