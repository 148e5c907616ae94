/** Sparse and multi vectors, and what a schema has beside fields: what the oracle's programs do not look at. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = {
  vectors: { dense: { dimension: 2 } },
  sparse: { terms: {}, weighed: { modifier: "idf" } },
  multi: { rows: { dimension: 2, metric: "dot" }, places: { dimension: 2, metric: "euclidean" } },
  payload: { year: { type: "integer" } },
} as const;

export function vectorLaws(suite: Suite): void {
  const { law, fresh } = suite;
  const made = () => suite.store.create(fresh(), schema);

  law(
    "sparse vectors are read back in the order of their indices, lists of vectors as they were",
    async () => {
      const points = await made();
      const largest = 2 ** 32 - 1;
      await points.upsert([
        {
          id: 1,
          sparse: {
            terms: { indices: [largest, 3], values: [-0.5, 2 ** -140] },
            weighed: { indices: [], values: [] },
          },
          multi: { rows: [[1, 2], Float32Array.of(3, -0)] },
          payload: { year: 1 },
        },
      ]);
      const [point] = await points.get([1], { vectors: true });
      expect(point).toEqual({
        id: 1,
        payload: { year: 1 },
        vectors: {},
        sparse: {
          terms: { indices: Uint32Array.of(3, largest), values: Float32Array.of(2 ** -140, -0.5) },
          weighed: { indices: new Uint32Array(0), values: new Float32Array(0) },
        },
        multi: { rows: [Float32Array.of(1, 2), Float32Array.of(3, -0)] },
      });
      const some = await points.scroll({ select: { payload: false, vectors: ["rows", "dense"] } });
      expect(some.points).toEqual([
        { id: 1, vectors: {}, multi: { rows: [Float32Array.of(1, 2), Float32Array.of(3, -0)] } },
      ]);
      expect(await points.get([1])).toEqual([{ id: 1, payload: { year: 1 } }]);
    },
  );

  law(
    "changes of payloads leave vectors alone, and changes of vectors leave payloads and other vectors",
    async () => {
      const points = await made();
      await points.upsert([
        {
          id: 1,
          vectors: { dense: [1, 0] },
          sparse: { terms: { indices: [1], values: [1] } },
          multi: { rows: [[1, 1]] },
          payload: { year: 1 },
        },
      ]);
      await points.update({ ids: [1] }, { overwritePayload: { year: 2 } });
      await points.update({ ids: [1] }, { setMulti: { rows: [[2, 2]] }, deleteVectors: ["dense", "places"] });
      await points.update(
        { ids: [1] },
        { deleteVectors: ["terms"], setSparse: { weighed: { indices: [2], values: [3] } } },
      );
      expect(await points.get([1], { vectors: true })).toEqual([
        {
          id: 1,
          payload: { year: 2 },
          vectors: {},
          sparse: { weighed: { indices: Uint32Array.of(2), values: Float32Array.of(3) } },
          multi: { rows: [Float32Array.of(2, 2)] },
        },
      ]);
      // What is deleted and set in one call is set.
      await points.update({ ids: [1] }, { deleteVectors: ["dense"], setVectors: { dense: [3, 4] } });
      const { hits } = await points.query({ nearest: [3, 4], field: "dense" });
      expect(hits).toHaveLength(1);
    },
  );

  law("a sparse field ranks the points that share an index with the example, by dot product", async () => {
    const points = await made();
    await points.upsert([
      { id: 1, sparse: { terms: { indices: [1, 2], values: [1, 2] } }, payload: { year: 1 } },
      { id: 2, sparse: { terms: { indices: [2], values: [3] } }, payload: { year: 2 } },
      { id: 3, sparse: { terms: { indices: [9], values: [9] } } },
      { id: 4, sparse: { terms: { indices: [1], values: [-1] } } },
      { id: 5, vectors: { dense: [1, 1] } },
    ]);
    const nearest = { indices: [2, 1], values: [1, 0.5] };
    const { hits, shortfall } = await points.query({ nearest, field: "terms", select: { payload: false } });
    expect(hits).toEqual([
      { id: 2, score: 3 },
      { id: 1, score: 2.5 },
      { id: 4, score: -0.5 },
    ]);
    expect(shortfall).toMatchObject({ matched: 3 });
    const like = await points.query({ nearest: { id: 1 }, field: "terms", limit: 5 });
    expect(like.hits.map(({ id, score }) => [id, score])).toEqual([
      [2, 6],
      [4, -1],
    ]);
    const cut = await points.query({ nearest, field: "terms", scoreThreshold: 2.5, offset: 1 });
    expect(cut.hits.map(({ id }) => id)).toEqual([1]);
    const kept = await points.query({
      nearest,
      field: "terms",
      filter: { field: "year", range: { lte: 1 } },
    });
    expect(kept.hits.map(({ id }) => id)).toEqual([1]);
    await expect(points.query({ nearest: { id: 5 }, field: "terms" })).rejects.toMatchObject({
      code: "failed_precondition",
    });
  });

  law("with the modifier idf what few points have counts more", async () => {
    const points = await made();
    await points.upsert(
      Array.from({ length: 4 }, (_, id) => ({
        id,
        sparse: { weighed: { indices: id === 0 ? [1, 2] : [1], values: id === 0 ? [1, 1] : [1] } },
      })),
    );
    // Points without the field do not count, nor do empty vectors.
    await points.upsert([{ id: 8, sparse: { weighed: { indices: [], values: [] } } }, { id: 9 }]);
    const asked = async (index: number) => {
      const nearest = { indices: [index], values: [2] };
      return (await points.query({ nearest, field: "weighed" })).hits[0]?.score;
    };
    expect(await asked(1)).toBeCloseTo(2 * Math.log(1 + 0.5 / 4.5), 6);
    expect(await asked(2)).toBeCloseTo(2 * Math.log(1 + 3.5 / 1.5), 6);
    await points.delete({ ids: [1, 2] });
    expect(await asked(2)).toBeCloseTo(2 * Math.log(1 + 1.5 / 1.5), 6);
  });

  law(
    "a list of vectors is compared row by row with the nearest row of a point; one vector is a list of one",
    async () => {
      const points = await made();
      await points.upsert([
        {
          id: 1,
          multi: {
            rows: [
              [1, 0],
              [0, 1],
            ],
            places: [
              [0, 0],
              [3, 4],
            ],
          },
        },
        { id: 2, multi: { rows: [[2, 0]], places: [[3, 0]] } },
      ]);
      const scores = async (nearest: number[] | number[][] | { id: number }, field: "rows" | "places") =>
        // Scores are float32, whatever a store computes with.
        (await points.query({ nearest, field })).hits.map(({ id, score }) => [id, Math.fround(score)]);
      expect(
        await scores(
          [
            [1, 0],
            [0, 1],
          ],
          "rows",
        ),
      ).toEqual([
        [1, 2],
        [2, 2],
      ]);
      expect(await scores([1, 0], "rows")).toEqual([
        [2, 2],
        [1, 1],
      ]);
      // The root of the sum of squares: 3² + 4² from the first, 0² and 0² from the second.
      expect(
        await scores(
          [
            [3, 0],
            [3, 0],
          ],
          "places",
        ),
      ).toEqual([
        [2, 0],
        [1, Math.fround(Math.sqrt(18))],
      ]);
      expect(await scores({ id: 1 }, "places")).toEqual([[2, 5]]);
    },
  );

  law("sparse and multi rankings are legs of a fusion like others", async () => {
    const points = await made();
    await points.upsert([
      { id: 1, vectors: { dense: [1, 0] }, sparse: { terms: { indices: [5], values: [1] } } },
      { id: 2, vectors: { dense: [0, 1] }, multi: { rows: [[1, 1]] } },
    ]);
    const { hits } = await points.query({
      fusion: {
        legs: [
          { nearest: { indices: [5], values: [1] }, field: "terms", name: "words" },
          { nearest: [[1, 1]], field: "rows", name: "late" },
          { nearest: [1, 0.1], field: "dense", name: "meaning" },
        ],
      },
    });
    expect(hits.map(({ id }) => id)).toEqual([1, 2]);
    expect(Object.keys(hits[0]!.legs ?? {}).sort()).toEqual(["meaning", "words"]);
  });

  law("what is no vector of the field is refused, and nothing of its call is written", async () => {
    const points = await made();
    const refused = [
      { sparse: { terms: { indices: [1, 1], values: [1, 2] } } },
      { sparse: { terms: { indices: [1], values: [1, 2] } } },
      { sparse: { terms: { indices: [-1], values: [1] } } },
      { sparse: { terms: { indices: [2 ** 32], values: [1] } } },
      { sparse: { terms: { indices: [1.5], values: [1] } } },
      { sparse: { terms: { indices: [1], values: [1e39] } } },
      { sparse: { terms: [1, 2] } },
      { sparse: { dense: { indices: [1], values: [1] } } },
      { multi: { rows: [] } },
      { multi: { rows: [[1, 2, 3]] } },
      { multi: { rows: [1, 2] } },
      { vectors: { rows: [1, 2] } },
      { payload: { "\u0000": 1 } },
    ];
    for (const part of refused) {
      const call = points.upsert([{ id: 1 }, { id: 2, ...part } as never]);
      await expect(call, JSON.stringify(part)).rejects.toMatchObject({ code: "invalid_argument" });
    }
    expect((await points.count()).count).toBe(0);
    for (const change of [
      { deleteVectors: ["none"] },
      { setPayload: { "\u0000": 1 } },
      { setSparse: { rows: {} } },
    ]) {
      const call = points.update({ ids: [1] }, change as never);
      await expect(call, JSON.stringify(change)).rejects.toMatchObject({ code: "invalid_argument" });
    }
    for (const request of [
      { nearest: [1, 2], field: "terms" },
      { nearest: { indices: [1], values: [1] }, field: "dense" },
      { nearest: [[1, 2], [1]], field: "rows" },
      { nearest: [1, 2] },
    ]) {
      const call = points.query(request as never);
      await expect(call, JSON.stringify(request)).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });

  law(
    "a schema keeps its paths and settings; settings are changed whole, and make no other schema",
    async () => {
      const name = fresh();
      const settings = { owner: { of: ["anything", null, 1.5] } };
      await suite.store.create(name, { ...schema, paths: "explicit", settings });
      expect((await suite.store.describe(name)).schema).toEqual({ ...schema, paths: "explicit", settings });
      await suite.store.create(name, { ...schema, paths: "explicit" }, { ifExists: "open" });
      for (const other of [
        schema,
        { ...schema, paths: "explicit", sparse: { terms: {}, weighed: {} } },
      ] as const) {
        const opening = suite.store.create(name, other, { ifExists: "open" });
        await expect(opening).rejects.toMatchObject({ code: "failed_precondition" });
      }
      await suite.store.alter(name, { settings: { now: 2 } });
      expect((await suite.store.describe(name)).schema.settings).toEqual({ now: 2 });
      await suite.store.alter(name, { dropPayload: ["year"] });
      expect((await suite.store.describe(name)).schema).toEqual({
        ...schema,
        payload: {},
        paths: "explicit",
        settings: { now: 2 },
      });
      const twice = suite.store.create(fresh(), { vectors: { a: { dimension: 1 } }, sparse: { a: {} } });
      await expect(twice).rejects.toMatchObject({ code: "invalid_argument" });
    },
  );
}
