/** Sparse and multi vectors with the official client, beside dense ones. */
import { describe, expect, it } from "vitest";
import { refused, type Served, served } from "./served.ts";

async function withKinds(): Promise<Served["client"]> {
  const { client } = await served();
  await client.createCollection("c", {
    vectors: {
      dense: { size: 2, distance: "Cosine" },
      late: { size: 2, distance: "Dot", multivector_config: { comparator: "max_sim" } },
    },
    sparse_vectors: { words: {}, rare: { modifier: "idf" } },
  });
  await client.upsert("c", {
    wait: true,
    points: [
      {
        id: 1,
        vector: {
          dense: [3, 4],
          late: [
            [1, 0],
            [0, 1],
          ],
          words: { indices: [7, 2], values: [0.5, 1] },
          rare: { indices: [1], values: [1] },
        },
      },
      {
        id: 2,
        vector: {
          late: [1, 1],
          words: { indices: [4_294_967_295, 2], values: [2, 0.25] },
          rare: { indices: [1, 2], values: [1, 1] },
        },
      },
      { id: 3, vector: {} },
    ],
  });
  return client;
}

const found = ({ points }: { points: { id: unknown; score: number }[] }) =>
  points.map(({ id, score }) => [id, score]);

describe("sparse and multi vectors", () => {
  it("come back as they were written: sparse ones by their indices, lists as lists", async () => {
    const client = await withKinds();
    expect(await client.retrieve("c", { ids: [1, 2, 3], with_vector: true, with_payload: false })).toEqual([
      {
        id: 1,
        vector: {
          dense: [0.6, 0.8],
          late: [
            [1, 0],
            [0, 1],
          ],
          words: { indices: [2, 7], values: [1, 0.5] },
          rare: { indices: [1], values: [1] },
        },
      },
      {
        id: 2,
        vector: {
          late: [[1, 1]],
          words: { indices: [2, 4_294_967_295], values: [0.25, 2] },
          rare: { indices: [1, 2], values: [1, 1] },
        },
      },
      { id: 3, vector: {} },
    ]);
    const some = await client.retrieve("c", { ids: [1], with_vector: ["words"], with_payload: false });
    expect(some).toEqual([{ id: 1, vector: { words: { indices: [2, 7], values: [1, 0.5] } } }]);
  });

  it("are ranked by what they share, by rarity, and by the best row of each", async () => {
    const client = await withKinds();
    const sparse = { indices: [2, 7], values: [1, 1] };
    expect(found(await client.query("c", { query: sparse, using: "words" }))).toEqual([
      [1, 1.5],
      [2, 0.25],
    ]);
    const late = await client.query("c", {
      query: [
        [1, 0],
        [0, 2],
      ],
      using: "late",
    });
    expect(found(late)).toEqual([
      [1, 3],
      [2, 3],
    ]);
    // ln(1 + (2 − 1 + 0.5) / (1 + 0.5)) for the index that one of the two has, ln(1 + 0.5 / 2.5) for the one that both have.
    const rare = await client.query("c", { query: { indices: [1, 2], values: [1, 1] }, using: "rare" });
    expect(found(rare)).toEqual([
      [2, expect.closeTo(Math.log(2) + Math.log(1.2), 5)],
      [1, expect.closeTo(Math.log(1.2), 5)],
    ]);
    expect(found(await client.query("c", { query: 1, using: "words" }))).toEqual([[2, 0.25]]);
  });

  it("of the wrong kind, length or shape are refused", async () => {
    const client = await withKinds();
    const write = (vector: object) =>
      refused(client.upsert("c", { points: [{ id: 9, vector: vector as never }] }));
    expect(await write({ dense: { indices: [1], values: [1] } })).toEqual([
      400,
      "Wrong input: Wrong usage of sparse vectors",
    ]);
    expect(await write({ dense: [[1, 2]] })).toEqual([400, "Wrong input: Wrong usage of multi vectors"]);
    expect(await write({ late: [[1, 2, 3]] })).toEqual([
      400,
      "Wrong input: Vector dimension error: expected dim: 2, got 3",
    ]);
    expect(await write({ words: { indices: [1, 1], values: [1, 2] } })).toEqual([
      422,
      "Validation error in JSON body: [points[0].vector.words.indices: must be unique]",
    ]);
    expect(await write({ words: { indices: [1], values: [1, 2] } })).toEqual([
      422,
      "Validation error in JSON body: [points[0].vector.words.values: must be the same length as indices]",
    ]);
    expect(await refused(client.query("c", { query: [1, 2], using: "words" }))).toEqual([
      400,
      "Wrong input: Wrong usage of sparse vectors",
    ]);
  });

  it("are set and taken away one by one", async () => {
    const client = await withKinds();
    await client.updateVectors("c", {
      wait: true,
      points: [{ id: 1, vector: { words: { indices: [9], values: [9] }, late: [[5, 5]] } }],
    });
    await client.deleteVectors("c", { points: [1], vector: ["dense", "rare"], wait: true });
    expect(await client.retrieve("c", { ids: [1], with_vector: true, with_payload: false })).toEqual([
      { id: 1, vector: { late: [[5, 5]], words: { indices: [9], values: [9] } } },
    ]);
  });

  it("are all that a collection has, if it is made so", async () => {
    const { client } = await served();
    await client.createCollection("sparse", { sparse_vectors: { text: {} } });
    await client.upsert("sparse", {
      points: [{ id: 1, vector: { text: { indices: [1], values: [2] } } }],
      wait: true,
    });
    const { points } = await client.query("sparse", { query: { indices: [1], values: [3] }, using: "text" });
    expect(found({ points })).toEqual([[1, 6]]);
    expect((await client.getCollection("sparse")).config.params).toMatchObject({
      vectors: {},
      sparse_vectors: { text: {} },
    });
    await client.createCollection("late", {
      vectors: { size: 2, distance: "Dot", multivector_config: { comparator: "max_sim" } },
    });
    await client.upsert("late", { points: [{ id: 1, vector: [[1, 2]] }], wait: true });
    expect(await client.retrieve("late", { ids: [1], with_vector: true })).toMatchObject([
      { vector: [[1, 2]] },
    ]);
  });
});

