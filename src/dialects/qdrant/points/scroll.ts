/** Paging through points in the order of their ids. */
import type { PointId } from "../../../model/id.ts";
import { opened } from "../collections/opened.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { pointId } from "../requests/point-id.ts";
import { object, optional, unsigned } from "../requests/shape.ts";
import { type Record, recordOf } from "./record.ts";
import { selected, withPayload, withVector } from "./select.ts";

const scrollRequest = object({
  offset: optional(pointId),
  limit: optional(unsigned(1)),
  filter: optional(readFilter),
  with_payload: withPayload,
  with_vector: withVector,
});

export interface ScrollResult {
  points: Record[];
  next_page_offset: PointId | null;
}

/** `offset` is the first id of the page, and `next_page_offset` that of the next. */
export const scrollPoints: Handler<ScrollResult> = async (store, params, given, { signal }) => {
  const { offset, limit = 10, filter, ...asked } = scrollRequest(given ?? {}, "");
  const from = await opened(store, params);
  const selection = selected({ with_payload: true, ...asked }, from);
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

/** The greatest id that comes before it, among numbers and UUIDs. */
export function idBefore(id: PointId): PointId {
  if (typeof id !== "string") return typeof id === "bigint" ? id - 1n : id - 1;
  const number = BigInt(`0x${id.replaceAll("-", "")}`);
  // All numbers come before all UUIDs.
  if (number === 0n) return 2n ** 64n - 1n;
  const hex = (number - 1n).toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
