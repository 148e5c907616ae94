/** Writes of vectors of points that are there: set some, or take some away, and leave the others. */
import type { PointId } from "../../../model/id.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { PointChange } from "../../../store.ts";
import type { Opened } from "../collections/opened.ts";
import { heldVector } from "../collections/vector-field.ts";
import { formatError } from "../errors.ts";
import { readFilter } from "../filter/filter.ts";
import { pointId } from "../requests/point-id.ts";
import { selecting, selectorOf } from "../requests/selector.ts";
import { list, object, objectAt, optional, string } from "../requests/shape.ts";
import { expectInsertable, expectUpdatable } from "../strict/updates.ts";
import { notExcluded } from "./conditional.ts";
import type { WriteOperation } from "./operation.ts";
import { expectAllThere } from "./selected-points.ts";
import { alone, together } from "./turns.ts";
import { type FieldVectors, vectorsIn } from "./vectors-in.ts";

export const updateVectors: WriteOperation = async (to, given, path, { signal }) => {
  const { points, update_filter } = objectAt(given, path);
  if (!Array.isArray(points)) throw formatError("missing field `points`");
  const { collection } = to;
  const filter = optional(readFilter)(update_filter, "update_filter");
  let changes = points.map((point, i) => changeOf(point, to, `points[${i}]`));
  await expectInsertable(
    to,
    changes.map(({ vectors }) => vectors),
    "update limit",
  );
  if (filter === undefined) return together(collection.name, () => write(to, changes, signal));
  return alone(collection.name, async () => {
    const ids = changes.map(({ id }) => id);
    const kept = await notExcluded(collection, ids, filter, signal);
    changes = changes.filter(({ id }) => kept.has(id));
    return write(to, changes, signal);
  });
};

interface VectorChange {
  id: PointId;
  vectors: FieldVectors;
}

function changeOf(given: unknown, to: Opened, path: string): VectorChange {
  const { id, vector } = objectAt(given, path);
  return { id: pointId(id, `${path}.id`), vectors: vectorsIn(vector, to, `${path}.vector`) };
}

/** Each point in one write; the writes of one request go to the log together. */
async function write({ collection }: Opened, changes: readonly VectorChange[], signal: AbortSignal) {
  const results = await Promise.all(
    changes.map(({ id, vectors }) => {
      const change = {
        setVectors: vectors.vectors ?? {},
        ...(vectors.sparse && { setSparse: vectors.sparse }),
        ...(vectors.multi && { setMulti: vectors.multi }),
      };
      return collection.update({ ids: [id] }, change as PointChange<CollectionSchema>, { signal });
    }),
  );
  const ids = changes.map(({ id }) => id);
  const count = new Set(ids.filter((_, i) => results[i]!.count > 0)).size;
  await expectAllThere(collection, { ids }, { count }, signal);
  return { lsn: Math.max(0, ...results.map(({ lsn }) => lsn)) };
}

const deleteRequest = object({ ...selecting, vector: list(string) });

export const deleteVectors: WriteOperation = async (to, given, path, { signal }) => {
  const { vector: names, ...selection } = deleteRequest(given, path);
  const selector = selectorOf(selection);
  expectUpdatable(to, given);
  const { collection } = to;
  const fields = names.map((name) => heldVector(name, to).field);
  const change = { deleteVectors: fields } as PointChange<CollectionSchema>;
  const result = await together(collection.name, () => collection.update(selector, change, { signal }));
  await expectAllThere(collection, selector, result, signal);
  return result;
};
