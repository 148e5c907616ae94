/** A schema as a target can have it, and whether one that is there takes points of another. */
import type { CollectionSchema, MultiField, PayloadField, VectorField } from "../../model/schema.ts";
import type { Abilities } from "../../store.ts";
import type { Loss } from "./plan.ts";

export function withoutLosses(
  schema: CollectionSchema,
  { text, limits = {} }: Abilities,
  collection: string,
): { schema: CollectionSchema; losses: Loss[] } {
  const losses: Loss[] = [];
  const carried = <F>(fields: { readonly [name: string]: F }, whyNot: (field: F) => string | undefined) => {
    const kept: { [name: string]: F } = {};
    for (const [name, field] of Object.entries(fields)) {
      const why = whyNot(field);
      if (why === undefined) kept[name] = field;
      else
        losses.push({ kind: "vector", collection, message: `${collection}: the vectors of ${name}: ${why}` });
    }
    return kept;
  };
  const unfit = ({ metric = "cosine", dimension }: VectorField | MultiField): string | undefined => {
    if (limits.metrics !== undefined && !limits.metrics.includes(metric))
      return `the target has no metric ${metric}`;
    if (limits.dimension === undefined || dimension <= limits.dimension) return undefined;
    return `it has ${dimension} components, and the target at most ${limits.dimension}`;
  };
  const lacks = (kind: "sparse" | "multi"): string | undefined =>
    (limits.vectorKinds?.includes(kind) ?? true) ? undefined : `the target has no ${kind} vectors`;
  const { vectors, sparse, multi, payload: declared, ...others } = schema;
  const becomes: CollectionSchema = {
    ...others,
    vectors: carried(vectors, unfit),
    ...(sparse && { sparse: carried(sparse, () => lacks("sparse")) }),
    ...(multi && { multi: carried(multi, (field) => lacks("multi") ?? unfit(field)) }),
  };
  if (declared === undefined) return { schema: becomes, losses };
  const payload: { [path: string]: PayloadField } = {};
  for (const [path, field] of Object.entries(declared)) {
    const isText = field.type === "text";
    const isCut = limits.texts === "analysis" && field.type === "text" && field.analysis !== undefined;
    const can = (isText ? text || isCut : true) && (limits.payloadFields?.includes(field.type) ?? true);
    if (can) payload[path] = field;
    else {
      const message = `${collection}: the target cannot index ${path} as ${field.type}; its values are carried`;
      losses.push({ kind: isText ? "text" : "payload-field", collection, message });
    }
  }
  return { schema: { ...becomes, payload }, losses };
}

/** Why points of `schema` cannot be put into a collection of `there`; undefined: they can. */
export function unfitFor(schema: CollectionSchema, there: CollectionSchema): string | undefined {
  for (const [name, { modifier = "none" }] of Object.entries(schema.sparse ?? {})) {
    const field = there.sparse?.[name];
    if (field === undefined) return `it has no sparse vector field ${JSON.stringify(name)}`;
    const theirs = field.modifier ?? "none";
    if (theirs !== modifier) return `its field ${name} has the modifier ${theirs}, the source's ${modifier}`;
  }
  for (const [name, { dimension, metric = "cosine" }] of Object.entries(schema.multi ?? {})) {
    const field = there.multi?.[name];
    if (field === undefined) return `it has no multi vector field ${JSON.stringify(name)}`;
    if (field.dimension !== dimension || (field.metric ?? "cosine") !== metric)
      return `its field ${name} has ${field.dimension} components and the metric ${field.metric ?? "cosine"}, the source's ${dimension} and ${metric}`;
  }
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
