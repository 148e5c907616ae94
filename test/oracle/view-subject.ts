/**
 * The query path over plain arrays as a subject for programs: what it answers is the query path's doing alone.
 */

import { setBits } from "../../src/engine/bitset.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import { runCount, runFacet } from "../../src/engine/query/count.ts";
import { fetchPoints } from "../../src/engine/query/fetch.ts";
import { runQuery } from "../../src/engine/query/query.ts";
import { runScroll } from "../../src/engine/query/scroll.ts";
import { selectSlots } from "../../src/engine/query/select-slots.ts";
import type { PointId } from "../../src/model/id.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import { checkSelection } from "../../src/model/validate-query.ts";
import type { PointSelector } from "../../src/store.ts";
import { ArrayView } from "../engine/query/array-view.ts";
import { Oracle, type OraclePoint } from "./oracle.ts";
import type { Subject } from "./run-program.ts";

export async function viewSubject(schema: CollectionSchema, build: "native" | "wasm"): Promise<Subject> {
  const view = new ArrayView(schema, await loadKernel({ prefer: build }));
  // What an update does to a point is the write path's business: the oracle's way will do here.
  const store = new Oracle(schema);
  const idsOf = async (selector: PointSelector<CollectionSchema>): Promise<PointId[]> => {
    if ("ids" in selector) return selector.ids.filter((id) => store.get(id) !== undefined);
    const { bits, count } = await selectSlots(view, selector.filter);
    const slots = [...setBits(bits)];
    if (slots.length !== count) throw new Error(`${count} counted, ${slots.length} selected`);
    return slots.map((slot) => view.idOf(slot));
  };
  return {
    async upsert(points) {
      const count = store.upsert(points as OraclePoint[]);
      for (const point of points as OraclePoint[]) view.upsert(point);
      return { lsn: 0, count };
    },
    async update(selector, change) {
      const ids = await idsOf(selector);
      const count = store.update({ ids }, change);
      for (const id of new Set(ids)) {
        if (change.setVectors === undefined) view.replacePayload(id, store.get(id)!.payload);
        else view.upsert(store.get(id)!);
      }
      return { lsn: 0, count };
    },
    async delete(selector) {
      const ids = await idsOf(selector);
      const count = store.delete({ ids });
      for (const id of ids) view.delete(id);
      return { lsn: 0, count };
    },
    async get(ids, select) {
      const slots = ids.map((id) => view.slotOf(id));
      const found = slots.filter((slot) => slot !== undefined);
      const points = await fetchPoints(view, found, checkSelection(select, view));
      return slots.map((slot) => (slot === undefined ? undefined : points[found.indexOf(slot)]));
    },
    query: (request) => runQuery(view, request),
    scroll: (request) => runScroll(view, request),
    count: (request) => runCount(view, request),
    facet: (request) => runFacet(view, request),
  };
}
