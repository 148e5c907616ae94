/** What docs/filters.md tells of explicit paths and lenient fields, as it stands there. */
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../../src/index.ts";
import type { AnyCondition } from "../../../src/model/filter.ts";
import type { PayloadField } from "../../../src/model/schema.ts";
import type { Store } from "../../../src/store.ts";

let store: Store;
afterEach(() => store.close());

async function holding(payloads: readonly object[], payload: { [path: string]: PayloadField } = {}) {
  store = await open(":memory:");
  const points = await store.create("c", { vectors: {}, payload, paths: "explicit" });
  await points.upsert(payloads.map((one, id) => ({ id, payload: one })) as never);
  return async (filter: AnyCondition) => {
    const { points: found, warnings } = await points.scroll({ filter: filter as never });
    return { ids: found.map(({ id }) => id), codes: warnings.map(({ code }) => code) };
  };
}

describe("explicit paths", () => {
  it.each([
    [{ field: "a.b", eq: 1 }, []],
    [{ field: "a[].b", eq: 2 }, [0]],
    [{ field: "a[0].b", eq: 1 }, [0]],
    [{ field: "a[0].b", eq: 2 }, []],
    [{ field: '"a.b"', eq: 3 }, [1]],
    [{ field: "a", valuesCount: { gte: 2 } }, [0]],
    [{ field: "a", valuesCount: { lte: 0 } }, [2]],
    [{ field: "a", isNull: true }, [2]],
    [{ field: "a", isEmpty: true }, [1, 2]],
  ] as [AnyCondition, number[]][])("%j finds %j", async (filter, ids) => {
    const found = await holding([{ a: [{ b: 1 }, { b: 2 }] }, { "a.b": 3 }, { a: null }]);
    expect((await found(filter)).ids).toEqual(ids);
  });
});

describe("lenient fields", () => {
  it("keep what is of another type, and find it by payloads, saying that the index did not suit", async () => {
    const found = await holding([{ n: 7 }, { n: "7" }, { n: [7, "x"] }], {
      n: { type: "integer", lenient: true },
    });
    expect(await found({ field: "n", eq: 7 })).toEqual({ ids: [0, 2], codes: [] });
    expect(await found({ field: "n", eq: "7" })).toEqual({ ids: [1], codes: ["index_unsuited"] });
    expect(await found({ field: "m", eq: "7" })).toEqual({ ids: [], codes: ["undeclared_field"] });
  });
});
