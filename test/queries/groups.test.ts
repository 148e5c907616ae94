/** Groups are what one gets by ranking everything and putting it together by hand. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hit } from "../../src/model/result.ts";
import { open } from "../../src/open.ts";
import { groupsOf } from "../../src/queries/groups.ts";
import { matrixOf } from "../../src/queries/matrix.ts";
import type { Collection, Store } from "../../src/store.ts";
import "../seed.ts";

let store: Store;
beforeAll(async () => {
  store = await open(":memory:");
});
afterAll(() => store.close());

let made = 0;
async function holding(keys: readonly unknown[]): Promise<Collection> {
  const collection = await store.create(`c${made++}`, { vectors: { v: { dimension: 2, metric: "dot" } } });
  await collection.upsert(
    keys.map(
      (key, i) =>
        ({ id: i, vector: [Math.sin(i * 7), 1], payload: key === undefined ? {} : { key } }) as never,
    ),
  );
  return collection as unknown as Collection;
}

const keysOf = ({ payload }: Hit) => {
  const key = payload?.key;
  return Array.isArray(key) ? key : key === undefined ? [] : [key];
};

describe("groups", () => {
  const key = fc.oneof(
    fc.constantFrom("a", "b", "c", 1, 2),
    fc.constant(undefined),
    fc.array(fc.constantFrom("a", "b", 3), { maxLength: 3 }),
    fc.constantFrom(null, 1.5, true),
  );

  it("are the best ones, each with its best hits, whether they are filled among their members or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(key, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (keys, limit, size, hasFilter) => {
          const collection = await holding(keys);
          const query = { nearest: [1, 0.5] } as const;
          const { hits } = await collection.query({ ...query, limit: 1_000 });
          const expected = new Map<unknown, unknown[]>();
          for (const hit of hits) {
            for (const one of new Set(keysOf(hit))) {
              if (typeof one !== "string" && !Number.isInteger(one)) continue;
              const ids = expected.get(one);
              if (ids === undefined && expected.size < limit) expected.set(one, [hit.id]);
              else if (ids !== undefined && ids.length < size) ids.push(hit.id);
            }
          }
          const groups = await groupsOf(collection, {
            query,
            keysOf,
            keySelection: { payload: ["key"] },
            limit,
            size,
            ...(hasFilter && { filterFor: (known) => ({ field: "key", in: known }) }),
          });
          expect(groups.map((group) => [group.key, group.hits.map(({ id }) => id)])).toEqual([...expected]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a matrix", () => {
  it("holds for each of a sample its nearest among the others, exactly", async () => {
    const collection = await holding(Array.from({ length: 20 }, () => "x"));
    const ids = [1, 3, 8, 12, 19];
    const rows = await matrixOf(collection, { ids, field: "v", limit: 2 });
    const at = (i: number) => [Math.fround(Math.sin(i * 7)), 1] as const;
    const dot = (a: number, b: number) => at(a)[0] * at(b)[0] + 1;
    ids.forEach((id, i) => {
      const best = ids
        .filter((other) => other !== id)
        .sort((a, b) => dot(id, b) - dot(id, a))
        .slice(0, 2);
      expect(rows[i]!.map((neighbour) => neighbour.id)).toEqual(best);
      expect(rows[i]!.map(({ score }) => score)).toEqual(
        best.map((other) => expect.closeTo(dot(id, other), 5)),
      );
    });
  });
});
