/**
 * What schemas are here: zod's, each named one being a component of the OpenAPI document.
 *
 * The border checks the outer shape of a body. What the Store checks by itself (points, filters, vectors, schemas of
 * collections) passes as it is, unread and uncopied, and is only described: `checkedByStore`.
 */
import * as z from "zod";

/** By id, all that were made with `named`. */
export const components: z.core.$ZodRegistry<{ id: string }> = z.registry<{ id: string }>();

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

/** Passes by whatever it is; the document describes it as `schema`, which is a named one or a list of such. */
export function checkedByStore<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const passed = z.unknown();
  described.set(passed, schema);
  return passed as unknown as z.ZodType<T>;
}

export function descriptionOf(schema: z.core.$ZodType): z.ZodType | undefined {
  return described.get(schema);
}

export const optional = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> => schema.optional();

/** With a text of its own, and further keywords of JSON Schema: a default, an example. */
export const noted = <T>(
  schema: z.ZodType<T>,
  description: string,
  more: { readonly [keyword: string]: unknown } = {},
): z.ZodType<T> => schema.meta({ description, ...more });
