/** Databases and what they consist of besides data: owner, settings, schemas, extensions. */
import type { Setting } from "./role";

export interface DatabaseAttributes {
  readonly owner: string;
  /** Fixed at creation, such as `UTF8`. */
  readonly encoding: string;
  /** LC_COLLATE and LC_CTYPE, fixed at creation, such as `C.UTF-8`. */
  readonly locale: string;
  /** Sessions at once; -1 means no limit. */
  readonly connectionLimit: number;
  readonly comment: string | null;
  readonly settings: readonly Setting[];
}

/** A schema as one finds it. */
export interface Schema {
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
}

export interface Extension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

/** `undefined`: that property is left as it is. */
type Partially<T, K extends keyof T> = { readonly [P in K]: T[P] | undefined };

export interface DesiredSchema extends Partially<Schema, "owner" | "comment"> {
  readonly name: string;
  readonly path: string;
}

export interface DesiredExtension extends Partially<Extension, "schema" | "version"> {
  readonly name: string;
  readonly path: string;
}
