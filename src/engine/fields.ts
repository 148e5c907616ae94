/**
 * The vector fields of a collection in their fixed order: a field's ordinal names its files, columns and checksums.
 */
import type { CollectionSchema, VectorField } from "../model/schema.ts";

export interface NumberedField extends VectorField {
  name: string;
  metric: NonNullable<VectorField["metric"]>;
}

/** In the order of names, which no change of a schema touches. */
export function numberedFields(schema: CollectionSchema): NumberedField[] {
  return Object.keys(schema.vectors)
    .sort()
    .map((name) => {
      const field = schema.vectors[name]!;
      return { ...field, name, metric: field.metric ?? "cosine" };
    });
}
