/** Ranking: what the oracle's programs do not look at. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = {
  vectors: { v: { dimension: 2, metric: "euclidean" } },
  payload: { text: { type: "text" }, year: { type: "integer" } },
} as const;

export function queryLaws(suite: Suite): void {
  const { law, fresh } = suite;
  const filled = async () => {
    const points = await suite.store.create(fresh(), schema);
    const words = ["tides", "bread", "moon", "tea"];
    await points.upsert(
      Array.from({ length: 40 }, (_, id) => ({
        id,
        vector: [id, 0],
        payload: { text: `${words[id % 4]} number${id}`, year: id % 10 },
      })),
    );
    return points;
  };

  law(
    "nearest points come first, with exact distances, and the source of a query by id is left out",
    async () => {
      const points = await filled();
      const { hits, warnings } = await points.query({ nearest: [3.25, 0], limit: 3 });
      expect(hits.map(({ id, score }) => [id, score])).toEqual([
        [3, 0.25],
        [4, 0.75],
        [2, 1.25],
      ]);
      expect(warnings).toEqual([]);
      const like = await points.query({ nearest: { id: 3 }, limit: 2 });
      expect(like.hits.map(({ id }) => id)).toEqual([2, 4]);
      await expect(points.query({ nearest: { id: 99 } })).rejects.toMatchObject({ code: "not_found" });
    },
  );

  law("offset skips, a threshold cuts, and an answer that is short says why", async () => {
    const points = await filled();
    const page = await points.query({ nearest: [0, 0], limit: 2, offset: 3 });
    expect(page.hits.map(({ id }) => id)).toEqual([3, 4]);
    expect(page.shortfall).toBeUndefined();
    const cut = await points.query({ nearest: [0, 0], scoreThreshold: 1.5 });
    expect(cut.hits.map(({ id }) => id)).toEqual([0, 1]);
    expect(cut.shortfall).toMatchObject({ reason: "threshold" });
    const filtered = await points.query({ nearest: [0, 0], filter: { field: "year", eq: 7 } as never });
    expect(filtered.hits.map(({ id }) => id)).toEqual([7, 17, 27, 37]);
    expect(filtered.shortfall).toMatchObject({ reason: "filter", matched: 4 });
    const all = await points.query({ nearest: [0, 0], limit: 100 });
    expect(all.shortfall).toMatchObject({ reason: "collection", matched: 40 });
  });

  law("text ranks the points that hold a word, and says when there is none to look for", async () => {
    const points = await filled();
    const { hits } = await points.query({ text: "bread", limit: 3 });
    expect(hits).toHaveLength(3);
    for (const { id, score } of hits) {
      expect(Number(id) % 4).toBe(1);
      expect(score).toBeGreaterThan(0);
    }
    expect((await points.query({ text: "nowhere" })).hits).toEqual([]);
    expect((await points.query({ text: "the of" })).warnings).toMatchObject([
      { code: "no_searchable_words" },
    ]);
  });

  law("fusion tells what each leg said", async () => {
    const points = await filled();
    const { hits } = await points.query({
      fusion: { legs: [{ nearest: [5, 0] }, { text: "bread", weight: 0.5 }], k: 2 },
      limit: 40,
    });
    const five = hits.find(({ id }) => id === 5)!;
    expect(five.legs).toMatchObject({ vector: { rank: 0, score: 0 }, keyword: {} });
    expect(five.score).toBeCloseTo(1 / 3 + 0.5 / (2 + five.legs!.keyword!.rank + 1), 5);
    expect(hits[0]!.id).toBe(5);
  });

  law("a recall of 1, an exact scan and a wide pool give the same answer", async () => {
    const points = await filled();
    await points.optimize();
    const request = { nearest: [7.4, 0], limit: 5 };
    const exact = (await points.query({ ...request, params: { exact: true } })).hits;
    expect((await points.query({ ...request, recall: 1 })).hits).toEqual(exact);
    expect((await points.query({ ...request, params: { ef: 100 } })).hits).toEqual(exact);
  });

  law("optimize tells how it goes on, changes no answer, and is stopped by its signal", async () => {
    const points = await filled();
    const request = { nearest: [7.4, 0], limit: 5 };
    const before = (await points.query(request)).hits;
    await points.optimize({
      onProgress: ({ stage, done, total }) => {
        expect(["build", "reclaim", "compact"]).toContain(stage);
        expect(done).toBeLessThanOrEqual(total);
      },
    });
    expect((await points.query(request)).hits).toEqual(before);
    await expect(points.optimize({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  law("explain tells what was planned and what happened, where a store can", async () => {
    const points = await filled();
    const { explain } = await points.query({
      nearest: [1, 0],
      filter: { field: "year", eq: 1 } as never,
      explain: true,
    });
    if (!suite.store.abilities.explain) return expect(explain).toBeUndefined();
    expect(explain?.timeMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(explain)).toContain('"step":"filter"');
    expect((await points.query({ nearest: [1, 0] })).explain).toBeUndefined();
  });

  law("select goes for hits as for points", async () => {
    const points = await filled();
    const { hits } = await points.query({
      nearest: [1, 0],
      limit: 1,
      select: { payload: ["year"], vectors: true },
    });
    expect(hits).toEqual([
      { id: 1, score: 0, payload: { year: 1 }, vectors: { v: new Float32Array([1, 0]) } },
    ]);
  });
}
