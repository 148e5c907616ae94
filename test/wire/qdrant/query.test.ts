/** Queries of every kind with the official client, on points few enough to reckon by hand. */
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
  it("ranks by a vector, by the vector of a point, which is left out, and without a query by ids", async () => {
    const client = await withPoints();
    expect(found(await client.query("c", { query: [1, 0.5], limit: 2 }))).toEqual([
      [3, 1.5],
      [1, 1],
    ]);
    expect(found(await client.query("c", { query: 3, limit: 2 }))).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(found(await client.query("c", { limit: 2, offset: 1 }))).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(found(await client.query("c", { query: [1, 0], score_threshold: 0.5 }))).toEqual([
      [1, 1],
      [3, 1],
    ]);
    expect(await refused(client.query("c", { query: 77 }))).toEqual([
      404,
      "Not found: No point with id 77 found",
    ]);
  });

  it("looks examples up in another collection, and leaves nothing out for it", async () => {
    const client = await withPoints();
    await client.createCollection("other", { vectors: { v: { size: 2, distance: "Dot" } } });
    await client.upsert("other", { points: [{ id: 1, vector: { v: [0, 1] } }], wait: true });
    const query = { query: 1, lookup_from: { collection: "other", vector: "v" }, limit: 2 };
    expect(found(await client.query("c", query))).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it("answers batches in their order", async () => {
    const client = await withPoints();
    const answers = await client.queryBatch("c", {
      searches: [
        { query: [1, 0], limit: 1 },
        { query: [0, 1], limit: 1, with_payload: true },
      ],
    });
    expect(answers.map(({ points }) => points.map(({ id }) => id))).toEqual([[1], [2]]);
    expect(answers[1]!.points[0]!.payload).toEqual({ n: 10, tag: "b" });
  });
});

describe("groups", () => {
  it("hold the best of each, and what is looked up by their ids", async () => {
    const client = await withPoints();
    const { groups } = await client.queryGroups("c", {
      query: [1, 0.5],
      group_by: "tag",
      group_size: 2,
      limit: 5,
    });
    expect(groups.map(({ id, hits }) => [id, hits.map((hit) => hit.id)])).toEqual([
      ["a", [3, 1]],
      ["b", [3, 2]],
    ]);
    await client.createCollection("docs", { vectors: { size: 1, distance: "Dot" } });
    await client.upsert("docs", {
      points: [{ id: 30, vector: [1], payload: { title: "thirty" } }],
      wait: true,
    });
    const looked = await client.queryGroups("c", {
      query: [1, 0.5],
      group_by: "n",
      group_size: 1,
      limit: 2,
      with_lookup: "docs",
    });
    expect(looked.groups.map(({ id, lookup }) => [id, lookup])).toEqual([
      [20, null],
      [30, { id: 30, payload: { title: "thirty" } }],
    ]);
  });
});
