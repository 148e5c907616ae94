/** A schema as a target can have it, and whether one that is there takes points of another. */
import type { CollectionSchema, PayloadField, VectorField } from "../../model/schema.ts";
import type { Abilities } from "../../store.ts";
import type { Loss } from "./plan.ts";

export function withoutLosses(
  schema: CollectionSchema,
  { text, limits = {} }: Abilities,
  collection: string,
): { schema: CollectionSchema; losses: Loss[] } {
  const losses: Loss[] = [];
  const vectors: { [name: string]: VectorField } = {};
  for (const [name, field] of Object.entries(schema.vectors)) {
    const { metric = "cosine", dimension } = field;
    const why =
      limits.metrics !== undefined && !limits.metrics.includes(metric)
        ? `the target has no metric ${metric}`
        : limits.dimension !== undefined && dimension > limits.dimension
          ? `it has ${dimension} components, and the target at most ${limits.dimension}`
          : undefined;
    if (why === undefined) vectors[name] = field;
    else
      losses.push({ kind: "vector", collection, message: `${collection}: the vectors of ${name}: ${why}` });
  }
  if (schema.payload === undefined) return { schema: { vectors }, losses };
  const payload: { [path: string]: PayloadField } = {};
  for (const [path, field] of Object.entries(schema.payload)) {
    const isText = field.type === "text";
    const can = (isText ? text : true) && (limits.payloadFields?.includes(field.type) ?? true);
    if (can) payload[path] = field;
    else {
      const message = `${collection}: the target cannot index ${path} as ${field.type}; its values are carried`;
      losses.push({ kind: isText ? "text" : "payload-field", collection, message });
    }
  }
  return { schema: { vectors, payload }, losses };
}

/** Why points of `schema` cannot be put into a collection of `there`; undefined: they can. */
export function unfitFor(schema: CollectionSchema, there: CollectionSchema): string | undefined {
  for (const [name, { dimension, metric = "cosine", model }] of Object.entries(schema.vectors)) {
    const field = Object.hasOwn(there.vectors, name) ? there.vectors[name] : undefined;
    if (field === undefined) return `it has no vector field ${JSON.stringify(name)}`;
    if (field.dimension !== dimension)
      return `its field ${name} has ${field.dimension} components, the source's ${dimension}`;
    const theirs = field.metric ?? "cosine";
    if (theirs !== metric) return `its field ${name} has the metric ${theirs}, the source's ${metric}`;
    if (field.model && model && field.model.id !== model.id)
      return `its field ${name} is of the model ${field.model.id}, the source's of ${model.id}`;
  }
  return undefined;
}
