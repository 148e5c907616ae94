/** Pages of points. */
import type { CheckedScroll } from "../../model/checked-query.ts";
import { idKey } from "../../model/id.ts";
import type { ScrollPage } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import { wireFilter } from "./filter/filter.ts";
import { type WireId, wireId } from "./ids.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { filterWarnings } from "./warnings.ts";

interface WirePage {
  points: WireRecord[];
  next_page_offset?: WireId | null;
}

export async function scrollPoints(
  { wire, layout }: Open,
  { filter, limit, after, select, signal }: CheckedScroll,
): Promise<ScrollPage> {
  // Qdrant's pages start with the point that they are asked from.
  const asked = after === undefined ? limit : limit + 1;
  const page = await wire.call<WirePage>(
    "scrollPoints",
    {
      collection_name: layout.name,
      limit: asked,
      ...(after !== undefined && { offset: wireId(after) }),
      ...(filter !== undefined && { filter: wireFilter(filter, layout) }),
      ...withReservedPart(wireSelection(select, layout)),
    },
    { signal },
  );
  const points = page.points
    .map((record) => storedPoint(record, select, layout))
    .filter(({ id }) => after === undefined || idKey(id) !== idKey(after));
  const isMore = points.length > limit || (page.next_page_offset ?? undefined) !== undefined;
  const kept = points.slice(0, limit);
  const last = kept.at(-1);
  return {
    points: kept,
    ...(isMore && last !== undefined && { next: last.id }),
    warnings: filterWarnings(filter),
  };
}
