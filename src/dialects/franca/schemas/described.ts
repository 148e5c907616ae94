/**
 * Parts of bodies that the Store checks itself, with better words and against the collection's schema: here they are only
 * described, so that they stand in the OpenAPI document and cost nothing a second time.
 */
import { z } from "zod";

export type JsonSchema = { readonly [key: string]: unknown };

/** A part with a name of its own in the document. */
export function described<T = unknown>(id: string, json: JsonSchema): z.ZodType<T> {
  return z.unknown().meta({ id, described: json }) as unknown as z.ZodType<T>;
}

/** JSON Schema (2020-12) of a zod schema, its named parts under `$defs`. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const meta = (zodSchema as unknown as z.ZodType).meta?.();
      if (meta?.described === undefined) return;
      delete (jsonSchema as { described?: unknown }).described;
      Object.assign(jsonSchema, meta.described);
    },
  }) as JsonSchema;
}

/** Where named parts refer to each other within a description. */
export const ref = (id: string): JsonSchema => ({ $ref: `#/$defs/${id}` });
