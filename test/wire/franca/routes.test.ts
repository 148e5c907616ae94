/** Every route of Franca's wire, happy and sad, over a real server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { decodeFrame, encodeFrame, frameType } from "../../../src/dialects/franca/frame.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type RunningServer, serve } from "../../../src/server/serve.ts";

let store: EngineStore;
let server: RunningServer;
beforeAll(async () => {
  store = await open(":memory:");
  const readJson = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  server = await serve({
    store,
    dialects: [francaDialect],
    readJson,
    ports: { franca: { rest: 0, grpc: 0 } },
  });
});
afterAll(async () => {
  await server.stop();
  await store.close();
});

async function ask(method: string, path: string, body?: unknown): Promise<[status: number, body: unknown]> {
  const response = await fetch(`${server.addresses.franca}/franca/v1${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  return [response.status, await response.json()];
}

async function askInFrames(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${server.addresses.franca}/franca/v1${path}`, {
    method: "POST",
    body: encodeFrame(body) as Uint8Array<ArrayBuffer>,
    headers: { "content-type": frameType, accept: frameType },
  });
  if (response.headers.get("content-type") !== frameType) throw new Error(await response.text());
  return decodeFrame(new Uint8Array(await response.arrayBuffer()));
}

const schema = { vectors: { body: { dimension: 2 } }, payload: { year: { type: "integer" } } };

describe("Franca's wire", () => {
  it("makes, tells, changes and drops a collection", async () => {
    expect(await ask("PUT", "/collections/made", { schema })).toMatchObject([
      200,
      { name: "made", points: 0 },
    ]);
    expect(await ask("PUT", "/collections/made", { schema })).toMatchObject([
      409,
      { error: { code: "already_exists" } },
    ]);
    expect(await ask("PUT", "/collections/made", { schema, ifExists: "open" })).toMatchObject([200, {}]);
    expect(await ask("GET", "/collections")).toEqual([200, { collections: ["made"] }]);
    expect(
      await ask("PATCH", "/collections/made", { addPayload: { word: { type: "keyword" } } }),
    ).toMatchObject([200, { schema: { payload: { word: { type: "keyword" } } } }]);
    expect(await ask("PUT", "/aliases/other", { collection: "made" })).toEqual([
      200,
      { alias: "other", collection: "made" },
    ]);
    expect(await ask("GET", "/collections/other")).toMatchObject([200, { name: "made", aliases: ["other"] }]);
    expect(await ask("GET", "/aliases")).toEqual([200, { aliases: { other: "made" } }]);
    expect(await ask("DELETE", "/aliases/other")).toEqual([200, { dropped: true }]);
    expect(await ask("DELETE", "/collections/made")).toEqual([200, { dropped: true }]);
    expect(await ask("DELETE", "/collections/made")).toEqual([200, { dropped: false }]);
    expect(await ask("GET", "/collections/made")).toMatchObject([404, { error: { code: "not_found" } }]);
  });

  it("writes points and reads them, in JSON and in frames", async () => {
    await ask("PUT", "/collections/points", { schema });
    const large = 2n ** 64n - 1n;
    expect(
      await ask("POST", "/collections/points/points/upsert", {
        points: [
          { id: 1, vector: [1, 0], payload: { year: 2020 } },
          { id: "b", vectors: { body: [0, 1] }, payload: { year: 2021 } },
        ],
      }),
    ).toMatchObject([200, { count: 2 }]);
    expect(
      await askInFrames("/collections/points/points/upsert", {
        points: [{ id: large, vector: new Float32Array([0.6, 0.8]), payload: { $f32: [0, 1], year: 2022 } }],
      }),
    ).toMatchObject({ count: 1 });
    expect(
      await askInFrames("/collections/points/points/get", { ids: [large, 7], select: { vectors: true } }),
    ).toEqual({
      points: [
        { id: large, payload: { $f32: [0, 1], year: 2022 }, vectors: { body: new Float32Array([0.6, 0.8]) } },
        null,
      ],
    });
    const found = await fetch(`${server.addresses.franca}/franca/v1/collections/points/points/query`, {
      method: "POST",
      body: JSON.stringify({ nearest: [0.6, 0.8], limit: 1, select: { vectors: true } }),
      headers: { "content-type": "application/json" },
    });
    expect(await found.text()).toContain('"id":18446744073709551615,');
    expect(
      await askInFrames("/collections/points/points/query", { nearest: new Float32Array([1, 0]), limit: 1 }),
    ).toMatchObject({
      hits: [{ id: 1, score: 1 }],
      warnings: [],
    });
    expect(
      await ask("POST", "/collections/points/points/count", {
        filter: { field: "year", range: { gte: 2021 } },
      }),
    ).toMatchObject([200, { count: 2 }]);
    expect(await ask("POST", "/collections/points/points/facet", { field: "year" })).toMatchObject([
      200,
      { values: [{ count: 1 }, { count: 1 }, { count: 1 }] },
    ]);
    expect(await ask("POST", "/collections/points/points/scroll", { limit: 1 })).toMatchObject([
      200,
      { points: [{ id: 1 }], next: 1 },
    ]);
    expect(
      await ask("POST", "/collections/points/points/update", {
        selector: { ids: ["b"] },
        change: { setPayload: { year: 1 } },
      }),
    ).toMatchObject([200, { count: 1 }]);
    expect(
      await ask("POST", "/collections/points/points/delete", { filter: { field: "year", eq: 1 } }),
    ).toMatchObject([200, { count: 1 }]);
    expect(await ask("GET", "/collections/points/stats")).toMatchObject([200, { points: 2 }]);
  });

  it("tells the progress of optimize line by line", async () => {
    await ask("PUT", "/collections/optimized", { schema });
    const points = Array.from({ length: 2000 }, (_, id) => ({ id, vector: [Math.cos(id), Math.sin(id)] }));
    await ask("POST", "/collections/optimized/points/upsert", { points });
    const response = await fetch(`${server.addresses.franca}/franca/v1/collections/optimized/optimize`, {
      method: "POST",
    });
    const lines = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ done: true });
    expect(lines.length).toBeGreaterThan(1);
  });

  it.each([
    ["an unknown key", "query", { nearest: [1, 0], limt: 3 }, "body.limt"],
    ["a signal", "query", { nearest: [1, 0], signal: {} }, "body.signal"],
    ["a wrong type", "query", { nearest: [1, 0], limit: "3" }, "body.limit"],
    ["an unknown operator", "count", { filter: { field: "year", equals: 3 } }, "equals"],
    ["a vector of another dimension", "upsert", { points: [{ id: 1, vector: [1, 2, 3] }] }, "3"],
    ["both selectors", "delete", { ids: [1], filter: { ids: [1] } }, "body"],
  ])("refuses %s, and says where", async (_, verb, body, place) => {
    await ask("PUT", "/collections/refusing", { schema, ifExists: "open" });
    const [status, answer] = await ask("POST", `/collections/refusing/points/${verb}`, body);
    expect([status, answer]).toMatchObject([400, { error: { code: "invalid_argument" } }]);
    expect((answer as { error: { message: string } }).error.message).toContain(place);
  });

  it("refuses a body of another kind", async () => {
    const response = await fetch(`${server.addresses.franca}/franca/v1/collections/refusing/points/count`, {
      method: "POST",
      body: "a=b",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(response.status).toBe(415);
  });
});
