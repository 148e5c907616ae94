/** Reading by id, in pages, and counting. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = {
  vectors: { a: { dimension: 2 }, b: { dimension: 1 } },
  payload: { year: { type: "integer" }, tags: { type: "keyword" } },
} as const;

export function readLaws(suite: Suite): void {
  const { law, fresh } = suite;
  const filled = async (count: number) => {
    const points = await suite.store.create(fresh(), schema);
    await points.upsert(
      Array.from({ length: count }, (_, id) => ({
        id,
        vectors: { a: [id, 1], ...(id % 2 === 0 && { b: [id] }) },
        payload: { year: id % 5, tags: id % 3 === 0 ? ["x", "y"] : ["y"], deep: { of: id } } as never,
      })),
    );
    return points;
  };

  law("get answers in the order asked, undefined where there is none", async () => {
    const points = await filled(4);
    const read = await points.get([3, "3", 0, 3, 99], { payload: false });
    expect(read).toEqual([{ id: 3 }, undefined, { id: 0 }, { id: 3 }, undefined]);
    expect(await points.get([])).toEqual([]);
  });

  law("select chooses payload paths and vectors", async () => {
    const points = await filled(3);
    const [all] = await points.get([2]);
    expect(all).toEqual({ id: 2, payload: { year: 2, tags: ["y"], deep: { of: 2 } } });
    expect(await points.get([2, 1], { payload: ["deep.of", "year"], vectors: ["b"] })).toEqual([
      { id: 2, payload: { year: 2, deep: { of: 2 } }, vectors: { b: new Float32Array([2]) } },
      { id: 1, payload: { year: 1, deep: { of: 1 } }, vectors: {} },
    ]);
    await expect(points.get([1], { vectors: ["nothing"] as never })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  law("scroll gives every point once, in the order of ids, under a filter too", async () => {
    const points = await filled(57);
    await points.upsert([{ id: "text" }, { id: 2n ** 60n }]);
    for (const filter of [undefined, { field: "year", in: [1, 3] } as const]) {
      const seen: unknown[] = [];
      let after: Parameters<typeof points.scroll>[0] = {};
      for (;;) {
        const page = await points.scroll({ ...after, limit: 10, ...(filter && { filter: filter as never }) });
        seen.push(...page.points.map(({ id }) => id));
        if (page.next === undefined) break;
        after = { after: page.next };
      }
      const ids = Array.from({ length: 57 }, (_, id) => id);
      expect(seen).toEqual(
        filter ? ids.filter((id) => [1, 3].includes(id % 5)) : [...ids, 2n ** 60n, "text"],
      );
    }
  });

  law("count is exact, and tells when a filter's field is not declared", async () => {
    const points = await filled(30);
    expect(await points.count()).toEqual({ count: 30, warnings: [] });
    expect((await points.count({ filter: { field: "year", eq: 4 } as never })).count).toBe(6);
    const undeclared = await points.count({ filter: { field: "deep.of", range: { lt: 7 } } as never });
    expect(undeclared.count).toBe(7);
    expect(undeclared.warnings).toMatchObject([{ code: "undeclared_field" }]);
  });

  law("facet counts the values of a field, most frequent first, ties by value", async () => {
    const points = await filled(30);
    expect((await points.facet({ field: "tags" })).values).toEqual([
      { value: "y", count: 30 },
      { value: "x", count: 10 },
    ]);
    expect((await points.facet({ field: "year", limit: 2 })).values).toEqual([
      { value: 0, count: 6 },
      { value: 1, count: 6 },
    ]);
    expect((await points.facet({ field: "tags", filter: { field: "year", eq: 1 } as never })).values).toEqual(
      [
        { value: "y", count: 6 },
        { value: "x", count: 2 },
      ],
    );
    await expect(points.facet({ field: "deep.of" as never })).rejects.toMatchObject({
      code: expect.stringMatching(/invalid_argument|failed_precondition/),
    });
  });

  law("stats tell points, vectors and bytes", async () => {
    const points = await filled(10);
    const stats = await points.stats();
    expect(stats).toMatchObject({ points: 10, vectors: { a: { count: 10 }, b: { count: 5 } }, warnings: [] });
    expect(stats.lsn).toBeGreaterThan(0);
    expect(stats.diskBytes).toBeGreaterThan(0);
  });

  law("reads that were given up reject with cancelled, or deadline_exceeded", async () => {
    const points = await filled(5);
    const signal = AbortSignal.abort();
    const late = AbortSignal.abort(new DOMException("over", "TimeoutError"));
    await expect(points.get([1], {}, { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(points.scroll({ signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(points.count({ signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(points.facet({ field: "tags", signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(points.query({ nearest: [1, 2], field: "a", signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    await expect(points.count({ signal: late })).rejects.toMatchObject({ code: "deadline_exceeded" });
  });
}
