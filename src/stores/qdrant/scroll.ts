/** Pages of points in the order of ids. */
import type { CheckedScroll } from "../../model/checked-query.ts";
import { compareIds, idKey, type PointId } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { ScrollPage } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import type { Condition } from "./filter/clauses.ts";
import { wireFilter } from "./filter/filter.ts";
import { behind, type Walk } from "./id-order.ts";
import { isForeign, type WireId, wireId } from "./ids.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { filterWarnings } from "./warnings.ts";

export async function scrollPoints(open: Open, scroll: CheckedScroll): Promise<ScrollPage> {
  const filter = scroll.filter === undefined ? undefined : wireFilter(scroll.filter, open.layout);
  const points = await pageOf(open, scroll, filter);
  const kept = points.slice(0, scroll.limit);
  const isMore = points.length > scroll.limit;
  return {
    points: kept,
    ...(isMore && { next: kept.at(-1)!.id }),
    warnings: filterWarnings(scroll.filter),
  };
}

/** One point more than asked for, where there is one. */
async function pageOf(
  open: Open,
  scroll: CheckedScroll,
  filter: Condition | undefined,
): Promise<StoredPoint[]> {
  const { after, limit, signal } = scroll;
  if (!open.layout.hasForeignIds) {
    const points = await inWireOrder(open, scroll, filter, after, limit + 1);
    if (!points.some(({ id }) => isForeign(id))) return points;
    // Another has written the first meanwhile.
    open.layout.hasForeignIds = true;
  }
  const walk = await open.wire.walksOf(open.layout.name).of(open, filter, after, signal);
  const points: StoredPoint[] = [];
  const isBefore = (id: number): boolean => after === undefined || compareIds(after, id) < 0;
  if (isBefore(0)) points.push(...(await walked(open, scroll, filter, walk, limit + 1, isNegative)));
  if (typeof after !== "string" && points.length <= limit) {
    const from = after !== undefined && after >= 0 ? after : undefined;
    const page = await inWireOrder(open, scroll, filter, from, limit + 1 - points.length);
    points.push(...page.filter(({ id }) => !isString(id) && !isNegative(id)));
  }
  if (points.length <= limit)
    points.push(...(await walked(open, scroll, filter, walk, limit + 1 - points.length, isString)));
  const last = points[limit - 1];
  if (last !== undefined) walk.ends.add(idKey(last.id));
  return points;
}

const isNegative = (id: PointId): boolean => typeof id !== "string" && id < 0;
const isString = (id: PointId): boolean => typeof id === "string";

/** Qdrant's pages start with the point that they are asked from. */
async function inWireOrder(
  { wire, layout }: Open,
  { select, signal }: CheckedScroll,
  filter: Condition | undefined,
  after: PointId | undefined,
  most: number,
): Promise<StoredPoint[]> {
  const { points } = await wire.call<{ points: WireRecord[] }>(
    "scrollPoints",
    {
      collection_name: layout.name,
      limit: after === undefined ? most : most + 1,
      ...(after !== undefined && { offset: wireId(after) }),
      ...(filter && { filter }),
      ...withReservedPart(wireSelection(select, layout)),
    },
    { signal },
  );
  return points
    .map((record) => storedPoint(record, select, layout))
    .filter(({ id }) => after === undefined || compareIds(id, after) !== 0)
    .slice(0, most);
}

/** The next points of a walk that are still there and match. */
async function walked(
  { wire, layout }: Open,
  { after, select, signal }: CheckedScroll,
  filter: Condition | undefined,
  walk: Walk,
  most: number,
  isOfThese: (id: PointId) => boolean,
): Promise<StoredPoint[]> {
  const found: StoredPoint[] = [];
  let from = after ?? (isOfThese("") ? "" : undefined);
  if (isOfThese("") && typeof from !== "string") from = "";
  while (found.length < most) {
    const ids = behind(walk, from, most - found.length).filter(isOfThese);
    if (ids.length === 0) break;
    from = ids.at(-1)!;
    const { points } = await wire.call<{ points: WireRecord[] }>(
      "scrollPoints",
      {
        collection_name: layout.name,
        limit: ids.length,
        filter: { must: [...(filter ? [filter] : []), { has_id: ids.map((id): WireId => wireId(id)) }] },
        ...withReservedPart(wireSelection(select, layout)),
      },
      { signal },
    );
    found.push(...points.map((record) => storedPoint(record, select, layout)));
  }
  return found.sort((a, b) => compareIds(a.id, b.id));
}
