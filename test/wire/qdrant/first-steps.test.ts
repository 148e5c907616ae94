/** The first page of Qdrant's documentation, with its own client. */
import { describe, expect, it } from "vitest";
import { refused, served } from "./served.ts";

const cities = [
  { id: 1, vector: [0.05, 0.61, 0.76, 0.74], payload: { city: "Berlin" } },
  { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: "London" } },
  { id: 3, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: "Moscow" } },
];

describe("the official client over REST", () => {
  it("makes a collection, writes points, finds them, and deletes them", async () => {
    const { client } = await served();
    expect(await client.collectionExists("cities")).toEqual({ exists: false });
    expect(await client.createCollection("cities", { vectors: { size: 4, distance: "Dot" } })).toBe(true);
    expect(await client.getCollections()).toEqual({ collections: [{ name: "cities" }] });
    expect(await client.upsert("cities", { wait: true, points: cities })).toMatchObject({
      status: "completed",
      operation_id: expect.any(Number),
    });
    const { points } = await client.query("cities", {
      query: [0.2, 0.1, 0.9, 0.7],
      limit: 2,
      with_payload: true,
      filter: { must: [{ key: "city", match: { value: "London" } }] },
    });
    expect(points).toEqual([
      { id: 2, version: expect.any(Number), score: expect.closeTo(0.871, 5), payload: { city: "London" } },
    ]);
    const page = await client.scroll("cities", { limit: 2 });
    expect(page).toEqual({
      points: [
        { id: 1, payload: { city: "Berlin" } },
        { id: 2, payload: { city: "London" } },
      ],
      next_page_offset: 3,
    });
    expect(await client.retrieve("cities", { ids: [3, 9], with_vector: true })).toEqual([
      { id: 3, payload: { city: "Moscow" }, vector: [0.36, 0.55, 0.47, 0.94] },
    ]);
    await client.delete("cities", { points: [1], wait: true });
    expect(await client.count("cities")).toEqual({ count: 2 });
    expect(await client.getCollection("cities")).toMatchObject({
      status: "green",
      points_count: 2,
      config: { params: { vectors: { size: 4, distance: "Dot" } } },
    });
    expect(await client.deleteCollection("cities")).toBe(true);
    expect(await client.deleteCollection("cities")).toBe(false);
  });

  it("is told what went wrong in Qdrant's words", async () => {
    const { client } = await served();
    await client.createCollection("a", { vectors: { size: 2, distance: "Cosine" } });
    expect(await refused(client.getCollection("none"))).toEqual([
      404,
      "Not found: Collection `none` doesn't exist!",
    ]);
    expect(await refused(client.createCollection("a", { vectors: { size: 2, distance: "Dot" } }))).toEqual([
      409,
      "Wrong input: Collection `a` already exists!",
    ]);
    expect(await refused(client.createCollection("b", { vectors: { size: 0, distance: "Dot" } }))).toEqual([
      422,
      "Validation error in JSON body: [vectors.size: value 0 invalid, must be from 1 to 65536]",
    ]);
    expect(await refused(client.upsert("a", { points: [{ id: 1, vector: [1, 2, 3] }] }))).toEqual([
      400,
      "Wrong input: Vector dimension error: expected dim: 2, got 3",
    ]);
    expect(await refused(client.query("a", { query: [1, 0], limit: 0 }))).toEqual([
      422,
      "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]",
    ]);
  });

  it("keeps ids up to 2^64 − 1 exactly, and UUIDs in their canonical form", async () => {
    const { client, server } = await served();
    await client.createCollection("ids", { vectors: { size: 1, distance: "Dot" } });
    const url = `${server.url}/collections/ids/points`;
    const body =
      '{"points":[{"id":18446744073709551615,"vector":[1]},{"id":"936DA01F9ABD4D9D80C702AF85C822A8","vector":[2]}]}';
    expect((await fetch(`${url}?wait=true`, { method: "PUT", body })).status).toBe(200);
    const text = await (await fetch(`${url}/scroll`, { method: "POST", body: "{}" })).text();
    expect(text).toContain('"id":18446744073709551615');
    expect(text).toContain('"id":"936da01f-9abd-4d9d-80c7-02af85c822a8"');
    const one = await (await fetch(`${url}/18446744073709551615`)).text();
    expect(one).toContain('{"id":18446744073709551615,"payload":{},"vector":[1.0]}');
  });
});
