/** A server over a store in memory, by way of the wire. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { FrancaError } from "../../src/errors.ts";
import { type EngineStore, open } from "../../src/index.ts";
import type { Guard } from "../../src/server/guard.ts";
import type { Observer } from "../../src/server/observer.ts";
import { type RunningServer, serve } from "../../src/server/serve.ts";

describe("a server", () => {
  let store: EngineStore;
  let server: RunningServer;
  beforeAll(async () => {
    store = await open(":memory:");
    const readJson = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
    server = await serve({ store, dialects: [francaDialect], readJson, ports: { franca: { rest: 0 } } });
  });
  afterAll(async () => {
    await server.stop();
    await store.close();
  });

  it("answers a route of its dialect", async () => {
    await store.create("notes", { vectors: { body: { dimension: 4 } } });
    const response = await fetch(`${server.addresses.franca}/franca/v1/collections`);
    expect(await response.json()).toEqual({ collections: ["notes"] });
  });

  it("says what it does not have in the dialect's own way", async () => {
    const response = await fetch(`${server.addresses.franca}/nothing/here`);
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
  });
});

describe("the seams of a server", () => {
  it("a guard says who may come in and what of the store a caller sees, and an observer hears of each request", async () => {
    const [whole, part] = [await open(":memory:"), await open(":memory:")];
    await whole.create("secrets", { vectors: { body: { dimension: 4 } } });
    const heard: string[] = [];
    const guard: Guard = {
      admit({ dialect, header, access }) {
        if (dialect.credentials(header) !== "sesame")
          throw new FrancaError("unauthenticated", "show a key", { details: { access } });
        return { name: "ali", store: part };
      },
    };
    const observer: Observer = {
      begin: ({ dialect, route }) => ({
        end: ({ status, caller }) => heard.push(`${dialect} ${route} ${status} ${caller}`),
      }),
    };
    const readJson = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
    const server = await serve({
      store: whole,
      dialects: [francaDialect],
      readJson,
      guard,
      observer,
      routes: [{ method: "GET", path: "/hello", access: "open", kind: "health", handle: () => ({}) }],
      ports: { franca: { rest: 0 } },
    });
    const address = `${server.addresses.franca}/franca/v1/collections`;
    const refused = await fetch(address);
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { error: { code: "unauthenticated" } },
    ]);
    const welcomed = await fetch(address, { headers: { authorization: "Bearer sesame" } });
    expect(await welcomed.json()).toEqual({ collections: [] });
    expect((await fetch(`${server.addresses.franca}/hello`)).status).toBe(200);
    await server.stop();
    expect(heard).toEqual([
      "franca GET /franca/v1/collections 401 undefined",
      "franca GET /franca/v1/collections 200 ali",
      "host GET /hello 200 undefined",
    ]);
    await Promise.all([whole.close(), part.close()]);
  });
});
