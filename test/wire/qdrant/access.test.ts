/** Keys as Qdrant's clients show them. */
import { QdrantClient } from "@qdrant/js-client-rest";
import { describe, expect, it, onTestFinished } from "vitest";
import { qdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { open } from "../../../src/open.ts";
import { startAuth } from "../../../src/server/auth/auth.ts";
import { startServer } from "../../../src/testing/testing.ts";
import { refused } from "./served.ts";

async function guarded() {
  const store = await open(":memory:");
  const auth = await startAuth({
    host: "127.0.0.1",
    tls: false,
    apiKey: "an-admin-of-everything",
    readOnlyApiKey: "somebody-who-reads",
    onWarning() {},
  });
  const guard = auth.guardOf(store)!;
  const server = await startServer({ store, guard, dialects: [qdrantDialect] });
  onTestFinished(async () => {
    await server.stop();
    await auth.stop();
    await store.close();
  });
  const client = (apiKey?: string) =>
    new QdrantClient({ url: server.url, checkCompatibility: false, ...(apiKey && { apiKey }) });
  return { server, client };
}

describe("a server with keys", () => {
  it("lets an admin do everything, a reader read, and nobody in without a key", async () => {
    const { client } = await guarded();
    const admin = client("an-admin-of-everything");
    await admin.createCollection("c", { vectors: { size: 1, distance: "Dot" } });
    await admin.upsert("c", { points: [{ id: 1, vector: [1] }], wait: true });
    const reader = client("somebody-who-reads");
    expect((await reader.query("c", { query: [1] })).points).toHaveLength(1);
    expect(await reader.count("c")).toEqual({ count: 1 });
    const write = await refused(reader.upsert("c", { points: [{ id: 2, vector: [1] }] }));
    expect(write).toEqual([403, expect.stringMatching(/^Forbidden: /)]);
    expect((await refused(reader.deleteCollection("c")))[0]).toBe(403);
    for (const nobody of [client(), client("a-wrong-key")])
      expect((await refused(nobody.getCollections()))[0]).toBe(401);
  });

  it("tells its version, and whether it is well, to all; and takes a key as a bearer token too", async () => {
    const { server } = await guarded();
    const root = await (await fetch(server.url)).json();
    expect(root).toMatchObject({ title: "qdrant - vector search engine", version: "1.18.3" });
    expect(await (await fetch(`${server.url}/healthz`)).text()).toBe("healthz check passed");
    expect(await (await fetch(`${server.url}/readyz`)).text()).toBe("all shards are ready");
    const headers = { authorization: "Bearer somebody-who-reads" };
    expect((await fetch(`${server.url}/collections`, { headers })).status).toBe(200);
  });
});
