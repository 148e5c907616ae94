/** Keys as Qdrant's clients show them. */
import { ConnectErrorCode as Code, ConnectError, QdrantClient as GrpcClient } from "@qdrant/js-client-grpc";
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
  const grpc = (apiKey?: string) => {
    const url = `http://${server.grpcAddresses.qdrant}`;
    return new GrpcClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) });
  };
  return { server, client, grpc };
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

  it("does so over gRPC", async () => {
    const { grpc } = await guarded();
    const collectionName = "c";
    const denied = async (call: Promise<unknown>) => {
      const error = ConnectError.from(await call.then(() => undefined).catch((thrown) => thrown));
      return [error.code, error.rawMessage];
    };
    const vectorsConfig = { config: { case: "params" as const, value: { size: 1n, distance: 3 } } };
    await grpc("an-admin-of-everything").api("collections").create({ collectionName, vectorsConfig });
    const reader = grpc("somebody-who-reads");
    expect(await reader.api("points").count({ collectionName })).toMatchObject({ result: { count: 0n } });
    expect(await denied(reader.api("points").upsert({ collectionName }))).toEqual([
      Code.PermissionDenied,
      expect.stringMatching(/^Forbidden: /),
    ]);
    for (const nobody of [grpc(), grpc("a-wrong-key")]) {
      expect((await denied(nobody.api("collections").list({})))[0]).toBe(Code.Unauthenticated);
      expect(await nobody.api("service").healthCheck({})).toMatchObject({ version: "1.18.3" });
    }
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