describe("vectors that join a collection", () => {
  it("are written and ranked like others, and leave it again with all that points have of them", async () => {
    const client = await withKinds();
    await client.createVectorName("c", "later", { dense: { size: 2, distance: "Euclid" } });
    await client.createVectorName("c", "terms", { sparse: { modifier: "idf" } });
    await client.createVectorName("c", "rows", {
      dense: { size: 1, distance: "Dot", multivector_config: { comparator: "max_sim" } },
    });
    await client.upsert("c", {
      wait: true,
      points: [
        { id: 5, vector: { later: [3, 4], terms: { indices: [1], values: [1] }, rows: [[1], [2]] } },
        { id: 6, vector: { later: [0, 1] } },
      ],
    });
    const { config } = await client.getCollection("c");
    expect(config.params).toMatchObject({
      vectors: {
        later: { size: 2, distance: "Euclid" },
        rows: { size: 1, distance: "Dot", multivector_config: { comparator: "max_sim" } },
      },
      sparse_vectors: { terms: { modifier: "idf" } },
    });
    expect((config.params.vectors as { later: object }).later).not.toHaveProperty("multivector_config");
    expect(found(await client.query("c", { query: [0, 0], using: "later", score_threshold: 4 }))).toEqual([
      [6, 1],
    ]);
    expect(await client.retrieve("c", { ids: [5], with_vector: ["later"], with_payload: false })).toEqual([
      { id: 5, vector: { later: [3, 4] } },
    ]);
    expect(await refused(client.createVectorName("c", "later", { sparse: {} }))).toEqual([
      409,
      "Wrong input: Vector with name later already exists",
    ]);
    for (const name of ["later", "terms", "dense"]) await client.deleteVectorName("c", name);
    expect(
      await client.retrieve("c", { ids: [1, 5, 6], with_vector: true, with_payload: false }),
    ).toMatchObject([
      {
        id: 1,
        vector: {
          late: [
            [1, 0],
            [0, 1],
          ],
        },
      },
      { id: 5, vector: { rows: [[1], [2]] } },
      { id: 6, vector: {} },
    ]);
    expect(await refused(client.query("c", { query: [1, 2], using: "dense" }))).toEqual([
      400,
      "Wrong input: Not existing vector name error: dense",
    ]);
    await client.createVectorName("c", "dense", { dense: { size: 2, distance: "Cosine" } });
    await client.updateVectors("c", { points: [{ id: 6, vector: { dense: [1, 0] } }], wait: true });
    expect(found(await client.query("c", { query: [2, 0], using: "dense" }))).toEqual([[6, 1]]);
  });
});
