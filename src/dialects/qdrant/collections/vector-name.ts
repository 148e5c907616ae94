/** Vectors that join a collection, or leave it, when it has points. */
import { FrancaError } from "../../../errors.ts";
import type { Filter } from "../../../model/filter.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { SchemaChange } from "../../../store.ts";
import { alreadyExists } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { alone } from "../points/turns.ts";
import { type UpdateResult, written } from "../points/written.ts";
import { choice, either, type JsonObject, object, optional, unsigned } from "../requests/shape.ts";
import { changeSettings } from "./change.ts";
import { metrics, validateVectorName } from "./create.ts";
import { opened } from "./opened.ts";
import type { QdrantSettings } from "./settings.ts";
import { heldIn, heldVector } from "./vector-field.ts";

const datatype = optional(choice("float32", "uint8", "float16"));

const vectorConfig = either(
  "VectorNameConfig",
  object({
    dense: object({
      size: unsigned(1, 65_536),
      distance: choice("Cosine", "Euclid", "Dot", "Manhattan"),
      multivector_config: optional(object({ comparator: choice("max_sim") })),
      datatype,
    }),
  }),
  object({ sparse: object({ modifier: optional(choice("none", "idf")), datatype }) }),
);

export const createVectorName: Handler<UpdateResult> = async (store, params, given) => {
  const config = vectorConfig(given, "");
  const { vector_name: name = "" } = params;
  validateVectorName(name);
  const { collection } = await opened(store, params);
  await changeSettings(store, params, (schema, before) => {
    if (heldIn(name, { collection: { schema }, settings: before }) !== undefined)
      throw alreadyExists(`Vector with name ${name} already exists`);
    if ("sparse" in config && before.dropped?.includes(name))
      throw new FrancaError(
        "unimplemented",
        `the vector ${JSON.stringify(name)} was a dense one; take another name`,
      );
    if ("sparse" in config) {
      const { modifier, datatype } = config.sparse;
      const reported = { ...(modifier && { modifier }), ...(datatype && { index: { datatype } }) };
      const settings = { ...before, sparse_vectors: { ...before.sparse_vectors, [name]: reported } };
      return {
        settings,
        schema: { addSparse: { [name]: modifier === undefined ? {} : { modifier } } } as SchemaChange,
      };
    }
    const { size, distance, ...others } = config.dense;
    if (before.dropped?.includes(name))
      return { settings: again(name, size, distance, others, schema, before) };
    const settings: QdrantSettings = {
      ...before,
      vectors: { ...before.vectors, [name]: others as JsonObject },
    };
    if (others.multivector_config === undefined) settings.single = [...(before.single ?? []), name];
    return {
      settings,
      schema: { addMulti: { [name]: { dimension: size, metric: metrics[distance] } } } as SchemaChange,
    };
  });
  return written(await collection.stats(), params);
};

/** A dense vector whose place is there still takes it again. @throws FrancaError unimplemented where it does not fit */
function again(
  name: string,
  size: number,
  distance: keyof typeof metrics,
  others: object,
  schema: CollectionSchema,
  before: QdrantSettings,
): QdrantSettings {
  const { dimension, metric = "cosine" } = schema.vectors[name]!;
  if ("multivector_config" in others || dimension !== size || metric !== metrics[distance])
    throw new FrancaError(
      "unimplemented",
      `the vector ${JSON.stringify(name)} was deleted, and can come back only as it was: one vector of ${dimension} components compared by ${metric}; take another name`,
    );
  return {
    ...before,
    vectors: { ...before.vectors, [name]: others as JsonObject },
    dropped: before.dropped!.filter((other) => other !== name),
  };
}

/** Its vectors are deleted with it. */
export const deleteVectorName: Handler<UpdateResult> = async (store, params, _, { signal }) => {
  const to = await opened(store, params);
  const { field, kind } = heldVector(params.vector_name ?? "", to);
  const { collection } = to;
  await alone(collection.name, async () => {
    const everything: Filter = { and: [] };
    await collection.update({ filter: everything }, { deleteVectors: [field] }, { signal });
    await changeSettings(store, params, (_schema, { vectors, sparse_vectors, ...before }) => ({
      settings: {
        ...before,
        vectors: without(vectors, field),
        sparse_vectors: without(sparse_vectors, field),
        ...(before.single && { single: before.single.filter((other) => other !== field) }),
        // The engine keeps a place for dense vectors in every point.
        ...(kind === "dense" && { dropped: [...(before.dropped ?? []), field] }),
      },
      ...(kind !== "dense" && { schema: { dropVectors: [field] } as SchemaChange }),
    }));
  });
  return written(await collection.stats(), params);
};

function without<T>(fields: { [field: string]: T } = {}, field: string): { [field: string]: T } {
  const { [field]: _, ...others } = fields;
  return others;
}
