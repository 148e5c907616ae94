/** A server over a store in memory, by way of the wire. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { type EngineStore, open } from "../../src/index.ts";
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
