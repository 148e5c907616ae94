/** A remote store against a real server: what is beyond the contract that all stores keep. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type RunningServer, serve } from "../../../src/server/serve.ts";
import type { Store } from "../../../src/store.ts";

const schema = { vectors: { v: { dimension: 2 } }, payload: { year: { type: "integer" } } } as const;
const readJson = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

describe("a remote store", () => {
  let engine: EngineStore;
  let server: RunningServer;
  let store: Store;
  beforeAll(async () => {
    engine = await open(":memory:");
    server = await serve({
      store: engine,
      dialects: [francaDialect],
      readJson,
      ports: { franca: { rest: 0, grpc: 0 } },
    });
    store = await open(server.addresses.franca as `http://${string}`);
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    await engine.close();
  });

  it("writes and reads as the engine does", async () => {
    const points = await store.create("points", schema);
    const large = 2n ** 64n - 1n;
    await points.upsert([
      { id: large, vector: [0.6, 0.8], payload: { year: 1, when: new Date(0), $f32: [1, 2] } as never },
      { id: "x", vectors: { v: new Float32Array([1, 0]) } },
    ]);
    expect(await points.get([large, "y"], { vectors: true })).toEqual(
      await (await engine.collection("points")).get([large, "y"], { vectors: true }),
    );
    const request = { nearest: [1, 0], explain: false, limit: 1 };
    expect(await points.query(request)).toEqual(await (await engine.collection("points")).query(request));
    expect(await store.list()).toEqual(["points"]);
    const stages: string[] = [];
    await points.optimize({ onProgress: ({ stage }) => stages.push(stage) });
    expect(await points.stats()).toMatchObject({ points: 2 });
  });

  it("rejects with the engine's own errors", async () => {
    const here = await engine.create("errors", schema);
    const there = await store.collection("errors");
    const wrong = [{ id: 1, vector: [1, Number.NaN] }];
    const expected = await here.upsert(wrong as never).catch((error) => error);
    const { code, message } = await there.upsert(wrong as never).catch((error) => error);
    expect({ code, message }).toEqual({ code: expected.code, message: expected.message });
    await expect(store.collection("absent")).rejects.toMatchObject({ code: "not_found" });
    await expect(store.create("errors", schema)).rejects.toMatchObject({ code: "already_exists" });
    await expect(store.collection("errors", { vectors: { v: { dimension: 3 } } })).rejects.toMatchObject({
      code: "failed_precondition",
    });
  });

  it("is cancelled by a signal, and closed for good by close", async () => {
    const points = await store.create("cancelled", schema);
    await expect(points.count({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    const other = await open(server.addresses.franca as `http://${string}`);
    await other.close();
    await expect(other.list()).rejects.toMatchObject({ code: "failed_precondition" });
  });
});

describe("what is no Franca server", () => {
  let server: Server | undefined;
  afterEach(() => new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve))));

  async function answering(status: number, type: string, body: string): Promise<`http://${string}`> {
    server = createServer((_, response) =>
      response.writeHead(status, { "content-type": type, connection: "close" }).end(body),
    );
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    [404, "text/html", "<h1>Not found</h1>", "failed_precondition"],
    [200, "application/json", '{"title":"qdrant","version":"1.18.3"}', "failed_precondition"],
    [200, "application/vnd.franca.frame", "FRF1", "unavailable"],
    [404, "application/json", '{"status":{"error":"Not found"}}', "failed_precondition"],
    [200, "application/vnd.franca.frame", "FRF1\u0002\0\0\0{}\0\0", "failed_precondition"],
    [302, "text/html", "", "failed_precondition"],
    [401, "text/html", "<h1>Who are you?</h1>", "unauthenticated"],
    [403, "text/html", "", "permission_denied"],
    [413, "text/html", "<h1>Too large</h1>", "resource_exhausted"],
    [429, "text/plain", "slowly", "resource_exhausted"],
    [502, "text/html", "<h1>Bad gateway</h1>", "unavailable"],
    [503, "application/json", '{"error":{"code":"unavail', "unavailable"],
    [504, "text/html", "", "deadline_exceeded"],
  ])("an answer of %d %s %s is told as %s's", async (status, type, body, code) => {
    const address = await answering(status, type, body);
    await expect(open(address, { retries: 0 })).rejects.toMatchObject({ code });
  });

  it("an address where nobody listens is told, after trying again", async () => {
    await expect(open("http://127.0.0.1:9", { retries: 1 })).rejects.toMatchObject({ code: "unavailable" });
  });

  it.each([["http://user:secret@127.0.0.1"], ["http://"]])(
    "%s is refused, and no password is repeated",
    async (address) => {
      const error = await open(address as `http://${string}`).catch((thrown) => thrown);
      expect(error.code).toBe("invalid_argument");
      expect(error.message).not.toContain("secret");
    },
  );
});
