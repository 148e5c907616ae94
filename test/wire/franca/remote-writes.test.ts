/** What a remote store tells of a write, and what it sends: nothing twice, nothing changed in silence. */
import { setTimeout as after } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../../src/open.ts";
import type { Collection, Store } from "../../../src/store.ts";
import { errorOf } from "../../../src/stores/calls/attempt.ts";
import { answerOf } from "../../../src/stores/remote/answer.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";

const schema = { vectors: { v: { dimension: 2 } }, payload: { year: { type: "integer" } } } as const;
const unknown = { details: { outcome: "unknown" } };

let server: TestServer;
let store: Store;
let points: Collection;
let here: Collection;
beforeEach(async () => {
  server = await startServer({ limits: { bodyBytes: 100_000, graceMs: 20 } });
  store = await open(server.url, { timeoutMs: 5_000 });
  points = (await store.create("points", schema)) as unknown as Collection;
  here = await server.store.collection("points");
});
afterEach(async () => {
  await store.close();
  await server.stop();
});
const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe("a remote write", () => {
  it("is waited for by close, which refuses what comes later", async () => {
    await server.faults.set({ kind: "latency", ms: 150 }, { operation: "upsert" });
    const write = points.upsert([{ id: 1 }]);
    const closed = store.close();
    await expect(points.upsert([{ id: 2 }])).rejects.toMatchObject({ code: "failed_precondition" });
    await closed;
    expect(await write).toMatchObject({ count: 1 });
    expect((await here.count()).count).toBe(1);
  });

  it("that is given up on its way, or not answered in time, has an unknown outcome; a read has none", async () => {
    await server.faults.set({ kind: "latency", ms: 2_000 });
    const signal = AbortSignal.timeout(50);
    await expect(points.upsert([{ id: 1 }], { signal })).rejects.toMatchObject({
      code: "deadline_exceeded",
      ...unknown,
    });
    const controller = new AbortController();
    const write = points.upsert([{ id: 1 }], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(write).rejects.toMatchObject({ code: "cancelled", ...unknown });
    expect((await thrownBy(points.count({ signal: AbortSignal.timeout(20) }))).details).toEqual({});
  });

  it("that a stopping server was working on is not sent again: its outcome is unknown", async () => {
    const fault = await server.faults.set({ kind: "latency", ms: 300 }, { operation: "upsert" });
    const write = thrownBy(points.upsert([{ id: 1 }]));
    while (fault.hits === 0) await after(5);
    await server.stop();
    expect(await write).toMatchObject({ code: "unavailable", ...unknown });
    expect(fault.hits).toBe(1);
  });

  it("that finds nobody is tried again, and is surely not done", async () => {
    await server.stop();
    // The connection that was kept is used up by it.
    await expect(points.count()).rejects.toMatchObject({ code: "unavailable" });
    const { code, details } = await thrownBy(points.upsert([{ id: 1 }]));
    expect({ code, details }).toEqual({ code: "unavailable", details: {} });
  });

  it("is refused with the server's words at once when it asks for more patience than there is", async () => {
    const refusal = { kind: "error", code: "resource_exhausted", retryAfterMs: 60_000 } as const;
    const fault = await server.faults.set(refusal, { operation: "upsert" });
    await expect(points.upsert([{ id: 1 }])).rejects.toMatchObject({
      code: "resource_exhausted",
      details: { retryAfterMs: 60_000 },
    });
    expect(fault.hits).toBe(1);
  });

  it.each([2_000, 400_000])(
    "of %d points is too large for one request, and says how to split it",
    async (count) => {
      const many = Array.from({ length: count }, (_, id) => ({
        id,
        vector: [id, 1],
        payload: { title: "some words" },
      }));
      const error = await thrownBy(points.upsert(many));
      expect(error).toMatchObject({ code: "resource_exhausted", details: { limitBytes: 100_000 } });
      expect(error.message).toMatch(
        /upsert of \d+ points .* at most \d+ points a call; each call is all or none/,
      );
      expect((await here.count()).count).toBe(0);
      const most = error.details.points;
      expect(await points.upsert(many.slice(0, most))).toMatchObject({ count: most });
    },
  );

  it.each([
    ["undefined", undefined],
    ["a Map", new Map([["a", 1]])],
    ["an invalid Date", new Date(Number.NaN)],
    ["a bigint", 5n],
    ["NaN", Number.NaN],
    ["a function", () => 1],
    ["what contains itself", selfContaining()],
  ])("of %s in a payload is refused in the engine's words", async (_, value) => {
    for (const write of [
      (one: Collection) => one.upsert([{ id: "x", payload: { year: 1, odd: [value] } as never }]),
      (one: Collection) => one.update({ ids: ["x"] }, { setPayload: { odd: value } as never }),
    ]) {
      const [mine, its] = await Promise.all([thrownBy(write(points)), thrownBy(write(here))]);
      expect([mine.code, mine.message]).toEqual([its.code, its.message]);
    }
  });

  it.each([[[1, 1e300]], [[1, "2"]], [[1]], [{ 0: 1, 1: 2 }]])(
    "of the vector %j is refused likewise",
    async (vector) => {
      const write = (one: Collection) => one.upsert([{ id: 1, vector: vector as never }]);
      const [mine, its] = await Promise.all([thrownBy(write(points)), thrownBy(write(here))]);
      expect([mine.code, mine.message]).toEqual([its.code, its.message]);
    },
  );

  it("that something else says is well has an unknown outcome", async () => {
    const headers = { "content-type": "text/html" };
    const attempt = await answerOf(new Response("<h1>Fine</h1>", { status: 200, headers }), "http://here");
    if (!("failure" in attempt)) throw new Error("it was taken for an answer");
    const call = { method: "POST", path: "/x" } as const;
    expect(errorOf(attempt.failure, { ...call, kind: "write" })).toMatchObject({
      code: "failed_precondition",
      ...unknown,
    });
    expect(errorOf(attempt.failure, { ...call, kind: "read" }).details).toEqual({ httpStatus: 200 });
  });

  it("with options or a request that is none is refused", async () => {
    await expect(points.upsert([], { sgnal: 1 } as never)).rejects.toThrow(/sgnal/);
    await expect(points.count({ signal: 1 } as never)).rejects.toThrow(/count.signal/);
    await expect(points.query(undefined as never)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(points.delete(null as never)).rejects.toMatchObject({ code: "invalid_argument" });
    const filter = { not: undefined as unknown };
    filter.not = filter;
    await expect(points.count({ filter: filter as never })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});

describe("the options of a remote store", () => {
  it.each([
    ["http://127.0.0.1:1/?key=secret", {}],
    ["http://127.0.0.1:1", { apiKey: "" }],
    ["http://127.0.0.1:1", { apiKey: "secret\nsecret" }],
    ["http://127.0.0.1:1", { timeoutMs: 0 }],
    ["http://127.0.0.1:1", { timeoutMs: "5" }],
    ["http://127.0.0.1:1", { retries: -1 }],
    ["http://127.0.0.1:1", { headers: { "a b": "c" } }],
    ["http://127.0.0.1:1", { timeout: 3 }],
  ])(
    "%s with %j are refused before anything is sent, and no secret is repeated",
    async (address, options) => {
      const error = await thrownBy(open(address as `http://${string}`, options as never));
      expect(error.code).toBe("invalid_argument");
      expect(error.message).not.toContain("secret");
    },
  );
});

function selfContaining(): object {
  const one: { self?: object } = {};
  one.self = one;
  return one;
}
