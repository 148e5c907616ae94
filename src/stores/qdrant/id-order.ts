/**
 * The order of ids where some are kept in payloads. Qdrant pages by integers and then UUIDs, and of the latter many stand for a
 * string or a negative integer: their originals are read once for a walk, sorted, and its pages follow them. That takes the ids'
 * memory, and a pass over those points. Where all ids are Qdrant's own, its order is Franca's.
 */
import { compareIds, idKey, type PointId } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import { writeJson } from "./big-integers.ts";
import type { Open } from "./collection.ts";
import type { Condition } from "./filter/clauses.ts";
import { pointId, type WireId } from "./ids.ts";
import type { WireRecord } from "./read-points.ts";
import { reservedIn, reservedName } from "./reserved.ts";

/** Ids that go as UUIDs, in the order of what they stand for. */
export interface Walk {
  readonly filter: string;
  readonly ids: PointId[];
  /** Where its pages have ended: who goes on there goes on with it. */
  readonly ends: Set<string>;
}

const idsPerRequest = 1_000;
const walksKept = 4;
const firstUuid = "00000000-0000-0000-0000-000000000000";

/** Of one collection. */
export class Walks {
  #walks: Walk[] = [];

  /** The walk that a page belongs to; one begins where there is none. */
  async of(
    open: Open,
    filter: Condition | undefined,
    after: PointId | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Walk> {
    const key = writeJson(filter ?? null);
    const end = after === undefined ? undefined : idKey(after);
    const found = this.#walks.find((walk) => walk.filter === key && end !== undefined && walk.ends.has(end));
    if (found !== undefined) return found;
    const walk: Walk = { filter: key, ids: [], ends: new Set() };
    this.#walks = [walk, ...this.#walks].slice(0, walksKept);
    try {
      const ids = await uuidsInOrder(open, filter, signal);
      // What was written meanwhile is in it already.
      merge(walk.ids, ids);
    } catch (error) {
      this.#walks = this.#walks.filter((one) => one !== walk);
      throw error;
    }
    return walk;
  }

  /** What is written here is seen by walks under way; those under a filter begin anew. */
  wrote(ids: readonly PointId[]): void {
    this.#walks = this.#walks.filter(({ filter }) => filter === "null");
    for (const walk of this.#walks) merge(walk.ids, ids);
  }
}

/** In order, each once. */
function merge(into: PointId[], ids: readonly PointId[]): void {
  if (ids.length === 0) return;
  const all = [...into, ...ids].sort(compareIds);
  into.length = 0;
  for (const id of all) if (into.length === 0 || compareIds(into.at(-1)!, id) !== 0) into.push(id);
}

async function uuidsInOrder(
  { wire, layout }: Open,
  filter: Condition | undefined,
  signal: AbortSignal | undefined,
): Promise<PointId[]> {
  const ids: PointId[] = [];
  let offset: WireId | undefined = firstUuid;
  while (offset !== undefined) {
    const page: { points: WireRecord[]; next_page_offset?: WireId | null } = await wire.call(
      "scrollPoints",
      {
        collection_name: layout.name,
        limit: idsPerRequest,
        offset,
        with_payload: [reservedName],
        with_vector: false,
        ...(filter && { filter }),
      },
      { signal },
    );
    for (const { id, payload } of page.points) ids.push(pointId(id, reservedIn(payload) as JsonValue));
    offset = page.next_page_offset ?? undefined;
  }
  return ids;
}

/** Of a walk, from the first id behind `after`, at most so many. */
export function behind({ ids }: Walk, after: PointId | undefined, most: number): PointId[] {
  let [low, high] = [0, ids.length];
  while (after !== undefined && low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(ids[middle]!, after) > 0) high = middle;
    else low = middle + 1;
  }
  return ids.slice(low, low + most);
}
