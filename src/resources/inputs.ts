/** One mapped type turns the arguments of a declaration into what a program may pass: any part may be an output. */
import type * as pulumi from "@pulumi/pulumi";
import type { Secret } from "../model/secret";

type Plain = string | number | boolean | null | undefined;

/** Distributes over a union, so that `boolean` stays one type inside one `Input`. */
type Inner<T> =
  T extends Plain ? T
  : T extends Secret<infer Value> ? T | Inner<Value>
  : T extends readonly unknown[] ? { [Key in keyof T]: DeepInput<T[Key]> }
  : Inputs<T>;

type DeepInput<T> = pulumi.Input<Inner<T>>;

/** Optional arguments may also be passed as undefined. */
export type Inputs<Args> = {
  [Key in keyof Args]: DeepInput<Args[Key]> | (object extends Pick<Args, Key> ? undefined : never);
};

/** What is read back: the same shape without secrets' wrappers. */
export type Outputs<T> = T extends Plain ? T : T extends Secret<infer Value> ? Outputs<Value> : { readonly [Key in keyof T]: Outputs<T[Key]> };
