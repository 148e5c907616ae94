/** Lenient indexes change how fast a filter is answered, and never its answer, whatever lies in their fields. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readFilter } from "../../../src/dialects/qdrant/filter/filter.ts";
import { open } from "../../../src/index.ts";
import type { Payload } from "../../../src/model/payload.ts";
import type { CollectionSchema, PayloadField } from "../../../src/model/schema.ts";
import type { Collection, Store } from "../../../src/store.ts";
import { seed } from "../../seed.ts";
import { filterArbitrary, payloadArbitrary } from "./arbitrary-filters.ts";

const types = ["keyword", "integer", "float", "bool", "datetime", "uuid", "geo"] as const;
const paths = [
  "a",
  "n.b",
  'n."c d"',
  "list",
  "list[].b",
  "list[0].b",
  "list[].c",
  "a[0]",
  "where",
  "when",
  "s",
];

it("a filter over fields with lenient indexes of any type finds what it finds without them", async () => {
  const programs = fc.sample(
    fc.record({
      declared: fc.array(fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...types)), { minLength: 5 }),
      late: fc.array(fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...types)), { maxLength: 3 }),
      first: fc.array(payloadArbitrary, { minLength: 10, maxLength: 20 }),
      second: fc.array(payloadArbitrary, { minLength: 5, maxLength: 20 }),
      filters: fc.array(filterArbitrary, { minLength: 60, maxLength: 60 }),
    }),
    { numRuns: 20, seed },
  );
  for (const { declared, late, first, second, filters } of programs) {
    const store: Store = await open(":memory:");
    const fields = (list: typeof declared): { [path: string]: PayloadField } =>
      Object.fromEntries(list.map(([path, type]) => [path, { type, lenient: true }]));
    const payload = fields(declared);
    const vectors = { image: { dimension: 1 } };
    const schema: CollectionSchema = { vectors, paths: "explicit" };
    const indexed = await store.create<CollectionSchema>("indexed", { ...schema, payload });
    const plain = await store.create("plain", schema);
    const added = Object.fromEntries(Object.entries(fields(late)).filter(([path]) => !(path in payload)));
    const write = async (payloads: object[]): Promise<void> => {
      const points = payloads.map((one, id) => ({
        id,
        payload: one as Payload,
        vectors: id % 2 === 0 ? { image: [1] } : {},
      }));
      for (const collection of [indexed, plain]) await collection.upsert(points);
    };
    await write(first);
    await store.alter("indexed", { addPayload: added });
    await write(second);
    for (const given of filters) {
      const filter = readFilter(given, "filter");
      const found = async (collection: Collection) =>
        (await collection.scroll({ filter, limit: 100 })).points.map(({ id }) => id);
      expect(await found(indexed), `seed ${seed}: ${JSON.stringify(given)}`).toEqual(await found(plain));
    }
    await store.close();
  }
}, 60_000);
