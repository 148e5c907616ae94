/** Writes and reads of points with the official client. */
import { describe, expect, it } from "vitest";
import { refused, type Served, served } from "./served.ts";

async function withPoints(): Promise<Served["client"]> {
  const { client } = await served();
  await client.createCollection("c", { vectors: { size: 2, distance: "Dot" } });
  await client.upsert("c", {
    wait: true,
    batch: {
      ids: [1, 2, 3],
      vectors: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      payloads: [{ a: 1, nested: { x: 1, list: [{ y: 1 }, { y: 2 }] } }, { a: 2 }, null],
    },
  });
  return client;
}

const payloads = async (client: Served["client"]) =>
  Object.fromEntries((await client.scroll("c", {})).points.map(({ id, payload }) => [id, payload]));

describe("payloads", () => {
  it("are set by key, and a null takes a key away", async () => {
    const client = await withPoints();
    await client.setPayload("c", { payload: { b: 5, a: null }, points: [1, 2], wait: true });
    expect(await payloads(client)).toMatchObject({ 1: { b: 5 }, 2: { b: 5 }, 3: {} });
    expect((await payloads(client))[1]).not.toHaveProperty("a");
  });

  it("are set below a path", async () => {
    const client = await withPoints();
    await client.setPayload("c", { payload: { z: 9 }, key: "nested.list[].deep", points: [1], wait: true });
    await client.setPayload("c", { payload: { z: 8 }, key: "new.place", points: [2], wait: true });
    expect(await payloads(client)).toMatchObject({
      1: {
        nested: {
          x: 1,
          list: [
            { y: 1, deep: { z: 9 } },
            { y: 2, deep: { z: 9 } },
          ],
        },
      },
      2: { new: { place: { z: 8 } } },
    });
  });

  it("lose what lies at a path, are overwritten, and cleared", async () => {
    const client = await withPoints();
    await client.deletePayload("c", { keys: ["nested.list[].y", "a"], points: [1], wait: true });
    await client.overwritePayload("c", { payload: { only: true }, points: [2], wait: true });
    expect(await payloads(client)).toEqual({
      1: { nested: { x: 1, list: [{}, {}] } },
      2: { only: true },
      3: {},
    });
    await client.clearPayload("c", { points: [1, 2], wait: true });
    expect(await payloads(client)).toEqual({ 1: {}, 2: {}, 3: {} });
  });

  it("of points that are not there are refused, after those that are there were written", async () => {
    const client = await withPoints();
    expect(await refused(client.setPayload("c", { payload: { b: 1 }, points: [1, 77], wait: true }))).toEqual(
      [404, "Not found: No point with id 77 found"],
    );
    expect((await payloads(client))[1]).toMatchObject({ b: 1 });
  });

  it("are returned in part: what is included, or all but what is excluded", async () => {
    const client = await withPoints();
    const one = async (with_payload: string[] | { include: string[] } | { exclude: string[] }) =>
      (await client.retrieve("c", { ids: [1], with_payload }))[0]?.payload;
    expect(await one(["nested.x"])).toEqual({ nested: { x: 1 } });
    expect(await one({ include: ["nested.list[].y"] })).toEqual({ nested: { list: [{ y: 1 }, { y: 2 }] } });
    expect(await one({ exclude: ["nested.list", "a"] })).toEqual({ nested: { x: 1 } });
  });
});

describe("conditional writes", () => {
  it("insert only what is new, or update only what is there", async () => {
    const client = await withPoints();
    const points = [
      { id: 1, vector: [5, 5], payload: { a: "changed" } },
      { id: 9, vector: [5, 5], payload: { a: "new" } },
    ];
    await client.upsert("c", { points, update_mode: "insert_only", wait: true });
    expect(await payloads(client)).toMatchObject({ 1: { a: 1 }, 9: { a: "new" } });
    await client.delete("c", { points: [9], wait: true });
    await client.upsert("c", { points, update_mode: "update_only", wait: true });
    expect(await payloads(client)).toMatchObject({ 1: { a: "changed" } });
    expect(await payloads(client)).not.toHaveProperty("9");
  });

  it("touch only points that match, and new ones; of two on the same condition one wins", async () => {
    const client = await withPoints();
    const write = (name: string) =>
      client.upsert("c", {
        points: [{ id: 1, vector: [1, 0], payload: { a: 7, by: name } }],
        update_filter: { must: [{ key: "a", match: { value: 1 } }] },
        wait: true,
      });
    await Promise.all(["x", "y", "z"].map(write));
    const { 1: found } = await payloads(client);
    expect(found).toMatchObject({ a: 7, by: expect.stringMatching(/^[xyz]$/) });
    await write("late");
    expect(await payloads(client)).toMatchObject({ 1: found });
  });
});

describe("a batch", () => {
  it("does its operations in their order", async () => {
    const client = await withPoints();
    const results = await client.batchUpdate("c", {
      wait: true,
      operations: [
        { upsert: { points: [{ id: 4, vector: [2, 2], payload: { k: 1 } }] } },
        { set_payload: { payload: { k: 2 }, points: [4] } },
        { overwrite_payload: { payload: { only: 1 }, points: [1] } },
        { delete_payload: { keys: ["a"], points: [2] } },
        { update_vectors: { points: [{ id: 3, vector: [7, 7] }] } },
        { clear_payload: { points: [1] } },
        { delete: { points: [2] } },
      ],
    });
    expect(results).toHaveLength(7);
    expect(results.every(({ status }) => status === "completed")).toBe(true);
    expect(await payloads(client)).toEqual({ 1: {}, 3: {}, 4: { k: 2 } });
    expect(await client.retrieve("c", { ids: [3], with_vector: true })).toMatchObject([{ vector: [7, 7] }]);
  });

  it("ends at the first that fails, and what was done before stays", async () => {
    const client = await withPoints();
    const batch = client.batchUpdate("c", {
      wait: true,
      operations: [
        { delete: { points: [1] } },
        { set_payload: { payload: { k: 2 }, points: [1] } },
        { delete: { points: [2] } },
      ],
    });
    expect(await refused(batch)).toEqual([404, "Not found: No point with id 1 found"]);
    expect(Object.keys(await payloads(client))).toEqual(["2", "3"]);
  });
});

describe("vectors", () => {
  it("of cosine fields come back with length 1, as Qdrant stores them", async () => {
    const { client } = await served();
    await client.createCollection("c", { vectors: { size: 2, distance: "Cosine" } });
    await client.upsert("c", { points: [{ id: 1, vector: [3, 4] }], wait: true });
    const [point] = await client.retrieve("c", { ids: [1], with_vector: true });
    expect(point?.vector).toEqual([0.6, 0.8]);
  });

  it("in float16 and uint8 are what is left of them there", async () => {
    const { client } = await served();
    await client.createCollection("half", { vectors: { size: 2, distance: "Dot", datatype: "float16" } });
    await client.upsert("half", { points: [{ id: 1, vector: [0.1, 70000] }], wait: true });
    const [half] = await client.retrieve("half", { ids: [1], with_vector: true });
    expect(half?.vector).toEqual([0.099975586, 65504]);
  });
});
