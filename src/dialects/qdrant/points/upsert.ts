/** Writing points whole. */

import type { Payload } from "../../../model/payload.ts";
import type { Point } from "../../../model/point.ts";
import { type Opened, opened } from "../collections/opened.ts";
import { formatError, validationError } from "../errors.ts";
import type { GrownPoint } from "../grown.ts";
import type { Handler } from "../handler.ts";
import { pointId } from "../requests/point-id.ts";
import { isList, mismatch, objectAt } from "../requests/shape.ts";
import { vectorsIn } from "./vectors-in.ts";
import { type UpdateResult, written } from "./written.ts";

export const upsertPoints: Handler<UpdateResult> = async (store, params, request, { signal }) => {
  const to = await opened(store, params);
  const points = pointsIn(objectAt(request, ""), to);
  return written(await to.collection.upsert(points, { signal }), params);
};

export function pointsIn(request: { [name: string]: unknown }, to: Opened): Point[] {
  const { points, batch } = request;
  if (Array.isArray(points)) return points.map((point, i) => pointIn(point, to, `points[${i}]`));
  if (batch !== undefined && batch !== null) return batchOf(objectAt(batch, "batch"), to);
  throw formatError("data did not match any variant of untagged enum PointInsertOperations");
}

function pointIn(given: unknown, to: Opened, path: string): Point {
  const { id, vector, payload } = objectAt(given, path);
  if (id === undefined) throw formatError(`missing field \`${path}.id\``);
  if (vector === undefined) throw formatError(`missing field \`${path}.vector\``);
  return {
    id: pointId(id, `${path}.id`),
    ...(vector !== null && vectorsIn(vector, to, `${path}.vector`)),
    ...payloadOf(payload, `${path}.payload`),
  } as Point;
}

function payloadOf(payload: unknown, path: string): { payload?: Payload } {
  return payload === undefined || payload === null ? {} : { payload: objectAt(payload, path) as Payload };
}

/** In columns: ids, vectors, and payloads of as many points. */
function batchOf(given: { [name: string]: unknown }, to: Opened): Point[] {
  const { ids, vectors, payloads } = given;
  if (!isList(ids)) throw mismatch(ids, "a sequence", "batch.ids");
  const count = ids.length;
  const columns = isList(vectors) ? { "": vectors } : objectAt(vectors, "batch.vectors");
  const points: GrownPoint[] = Array.from(ids, (id, i) => ({ id: pointId(id, `batch.ids[${i}]`) }));
  for (const [name, column] of Object.entries(columns)) {
    if (!isList(column)) throw mismatch(column, "a sequence", `batch.vectors.${name}`);
    expectLength(column.length, count, "vectors");
    Array.from(column).forEach((vector, i) => {
      if (vector === null) return;
      const found = vectorsIn({ [name]: vector }, to, `batch.vectors[${i}]`);
      const point = points[i]!;
      for (const kind of ["vectors", "sparse", "multi"] as const)
        if (found[kind] !== undefined) Object.assign(point, { [kind]: { ...point[kind], ...found[kind] } });
    });
  }
  if (payloads === undefined || payloads === null) return points;
  if (!isList(payloads)) throw mismatch(payloads, "a sequence", "batch.payloads");
  expectLength(payloads.length, count, "payloads");
  return points.map((point, i) => ({ ...point, ...payloadOf(payloads[i], `batch.payloads[${i}]`) }));
}

function expectLength(found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw validationError("batch", `number of ids and ${what} must be equal (${expected} != ${found})`);
}
