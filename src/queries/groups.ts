/**
 * Groups of a query's hits: the best groups by a payload field, each with its best hits. As many hits are asked for as it
 * takes; a group is as good as its best hit.
 */
import type { Filter } from "../model/filter.ts";
import type { JsonValue } from "../model/payload.ts";
import type { QueryRequest, Selection } from "../model/query.ts";
import type { Hit } from "../model/result.ts";
import type { Collection } from "../store.ts";

export interface GroupsRequest {
  /** How to rank, and what to filter; `limit`, `offset` and `select` of it are not looked at. */
  readonly query: QueryRequest;
  /** The values of a point's payload by which it belongs to groups: strings and integers. Each makes a group. */
  readonly keysOf: (hit: Hit) => readonly JsonValue[];
  /** What `keysOf` needs. */
  readonly keySelection: Selection;
  /** Groups, at most. */
  readonly limit: number;
  /** Hits of each, at most. */
  readonly size: number;
  /** Holds for the points of these groups. With it, hits that fill the groups are sought among them alone. */
  readonly filterFor?: (keys: readonly (string | number)[]) => Filter;
}

export interface Group {
  readonly key: string | number;
  readonly hits: Hit[];
}

/** The most hits a query may have. */
const mostHits = 2 ** 20;

export async function groupsOf(collection: Collection, request: GroupsRequest): Promise<Group[]> {
  const { query, keySelection, limit, size, filterFor } = request;
  let filter = query.filter;
  for (let asked = Math.min(mostHits, limit * size); ; asked = Math.min(mostHits, asked * 4)) {
    const { hits } = await collection.query({
      ...query,
      ...(filter !== undefined && { filter }),
      limit: asked,
      offset: 0,
      select: keySelection,
    } as QueryRequest);
    const groups = grouped(hits, request);
    const isFull = groups.length === limit && groups.every((group) => group.hits.length === size);
    if (isFull || hits.length < asked || asked === mostHits) return groups;
    // The best groups are known, though not all of their hits.
    if (groups.length === limit && filterFor !== undefined) {
      const members = filterFor(groups.map(({ key }) => key));
      filter = query.filter === undefined ? members : { and: [query.filter, members] };
    }
  }
}

function grouped(hits: readonly Hit[], { keysOf, limit, size }: GroupsRequest): Group[] {
  const groups = new Map<string | number, Group>();
  for (const hit of hits) {
    for (const key of new Set(keysOf(hit))) {
      if (typeof key !== "string" && (typeof key !== "number" || !Number.isSafeInteger(key))) continue;
      const group = groups.get(key);
      if (group !== undefined) {
        if (group.hits.length < size) group.hits.push(hit);
      } else if (groups.size < limit) groups.set(key, { key, hits: [hit] });
    }
  }
  return [...groups.values()];
}
