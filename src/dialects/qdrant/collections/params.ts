/** The parameters of a collection as GET reports them: its vectors, and how it is spread. */
import type { CollectionSchema, Metric } from "../../../model/schema.ts";
import type { JsonObject } from "../requests/shape.ts";
import { defaultParams } from "./defaults.ts";
import type { QdrantSettings } from "./settings.ts";
import { type HeldVector, heldIn } from "./vector-field.ts";

export function paramsOf(schema: CollectionSchema, settings: QdrantSettings): JsonObject {
  const fields = [schema.vectors, schema.multi, schema.sparse].flatMap((kind) => Object.keys(kind ?? {}));
  const held = fields.flatMap((field) => heldIn(field, { collection: { schema }, settings }) ?? []);
  const vectors = held.filter(({ kind }) => kind !== "sparse");
  const sparse = held.filter(({ kind }) => kind === "sparse");
  const alone = vectors.find(({ name }) => name === "");
  const reported = (vector: HeldVector): JsonObject => ({
    size: vector.dimension,
    distance: distances[vector.metric],
    ...(vector.kind === "multi" && !vector.isSingle && { multivector_config: { comparator: "max_sim" } }),
    ...settings.vectors?.[vector.field],
  });
  return {
    vectors:
      alone !== undefined && vectors.length === 1
        ? reported(alone)
        : Object.fromEntries(vectors.map((vector) => [vector.name, reported(vector)])),
    ...defaultParams,
    ...settings.params,
    ...(sparse.length > 0 && {
      sparse_vectors: Object.fromEntries(
        sparse.map(({ field }) => [field, settings.sparse_vectors?.[field] ?? schema.sparse![field]!]),
      ) as JsonObject,
    }),
  };
}

const distances: { readonly [metric in Metric]: string } = {
  cosine: "Cosine",
  euclidean: "Euclid",
  dot: "Dot",
  manhattan: "Manhattan",
};
