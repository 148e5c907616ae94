/** What strict mode asks of writes. */
import type { Point } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { badRequest } from "../errors.ts";
import type { FieldVectors } from "../points/vectors-in.ts";
import { expectFilterAllowed } from "./filters.ts";
import { spend } from "./rates.ts";
import { expectWithin, strictError, strictModeOf } from "./strict-mode.ts";

/** Of writes that change or take away what is there. @param request as it came */
export function expectUpdatable(to: Opened, request: unknown): void {
  const strict = strictModeOf(to);
  if (strict === undefined) return;
  const { filter, points } = request as { filter?: unknown; points?: unknown };
  expectFilterAllowed(filter, to, strict, strict.unindexed_filtering_update);
  spend(
    to.collection.name,
    "write",
    Array.isArray(points) ? Math.max(1, points.length) : 1,
    strict.write_rate_limit,
  );
}

/** Of writes that bring points or vectors. */
export async function expectInsertable(
  to: Opened,
  points: readonly (FieldVectors | Point)[],
  name: "upsert limit" | "update limit",
): Promise<void> {
  const strict = strictModeOf(to);
  if (strict === undefined) return;
  const { collection } = to;
  expectWithin(points.length, strict.upsert_max_batchsize, name);
  for (const point of points as readonly FieldVectors[]) expectVectorsAllowed(point, to);
  spend(collection.name, "write", Math.max(1, points.length), strict.write_rate_limit);
  const { max_collection_vector_size_bytes: vectorBytes, max_points_count: most } = strict;
  const { max_collection_payload_size_bytes: payloadBytes } = strict;
  if (vectorBytes === undefined && most === undefined && payloadBytes === undefined) return;
  const stats = await collection.stats();
  if (most !== undefined && stats.points >= most)
    throw badRequest(`Max points count limit of ${most} reached!`);
  const vectors = Object.entries(stats.vectors).reduce(
    (sum, [field, { count }]) => sum + count * 4 * (collection.schema.vectors[field]?.dimension ?? 0),
    0,
  );
  if (vectorBytes !== undefined && vectors >= vectorBytes)
    throw badRequest(`Max vector storage size limit of ${vectorBytes / 2 ** 20}MB reached!`);
  if (payloadBytes !== undefined && stats.diskBytes - vectors >= payloadBytes)
    throw badRequest(`Max payload storage size limit of ${payloadBytes / 2 ** 20}MB reached!`);
}

function expectVectorsAllowed({ sparse = {}, multi = {} }: FieldVectors, to: Opened): void {
  const { sparse_config = {}, multivector_config = {} } = strictModeOf(to) ?? {};
  for (const [name, { values }] of Object.entries(sparse)) {
    const most = sparse_config[name]?.max_length;
    if (most !== undefined && values.length > most)
      throw strictError(
        `Sparse vector '${name}' has a limit of ${most} indices, but got ${values.length}`,
        "Reduce the length of the sparse vector.",
      );
  }
  for (const [name, rows] of Object.entries(multi)) {
    const most = multivector_config[name]?.max_vectors;
    if (most !== undefined && rows.length > most)
      throw strictError(
        `Multivector '${name}' has a limit of ${most} vectors, but got ${rows.length}`,
        "Reduce the number of vectors.",
      );
  }
}
