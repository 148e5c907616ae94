/** Rankings of every kind with the official client, on points few enough to reckon by hand. */
import { describe, expect, it } from "vitest";
import { refused, type Served, served } from "./served.ts";

async function withPoints(): Promise<Served["client"]> {
  const { client } = await served();
  await client.createCollection("c", { vectors: { size: 2, distance: "Dot" } });
  await client.createPayloadIndex("c", { field_name: "n", field_schema: "integer", wait: true });
  await client.createPayloadIndex("c", { field_name: "tag", field_schema: "keyword", wait: true });
  await client.upsert("c", {
    wait: true,
    points: [
      { id: 1, vector: [1, 0], payload: { n: 30, tag: "a" } },
      { id: 2, vector: [0, 1], payload: { n: 10, tag: "b" } },
      { id: 3, vector: [1, 1], payload: { n: 20, tag: ["a", "b"] } },
      { id: 4, vector: [-1, 0], payload: { n: 40 } },
    ],
  });
  return client;
}

const found = ({ points }: { points: { id: unknown; score: number }[] }) =>
  points.map(({ id, score }) => [id, score]);

describe("the universal query", () => {
  it("recommends by the mean of what is liked and disliked, by the best, and by sums", async () => {
    const client = await withPoints();
    const recommend = (strategy: "average_vector" | "best_score" | "sum_scores") =>
      client.query("c", { query: { recommend: { positive: [1], negative: [2], strategy } } });
    // 2 × [1, 0] − [0, 1]
    expect(found(await recommend("average_vector"))).toEqual([
      [3, 1],
      [4, -2],
    ]);
    expect(found(await recommend("sum_scores"))).toEqual([
      [3, 0],
      [4, -1],
    ]);
    // Of 3 both are 1: it is not more like what is liked. Of 4 they are −1 and 0.
    expect(found(await recommend("best_score"))).toEqual([
      [4, -0.5],
      [3, -0.75],
    ]);
    expect(await refused(client.query("c", { query: { recommend: { negative: [1] } } }))).toEqual([
      400,
      "Bad request: At least one positive vector ID required with this strategy",
    ]);
  });

  it("discovers towards a target, within a context, and by a context alone", async () => {
    const client = await withPoints();
    const discovered = await client.query("c", {
      query: { discover: { target: [0, 1], context: [{ positive: 1, negative: 4 }] } },
    });
    // Of those nearer to 1 than to 4 the one nearest to the target.
    expect(discovered.points.map(({ id }) => id)).toEqual([3, 2]);
    const context = await client.query("c", {
      query: { context: [{ positive: [1, 0], negative: [-1, 0] }] },
    });
    expect(context.points.at(-1)).toMatchObject({ id: 4 });
    expect(context.points.at(-1)!.score).toBeLessThan(0);
  });

  it("orders by a payload key that has an index", async () => {
    const client = await withPoints();
    const { points } = await client.query("c", {
      query: { order_by: { key: "n", direction: "desc" } },
      limit: 3,
    });
    expect(points.map(({ id, order_value }) => [id, order_value])).toEqual([
      [4, 40],
      [1, 30],
      [3, 20],
    ]);
    const page = await client.scroll("c", { order_by: { key: "n", start_from: 20 }, limit: 2 });
    expect(page.points.map(({ id }) => id)).toEqual([3, 1]);
    expect(page.next_page_offset).toBeNull();
    expect(await refused(client.query("c", { query: { order_by: "none" } }))).toEqual([
      400,
      "Bad request: No range index for `order_by` key: `none`. Please create one to use `order_by`.",
    ]);
  });

  it("ranks anew what its prefetches bring, and fuses them", async () => {
    const client = await withPoints();
    const prefetch = [
      { query: [1, 0], limit: 2 },
      { query: [0, 1], limit: 2 },
    ];
    const again = await client.query("c", { prefetch, query: [-1, 2] });
    expect(found(again)).toEqual([
      [2, 2],
      [3, 1],
      [1, -1],
    ]);
    const fused = await client.query("c", { prefetch, query: { fusion: "rrf" } });
    // 1 / (rank + 2): 3 is second in one, first or second in the other.
    expect(fused.points[0]).toMatchObject({ id: 3 });
    expect(await refused(client.query("c", { prefetch }))).toEqual([
      400,
      "Bad request: A query is needed to merge the prefetches. Can't have prefetches without defining a query.",
    ]);
    expect(await refused(client.query("c", { query: { fusion: "rrf" } }))).toEqual([
      400,
      "Bad request: cannot apply Fusion without prefetches",
    ]);
  });

  it("takes a sample, and makes an answer diverse", async () => {
    const client = await withPoints();
    const { points } = await client.query("c", { query: { sample: "random" }, limit: 3 });
    expect(new Set(points.map(({ id }) => id)).size).toBe(3);
    const diverse = await client.query("c", {
      query: { nearest: [1, 0.1], mmr: { diversity: 0.9, candidates_limit: 4 } },
      limit: 2,
    });
    expect(diverse.points).toHaveLength(2);
  });
});

describe("the older routes", () => {
  it("answer as the universal query does", async () => {
    const client = await withPoints();
    const ids = (points: { id: unknown }[]) => points.map(({ id }) => id);
    expect(ids(await client.search("c", { vector: [1, 0.5], limit: 2 }))).toEqual([3, 1]);
    expect(ids(await client.recommend("c", { positive: [1], negative: [2], limit: 2 }))).toEqual([3, 4]);
    expect((await client.searchBatch("c", { searches: [{ vector: [0, 1], limit: 1 }] })).map(ids)).toEqual([
      [2],
    ]);
    const { groups } = await client.searchPointGroups("c", {
      vector: [1, 0.5],
      group_by: "tag",
      group_size: 1,
      limit: 1,
    });
    expect(groups).toMatchObject([{ id: "a", hits: [{ id: 3 }] }]);
    expect(
      ids(
        await client.discoverPoints("c", {
          target: [0, 1],
          context: [{ positive: 1, negative: 4 }],
          limit: 1,
        }),
      ),
    ).toEqual([3]);
  });
});

describe("a distance matrix", () => {
  it("tells of each of a sample its nearest in it", async () => {
    const client = await withPoints();
    const { pairs } = await client.searchMatrixPairs("c", { sample: 10, limit: 1 });
    expect(pairs).toEqual([
      { a: 1, b: 3, score: 1 },
      { a: 2, b: 3, score: 1 },
      { a: 3, b: 1, score: 1 },
      { a: 4, b: 2, score: 0 },
    ]);
    expect(await client.searchMatrixOffsets("c", { sample: 10, limit: 1 })).toEqual({
      ids: [1, 2, 3, 4],
      offsets_row: [0, 1, 2, 3],
      offsets_col: [2, 2, 0, 1],
      scores: [1, 1, 1, 0],
    });
  });
});
