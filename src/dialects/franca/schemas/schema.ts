/**
 * What schemas are here: zod's, each named one being a component of the OpenAPI document.
 *
 * The border checks the outer shape of a body. What the Store checks by itself (points, filters, vectors, schemas of
 * collections) passes as it is, unread and uncopied, and is only described: `checkedByStore`.
 */
import * as z from "zod";

/** As far as it is used here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** By id, all that were made with `named`. */
const components: z.core.$ZodRegistry<{ id: string }> = z.registry<{ id: string }>();

const described = new WeakMap<z.core.$ZodType, z.ZodType>();

/** A component of the document. `more` are further keywords of JSON Schema. */
export function named<T>(
  id: string,
  description: string,
  schema: z.ZodType<T>,
  more: { readonly [keyword: string]: unknown } = {},
): z.ZodType<T> {
  const component = schema.meta({ description, ...more });
  components.add(component, { id });
  return component;
}

/** An object with exactly the members of T: one that was forgotten, or invented, does not compile. */
export function objectOf<T>(shape: { readonly [K in keyof T]-?: z.ZodType<T[K]> }): z.ZodType<T> {
  return z.strictObject(shape as { [key: string]: z.ZodType }) as unknown as z.ZodType<T>;
}

/** Passes by whatever it is; the document describes it as `schema`, which is a named one. */
export function checkedByStore<T>(schema: z.ZodType<T>): z.ZodType<T> {
  // A Store takes null for what was not given; the document does not.
  const passed = z.unknown().refine((value) => value !== null, "something else than null");
  described.set(passed, schema);
  return passed as unknown as z.ZodType<T>;
}

/** Where a component stands in the document. */
const placeOf = (id: string): string => `#/components/schemas/${id}`;

/** All components as JSON Schema (2020-12), by id. */
export function componentSchemas(): { [id: string]: JsonSchema } {
  const { schemas } = z.toJSONSchema(components, {
    uri: placeOf,
    io: "input",
    // Is `checkedByStore`, and described by the override.
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const schema = described.get(zodSchema);
      if (schema !== undefined) Object.assign(jsonSchema, referenceTo(schema));
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}

/** @throws Error for a schema without a name: a mistake in a table of operations */
export function referenceTo(schema: z.ZodType): { $ref: string } {
  const id = components.get(described.get(schema) ?? schema)?.id;
  if (id === undefined) throw new Error("a body, a reply or a part that the Store checks has no name");
  return { $ref: placeOf(id) };
}

export const optional = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> => schema.optional();

/** With a text of its own, and further keywords of JSON Schema: a default, an example. */
export const noted = <T>(
  schema: z.ZodType<T>,
  description: string,
  more: { readonly [keyword: string]: unknown } = {},
): z.ZodType<T> => schema.meta({ description, ...more });
