/**
 * A collection as this store knows it: its schema, what requests are checked against, and the names that Qdrant knows its
 * vectors by.
 */
import type { CheckedFields } from "../../model/checked-query.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { type DeclaredTree, declaredTree } from "../../model/validate-payload.ts";

export interface Layout {
  readonly name: string;
  readonly schema: CollectionSchema;
  readonly fields: CheckedFields;
  readonly declared: DeclaredTree;
  /** The field of the vector without a name, where it has one. */
  readonly unnamed: string | undefined;
  /** Whether there may be points whose ids Qdrant has not: an index over what is kept of them. */
  hasForeignIds: boolean;
}

export function layoutOf(
  name: string,
  schema: CollectionSchema,
  { unnamed, hasForeignIds }: { unnamed: string | undefined; hasForeignIds: boolean },
): Layout {
  const { vectors, sparse = {}, multi = {}, payload = {}, paths = "implicit" } = schema;
  const measured = <F extends { dimension: number; metric?: string }>(fields: {
    readonly [name: string]: F;
  }) =>
    Object.fromEntries(
      Object.entries(fields).map(([field, { dimension, metric = "cosine" }]) => [
        field,
        { dimension, metric },
      ]),
    ) as CheckedFields["vectorFields"];
  return {
    name,
    schema,
    unnamed,
    hasForeignIds,
    declared: declaredTree(payload, paths),
    fields: {
      vectorFields: measured(vectors),
      multiFields: measured(multi),
      sparseFields: Object.fromEntries(
        Object.entries(sparse).map(([field, { modifier = "none" }]) => [field, { modifier }]),
      ),
      payloadFields: payload,
      paths,
    },
  };
}

/** As Qdrant knows it. */
export function wireName(field: string, { unnamed }: Layout): string {
  return field === unnamed ? "" : field;
}

/** `using`, which the vector without a name does without. */
export function usingOf(field: string, layout: Layout): { using?: string } {
  return field === layout.unnamed ? {} : { using: field };
}
