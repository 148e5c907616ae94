/**
 * Values of a JSON Schema, as far as our document uses it, and values that are nearly so: for asking a server everything that
 * its document allows, and much that it does not.
 */
import fc from "fast-check";
import type { OpenApiDocument } from "../../../src/dialects/franca/openapi.ts";

type Schema = { readonly [keyword: string]: unknown };
export type Known = { readonly [id: string]: fc.Arbitrary<unknown> };

/** @param known values of some components that make sense to the server, tried beside any others */
export function valuesOf(document: OpenApiDocument, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { schemas } = document.components;
  const ids = Object.keys(schemas);
  const tied = fc.letrec<{ [id: string]: unknown }>((tie) =>
    Object.fromEntries(
      ids.map((id) => {
        const any = arbitraryOf(schemas[id]!, (reference) => tie(idOf(reference)));
        return [id, known[id] === undefined ? any : fc.oneof({ arbitrary: known[id], weight: 9 }, any)];
      }),
    ),
  );
  return arbitraryOf(schema, (reference) => tied[idOf(reference)]!);
}

const idOf = (reference: string): string => reference.split("/").at(-1)!;

type Resolve = (reference: string) => fc.Arbitrary<unknown>;

function arbitraryOf(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === "string") return resolve(schema.$ref);
  if (Array.isArray(schema.anyOf)) {
    const choices = (schema.anyOf as Schema[]).map((choice) => arbitraryOf(choice, resolve));
    return fc.oneof({ depthSize: "small", withCrossShrink: true }, ...choices);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => arbitraryOf({ ...schema, type }, resolve)));
  }
  switch (schema.type) {
    case "string":
      return stringOf(schema);
    case "integer": {
      const most = Math.min(Number(schema.maximum ?? 2 ** 31 - 1), 2 ** 31 - 1);
      const least = Math.max(Number(schema.minimum ?? -(2 ** 31)), -(2 ** 31));
      const near = fc.integer({ min: least, max: Math.min(most, least + 20) });
      return fc.oneof({ arbitrary: near, weight: 3 }, fc.integer({ min: least, max: most }));
    }
    case "number":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(arbitraryOf(schema.items as Schema, resolve), {
        minLength: Number(schema.minItems ?? 0),
        maxLength: Math.min(4, Number(schema.maxItems ?? 4)),
      });
    case "object":
      return objectOf(schema, resolve);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function stringOf({ minLength = 0, maxLength = 12, pattern }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === "string") {
    const part = fc.string({ minLength: 1, maxLength: 5 }).map((text) => text.replaceAll(".", "_"));
    const holds = new RegExp(pattern, "u");
    return fc
      .array(part, { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join("."))
      .filter((text) => holds.test(text));
  }
  return fc.string({
    unit: "grapheme",
    minLength: Number(minLength),
    maxLength: Math.min(12, Number(maxLength)),
  });
}

function numberOf({ minimum, maximum, exclusiveMinimum }: Schema): fc.Arbitrary<number> {
  const plain = { noNaN: true, noDefaultInfinity: true } as const;
  return fc
    .double({
      ...plain,
      ...(minimum !== undefined && { min: Number(minimum) }),
      ...(exclusiveMinimum !== undefined && { min: Number(exclusiveMinimum), minExcluded: true }),
      ...(maximum !== undefined && { max: Number(maximum) }),
    })
    .map((number) => (number === 0 ? 0 : number));
}

function objectOf(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as { [name: string]: Schema });
  if (properties.length === 0) {
    const values = schema.additionalProperties as Schema | undefined;
    const names = schema.propertyNames as Schema | undefined;
    return fc.dictionary(
      names === undefined
        ? fc.string({ maxLength: 5 })
        : (arbitraryOf(names, resolve) as fc.Arbitrary<string>),
      arbitraryOf(values ?? {}, resolve),
      { maxKeys: 3 },
    );
  }
  const members = Object.fromEntries(
    properties.map(([name, member]) => [name, arbitraryOf(member, resolve)]),
  );
  const required = (schema.required ?? []) as string[];
  const groups = schema.oneOf as { required: string[] }[] | undefined;
  if (groups === undefined) return record(members, required, Number(schema.minProperties ?? 0));
  const alternatives = groups.map(({ required: [one] }) => {
    const others = groups.map((group) => group.required[0]).filter((name) => name !== one);
    const kept = Object.fromEntries(Object.entries(members).filter(([name]) => !others.includes(name)));
    return record(kept, [...required, one!], 0);
  });
  return fc.oneof(...alternatives);
}

function record(
  members: { [name: string]: fc.Arbitrary<unknown> },
  requiredKeys: string[],
  least: number,
): fc.Arbitrary<unknown> {
  return fc
    .record(members, { requiredKeys })
    .filter((object) => Object.keys(object as object).length >= least);
}

/** A value with one thing in it changed: a member gone, one more, another type. */
export function spoilt(value: unknown, random: () => number): unknown {
  const other = [null, true, "x", -1, 1.5, [], {}, [[1]], { $f32: [0, 1] }, "\ud800", 1e308][
    Math.floor(random() * 11)
  ];
  if (typeof value !== "object" || value === null || random() < 0.15) return other;
  if (Array.isArray(value)) {
    if (value.length === 0) return [other];
    const copy = [...value];
    const at = Math.floor(random() * copy.length);
    copy[at] = spoilt(copy[at], random);
    return copy;
  }
  const entries = Object.entries(value);
  const at = Math.floor(random() * entries.length);
  const kind = random();
  if (entries.length === 0 || kind < 0.2)
    entries.push([["x", "signal", "__proto__", ""][Math.floor(random() * 4)]!, other]);
  else if (kind < 0.35) entries.splice(at, 1);
  else entries[at]![1] = spoilt(entries[at]![1], random);
  return Object.fromEntries(entries);
}
