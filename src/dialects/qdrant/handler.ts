/**
 * What answers a request, whichever wire it came by. A handler takes the Store, what names the target (from the path and the
 * query of a URL, or from fields of a message), and the request as a plain object in the words of Qdrant's OpenAPI document:
 * snake_case, ids as number, bigint or string, vectors as Float32Array or lists of numbers. It returns the plain object that
 * is `result` there, vectors as Float32Array. It reads the request itself: nothing about it needs to have been checked.
 */
import type { Store } from "../../store.ts";
import type { Parts } from "./parts.ts";

export interface Params {
  readonly collection?: string;
  /** Of a point, as it stands in the path. */
  readonly id?: string | number | bigint;
  readonly field_name?: string;
  readonly vector_name?: string;
  readonly peer_id?: string;
  readonly snapshot_name?: string;
  readonly shard_id?: string;
  /** Writes are visible before they are answered in any case; without it they are said to be "acknowledged" only. */
  readonly wait?: boolean;
  /** In seconds, as asked for. */
  readonly timeout?: number;
  readonly details_level?: number;
  /** Of optimizations: what more is asked for. */
  readonly with?: readonly string[];
}

export interface Context extends Parts {
  readonly signal: AbortSignal;
}

export type Handler<Result = unknown> = (
  store: Store,
  params: Params,
  request: unknown,
  context: Context,
) => Promise<Result> | Result;
