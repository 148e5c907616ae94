/** Writing points whole. */

import type { Payload } from "../../../model/payload.ts";
import type { Point } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { formatError, validationError } from "../errors.ts";
import { readFilter } from "../filter/filter.ts";
import { pointId } from "../requests/point-id.ts";
import { choice, isList, mismatch, objectAt, optional } from "../requests/shape.ts";
import { expectInsertable } from "../strict/updates.ts";
import { allowed } from "./conditional.ts";
import type { WriteOperation } from "./operation.ts";
import { alone, together } from "./turns.ts";
import { vectorsIn } from "./vectors-in.ts";

export const upsert: WriteOperation = async (to, given, path, { signal }) => {
  const request = objectAt(given, path);
  const { collection } = to;
  const mode = optional(choice("upsert", "insert_only", "update_only"))(request.update_mode, "update_mode");
  const filter = optional(readFilter)(request.update_filter, "update_filter");
  const points = pointsIn(request, to);
  await expectInsertable(to, points, "upsert limit");
  if (filter === undefined && (mode ?? "upsert") === "upsert")
    return together(collection.name, () => collection.upsert(points, { signal }));
  return alone(collection.name, async () => {
    const ids = points.map(({ id }) => id);
    const kept = await allowed(collection, ids, mode ?? "upsert", filter, signal);
    return collection.upsert(
      points.filter(({ id }) => kept.has(id)),
      { signal },
    );
  });
};

function pointsIn(request: { [name: string]: unknown }, to: Opened): Point[] {
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
  const points: Point[] = Array.from(ids, (id, i) => ({ id: pointId(id, `batch.ids[${i}]`) }));
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
