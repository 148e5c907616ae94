/** Paging through points in the order of their ids. */

import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import { type Opened, opened } from "../collections/opened.ts";
import { badRequest } from "../errors.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { orderedRecord, orderingOf } from "../query/order-by.ts";
import { readOrderBy } from "../query/read-query.ts";
import type { OrderBy } from "../query/stage.ts";
import { pointId } from "../requests/point-id.ts";
import { object, optional, unsigned } from "../requests/shape.ts";
import { expectReadable } from "../strict/reads.ts";
import { type Record, recordOf } from "./record.ts";
import { type Selected, selected, withPayload, withVector } from "./select.ts";

const scrollRequest = object({
  offset: optional(pointId),
  limit: optional(unsigned(1)),
  filter: optional(readFilter),
  with_payload: withPayload,
  with_vector: withVector,
  order_by: optional(readOrderBy),
});

export interface ScrollResult {
  points: Record[];
  next_page_offset: PointId | null;
}

/** `offset` is the first id of the page, and `next_page_offset` that of the next. */
export const scrollPoints: Handler<ScrollResult> = async (store, params, given, { signal }) => {
  const { offset, limit = 10, filter, order_by, ...asked } = scrollRequest(given ?? {}, "");
  const from = await opened(store, params);
  expectReadable(from, { filter: (given as { filter?: unknown } | undefined)?.filter, limit });
  const selection = selected({ with_payload: true, ...asked }, from);
  if (order_by !== undefined) {
    if (offset !== undefined)
      throw badRequest(
        "Cannot use an `offset` when using `order_by`. The alternative for paging is to use `order_by.start_from` and a filter to exclude the IDs that you've already seen for the `order_by.start_from` value",
      );
    return {
      points: await ordered(from, order_by, filter, limit, selection, signal),
      next_page_offset: null,
    };
  }
  const after = offset === undefined ? undefined : idBefore(offset);
  const { points } = await from.collection.scroll({
    ...(filter && { filter }),
    ...(after !== undefined && { after }),
    limit: limit + 1,
    select: selection.select,
    signal,
  });
  const next = points[limit];
  return {
    points: points.slice(0, limit).map((point) => recordOf(point, selection, from)),
    next_page_offset: next?.id ?? null,
  };
};

async function ordered(
  from: Opened,
  by: OrderBy,
  filter: Filter | undefined,
  limit: number,
  selection: Selected,
  signal: AbortSignal,
): Promise<Record[]> {
  const { hits } = await from.collection.query({
    ...orderingOf(by, from),
    ...(filter && { filter }),
    limit,
    select: selection.select,
    signal,
  });
  return hits.map((hit) => orderedRecord(hit, selection, from));
}

/** The greatest id that comes before it, among numbers and UUIDs. */
export function idBefore(id: PointId): PointId {
  if (typeof id !== "string") return typeof id === "bigint" ? id - 1n : id - 1;
  const number = BigInt(`0x${id.replaceAll("-", "")}`);
  // All numbers come before all UUIDs.
  if (number === 0n) return 2n ** 64n - 1n;
  const hex = (number - 1n).toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
