/** What Qdrant tells of a collection's size. It tells neither bytes nor dead points: those are 0 here. */

import { vectorFieldNames } from "../../model/schema.ts";
import type { CollectionStats } from "../../store.ts";
import type { Open } from "./collection.ts";
import { countWhere } from "./count.ts";
import { wireName } from "./layout.ts";
import type { CollectionAnswer } from "./read-info.ts";

export async function statsOf(open: Open): Promise<CollectionStats> {
  const { wire, layout } = open;
  const info = await wire.call<CollectionAnswer>("getCollection", { collection_name: layout.name });
  const points = await countWhere(open, undefined, { signal: undefined });
  const names = vectorFieldNames(layout.schema);
  const vectors: CollectionStats["vectors"] = {};
  for (const name of names) {
    const filter = { must: [{ has_vector: wireName(name, layout) }] };
    const count = await countWhere(open, filter, { signal: undefined });
    // Of several fields it tells the sum only.
    const indexed = names.length === 1 ? Math.min(count, info.indexed_vectors_count ?? 0) : 0;
    vectors[name] = { count, indexed, memoryBytes: 0 };
  }
  return {
    points,
    lsn: wire.lastLsn(layout.name),
    vectors,
    slots: { given: points, free: 0, dead: 0 },
    segments: info.segments_count,
    deadBytes: 0,
    diskBytes: 0,
    warnings: [],
  };
}
