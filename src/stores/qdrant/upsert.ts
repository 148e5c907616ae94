/**
 * Upserts, cut into requests of some megabytes. Qdrant does each of them whole; several are no longer all or none, and what is told
 * when one fails is how many points are written.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { WriteResult } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import { ensureForeignIds } from "./foreign-ids.ts";
import { pointId } from "./ids.ts";
import { reservedIn } from "./reserved.ts";
import type { Ongoing } from "./wire.ts";
import { type WirePoint, wirePoints } from "./written-points.ts";

const ongoing: Ongoing = { isOngoing: true };

export async function upsertPoints(
  open: Open,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<WriteResult> {
  const points = wirePoints(given, open.layout);
  const { wire, layout } = open;
  if (points.some(({ payload }) => hasForeignId(payload))) await ensureForeignIds(open);
  let lsn = open.wire.lastLsn(layout.name);
  let done = 0;
  for (const batch of batchesOf(points, wire.options.batchBytes)) {
    try {
      const { operation_id } = await wire.call<Written>(
        "upsertPoints",
        { collection_name: layout.name, wait: true, points: batch },
        { signal, ongoing },
      );
      lsn = wire.seenLsn(layout.name, operation_id);
    } catch (error) {
      throw done === 0 ? error : partly(error, done, points.length);
    }
    done += batch.length;
    wire.walksOf(layout.name).wrote(batch.flatMap(uuidOf));
    if (done < points.length || done > batch.length)
      wire.options.onProgress?.({ collection: layout.name, done, total: points.length });
  }
  return { lsn, count: points.length };
}

export interface Written {
  operation_id?: number | null;
}

function hasForeignId(payload: WirePoint["payload"]): boolean {
  return reservedIn(payload).id !== undefined;
}

/** What a point's id stands for, where it goes as a UUID. */
function uuidOf({ id, payload }: WirePoint): PointId[] {
  return typeof id === "string" ? [pointId(id, reservedIn(payload) as JsonValue)] : [];
}

function* batchesOf(points: readonly WirePoint[], most: number): Generator<WirePoint[]> {
  let batch: WirePoint[] = [];
  let bytes = 0;
  for (const point of points) {
    const own = bytesOf(point);
    if (batch.length > 0 && bytes + own > most) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(point);
    bytes += own;
  }
  if (batch.length > 0) yield batch;
}

/** A float32 as a decimal of a double has about as many. */
const bytesPerComponent = 20;

function bytesOf({ vector, payload }: WirePoint): number {
  return (
    64 + new TextEncoder().encode(JSON.stringify(payload)).length + components(vector) * bytesPerComponent
  );
}

function components(vector: unknown): number {
  if (typeof vector !== "object" || vector === null) return 1;
  if (Array.isArray(vector) && typeof vector[0] === "number") return vector.length;
  return Object.values(vector).reduce((sum: number, one) => sum + components(one), 2);
}

function partly(error: unknown, done: number, total: number): unknown {
  if (!isFrancaError(error)) return error;
  const { code, message, details } = error;
  return new FrancaError(
    code,
    `${message}; ${done} of ${total} points are written, since they are more than one request takes: upsert the rest again`,
    { details: { ...details, written: done }, cause: error },
  );
}
