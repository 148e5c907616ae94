/**
 * A write of points: what it is when it stands alone, and as one of a batch. It reads its request before anything is written.
 */
import type { WriteResult } from "../../../model/result.ts";
import { type Opened, opened } from "../collections/opened.ts";
import type { Handler } from "../handler.ts";
import { type UpdateResult, written } from "./written.ts";

export type WriteOperation = (
  to: Opened,
  request: unknown,
  /** Where the request stands: "" or "operations[0].upsert". */
  path: string,
  options: { readonly signal: AbortSignal },
) => Promise<Pick<WriteResult, "lsn">>;

export function writing(operation: WriteOperation): Handler<UpdateResult> {
  return async (store, params, request, { signal }) => {
    const to = await opened(store, params);
    return written(await operation(to, request, "", { signal }), params);
  };
}
