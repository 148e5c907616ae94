/** Servers for tests: what their faults do to a remote store, and what it makes of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/open.ts";
import type { Collection, Store } from "../../src/store.ts";
import { startServer, type TestServer } from "../../src/testing/testing.ts";

let server: TestServer;
let store: Store;
let points: Collection;
beforeEach(async () => {
  server = await startServer();
  store = await open(server.url, { timeoutMs: 5_000 });
  points = (await store.create("points", { vectors: { v: { dimension: 2 } } })) as unknown as Collection;
  await points.upsert([{ id: 1, vector: [1, 0] }]);
});
afterEach(async () => {
  await store.close();
  await server.stop();
});
const there = async () => (await server.store.collection("points")).count();

describe("faults of a server", () => {
  it("an error is told as it is, to the operation it is for, as often as it is for", async () => {
    const fault = await server.faults.set(
      { kind: "error", code: "data_loss" },
      { operation: "count", times: 1 },
    );
    expect(await points.get([1])).toHaveLength(1);
    await expect(points.count()).rejects.toMatchObject({ code: "data_loss" });
    expect((await points.count()).count).toBe(1);
    expect(fault.hits).toBe(1);
  });

  it("a read is repeated when the server is unavailable for a moment, and given up in the end", async () => {
    const fault = await server.faults.set(
      { kind: "error", code: "unavailable" },
      { operation: "count", times: 2 },
    );
    expect((await points.count()).count).toBe(1);
    expect(fault.hits).toBe(2);
    const always = await server.faults.set({ kind: "error", code: "unavailable" }, { operation: "count" });
    await expect(points.count()).rejects.toMatchObject({ code: "unavailable" });
    expect(always.hits).toBe(4);
  });

  it("a write that the server refused before it began is repeated", async () => {
    const refusal = { kind: "error", code: "resource_exhausted", retryAfterMs: 1 } as const;
    const fault = await server.faults.set(refusal, { operation: "upsert", times: 1 });
    expect((await points.upsert([{ id: 2 }])).count).toBe(1);
    expect(fault.hits).toBe(1);
    expect((await there()).count).toBe(2);
  });

  it("a write whose answer did not come is not repeated: its outcome is unknown", async () => {
    const fault = await server.faults.set({ kind: "drop-answer" }, { request: "points/upsert" });
    const error = await points.upsert([{ id: 2 }]).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", details: { outcome: "unknown" } });
    expect(fault.hits).toBe(1);
    expect((await there()).count).toBe(2);
  });

  it("a connection that ended before the server had the request leaves nothing done, which nobody can know", async () => {
    await server.faults.set({ kind: "drop-request" }, { request: "points/upsert" });
    await expect(points.upsert([{ id: 2 }])).rejects.toMatchObject({
      code: "unavailable",
      details: { outcome: "unknown" },
    });
    expect((await there()).count).toBe(1);
  });

  it("reads are repeated after dropped and after truncated answers", async () => {
    const dropped = await server.faults.set({ kind: "drop-answer" }, { request: "points/count", times: 1 });
    expect((await points.count()).count).toBe(1);
    const truncated = await server.faults.set(
      { kind: "truncate", bytes: 150 },
      { request: "points/get", times: 1 },
    );
    expect(await points.get([1])).toHaveLength(1);
    const payload = { text: "x".repeat(5_000) };
    await points.upsert([{ id: 2, payload }]);
    const halved = await server.faults.set(
      { kind: "truncate", bytes: 2_000 },
      { request: "points/get", times: 1 },
    );
    expect((await points.get([2]))[0]?.payload).toEqual(payload);
    expect([dropped.hits, truncated.hits, halved.hits]).toEqual([1, 1, 1]);
  });

  it("a slow answer and a slow call end at the deadline", async () => {
    const hasty = await open(server.url, { timeoutMs: 300 });
    const collection = await hasty.collection("points");
    await server.faults.set({ kind: "latency", ms: 1_500 }, { operation: "count" });
    await expect(collection.count()).rejects.toMatchObject({ code: "deadline_exceeded" });
    server.faults.clear();
    await server.faults.set({ kind: "slow", bytesPerSecond: 40 }, { request: "points/get" });
    await expect(collection.get([1])).rejects.toMatchObject({ code: "deadline_exceeded" });
    await hasty.close();
  });

  it("stale reads are of before the last writes, and no others", async () => {
    const fault = await server.faults.set({ kind: "stale", writes: 2 });
    await points.upsert([{ id: 2 }]);
    await points.upsert([{ id: 3 }]);
    await points.upsert([{ id: 4 }]);
    expect((await points.count()).count).toBe(2);
    await points.delete({ ids: [1] });
    expect((await points.get([1, 2, 3, 4])).map((point) => point?.id)).toEqual([1, 2, 3, undefined]);
    fault.remove();
    expect((await points.count()).count).toBe(3);
  });

  it("what makes no sense is refused", async () => {
    await expect(server.faults.set({ kind: "drop-answer" }, { operation: "count" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(server.faults.set({ kind: "latency", ms: 1 }, { probability: 2 })).rejects.toThrow(
      "probability",
    );
  });
});
