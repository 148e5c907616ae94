/** Points by id. */
import { list } from "../../model/bad-input.ts";
import { idKey, normalizeId, type PointId } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import { checkSelection } from "../../model/validate-query.ts";
import type { Open } from "./collection.ts";
import { isForeign, wireId } from "./ids.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";

/** In one request. */
const idsPerRequest = 1_000;

export async function getPoints(
  { wire, layout }: Open,
  ids: readonly PointId[],
  select: unknown,
  signal: AbortSignal | undefined,
): Promise<(StoredPoint | undefined)[]> {
  const asked = list(ids, "ids", "point ids").map((id) => normalizeId(id));
  const checked = checkSelection(select, layout.fields);
  wire.expectOpen("get", signal);
  const distinct = new Map(asked.map((id) => [idKey(id), id]));
  const selection = wireSelection(checked, layout);
  const found = new Map<string, StoredPoint>();
  const wanted = [...distinct.values()];
  for (let at = 0; at < wanted.length; at += idsPerRequest) {
    const some = wanted.slice(at, at + idsPerRequest);
    // What is kept beside a point is needed for its id, and for its vectors.
    const needsMore = some.some(isForeign) || checked.vectors.length > 0;
    const records = await wire.call<WireRecord[]>(
      "getPoints",
      {
        collection_name: layout.name,
        ids: some.map(wireId),
        ...(needsMore ? withReservedPart(selection) : selection),
      },
      { signal },
    );
    for (const record of records) {
      const point = storedPoint(record, checked, layout);
      found.set(idKey(point.id), point);
    }
  }
  return asked.map((id) => found.get(idKey(id)));
}
