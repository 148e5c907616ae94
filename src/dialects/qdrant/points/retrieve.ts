/** Points by their ids. */
import { opened } from "../collections/opened.ts";
import { notFound } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { pointId, pointIdInPath } from "../requests/point-id.ts";
import { list, object } from "../requests/shape.ts";
import { expectReadable } from "../strict/reads.ts";
import { type Record, recordOf } from "./record.ts";
import { selected, withPayload, withVector } from "./select.ts";

const getRequest = object({ ids: list(pointId), with_payload: withPayload, with_vector: withVector });

/** In the order asked for; those that are not there are left out, and each is told once. */
export const getPoints: Handler<Record[]> = async (store, params, given, { signal }) => {
  const { ids, ...asked } = getRequest(given, "");
  const from = await opened(store, params);
  expectReadable(from, { cost: Math.max(1, ids.length) });
  const selection = selected({ with_payload: true, ...asked }, from);
  const points = await from.collection.get([...new Set(ids)], selection.select, { signal });
  return points.flatMap((point) => (point === undefined ? [] : [recordOf(point, selection, from)]));
};

/** With all that it has. */
export const getPoint: Handler<Record> = async (store, params, _, { signal }) => {
  const id = typeof params.id === "string" ? pointIdInPath(params.id) : pointId(params.id, "id");
  const from = await opened(store, params);
  const selection = selected({ with_payload: true, with_vector: true }, from);
  const [point] = await from.collection.get([id], selection.select, { signal });
  if (point === undefined) throw notFound(`Point with id ${id} does not exists!`);
  return recordOf(point, selection, from);
};
