/** What a write answers. */
import type { WriteResult } from "../../../model/result.ts";
import type { Params } from "../handler.ts";

export interface UpdateResult {
  operation_id: number;
  status: "acknowledged" | "completed";
}

/** A write is durable and visible when it is answered, whether it was waited for or not. */
export function written({ lsn }: Pick<WriteResult, "lsn">, { wait = false }: Params): UpdateResult {
  return { operation_id: lsn, status: wait ? "completed" : "acknowledged" };
}
