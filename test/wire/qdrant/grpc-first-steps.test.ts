/** The first page of Qdrant's documentation over gRPC, with its own client for JavaScript. */
import { ConnectErrorCode as Code, ConnectError, QdrantClient } from "@qdrant/js-client-grpc";
import { describe, expect, it, onTestFinished } from "vitest";
import { qdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";

async function served(): Promise<{ client: QdrantClient; server: TestServer }> {
  const server = await startServer({ dialects: [qdrantDialect] });
  onTestFinished(() => server.stop());
  const url = `http://${server.grpcAddresses.qdrant}`;
  return { server, client: new QdrantClient({ url, checkCompatibility: false }) };
}

const num = (value: number) => ({ pointIdOptions: { case: "num" as const, value: BigInt(value) } });
const text = (value: string) => ({ kind: { case: "stringValue" as const, value } });
const dense = (...data: number[]) => ({
  vectorsOptions: {
    case: "vector" as const,
    value: { vector: { case: "dense" as const, value: { data } } },
  },
});

describe("the official client over gRPC", () => {
  it("makes a collection, writes points, finds them, and deletes them", async () => {
    const { client } = await served();
    const collectionName = "cities";
    expect(await client.api("service").healthCheck({})).toMatchObject({ version: "1.18.3" });
    const collections = client.api("collections");
    const points = client.api("points");
    expect(await collections.collectionExists({ collectionName })).toMatchObject({
      result: { exists: false },
    });
    const created = await collections.create({
      collectionName,
      vectorsConfig: { config: { case: "params", value: { size: 4n, distance: 3 } } },
    });
    expect(created).toMatchObject({ result: true });
    expect(await collections.list({})).toMatchObject({ collections: [{ name: "cities" }] });
    const upserted = await points.upsert({
      collectionName,
      wait: true,
      points: [
        { id: num(1), vectors: dense(0.05, 0.61, 0.76, 0.74), payload: { city: text("Berlin") } },
        { id: num(2), vectors: dense(0.19, 0.81, 0.75, 0.11), payload: { city: text("London") } },
        { id: num(3), vectors: dense(0.36, 0.55, 0.47, 0.94), payload: { city: text("Moscow") } },
      ],
    });
    expect(upserted.result).toMatchObject({ status: 2 });
    const found = await points.query({
      collectionName,
      query: {
        variant: {
          case: "nearest",
          value: { variant: { case: "dense", value: { data: [0.2, 0.1, 0.9, 0.7] } } },
        },
      },
      limit: 2n,
      withPayload: { selectorOptions: { case: "enable", value: true } },
      filter: {
        must: [
          {
            conditionOneOf: {
              case: "field",
              value: { key: "city", match: { matchValue: { case: "keyword", value: "London" } } },
            },
          },
        ],
      },
    });
    expect(found.result).toMatchObject([
      { id: num(2), score: expect.closeTo(0.871, 5), payload: { city: text("London") } },
    ]);
    const page = await points.scroll({ collectionName, limit: 2 });
    expect(page.result.map(({ id }) => id)).toMatchObject([num(1), num(2)]);
    expect(page.nextPageOffset).toMatchObject(num(3));
    const got = await points.get({
      collectionName,
      ids: [num(3), num(9)],
      withVectors: { selectorOptions: { case: "enable", value: true } },
    });
    expect(got.result).toHaveLength(1);
    expect(got.result[0]).toMatchObject({ id: num(3), payload: { city: text("Moscow") } });
    await points.delete({
      collectionName,
      wait: true,
      points: { pointsSelectorOneOf: { case: "points", value: { ids: [num(1)] } } },
    });
    expect(await points.count({ collectionName })).toMatchObject({ result: { count: 2n } });
    expect(await collections.get({ collectionName })).toMatchObject({
      result: {
        status: 1,
        pointsCount: 2n,
        config: {
          params: { vectorsConfig: { config: { case: "params", value: { size: 4n, distance: 3 } } } },
        },
      },
    });
    expect(await collections.delete({ collectionName })).toMatchObject({ result: true });
  });

  const refused = async (call: Promise<unknown>) => {
    const error = ConnectError.from(await call.then(() => undefined).catch((thrown) => thrown));
    return [error.code, error.rawMessage];
  };

  it("is told what went wrong in Qdrant's words", async () => {
    const { client } = await served();
    const collections = client.api("collections");
    const vectorsConfig = (size: bigint) => ({
      config: { case: "params" as const, value: { size, distance: 3 } },
    });
    await collections.create({ collectionName: "a", vectorsConfig: vectorsConfig(2n) });
    expect(await refused(collections.get({ collectionName: "none" }))).toEqual([
      Code.NotFound,
      "Not found: Collection `none` doesn't exist!",
    ]);
    expect(
      await refused(collections.create({ collectionName: "a", vectorsConfig: vectorsConfig(2n) })),
    ).toEqual([Code.AlreadyExists, "Wrong input: Collection `a` already exists!"]);
    expect(
      await refused(collections.create({ collectionName: "b", vectorsConfig: vectorsConfig(0n) })),
    ).toEqual([
      Code.InvalidArgument,
      "Validation error in body: [vectors.size: value 0 invalid, must be from 1 to 65536]",
    ]);
    const upsert = { collectionName: "a", points: [{ id: num(1), vectors: dense(1, 2, 3) }] };
    expect(await refused(client.api("points").upsert(upsert))).toEqual([
      Code.InvalidArgument,
      "Wrong input: Vector dimension error: expected dim: 2, got 3",
    ]);
    expect(
      await refused(client.api("points").scroll({ collectionName: "a", orderBy: { key: "a[" } })),
    ).toEqual([
      Code.InvalidArgument,
      expect.stringMatching(/^(Bad request: No range index|Invalid json path)/),
    ]);
  });

  it("is told when to come again, where it asks too often", async () => {
    const { client } = await served();
    const collectionName = "often";
    await client.api("collections").create({
      collectionName,
      vectorsConfig: { config: { case: "params", value: { size: 1n, distance: 3 } } },
      strictModeConfig: { enabled: true, readRateLimit: 1 },
    });
    const scroll = () => client.api("points").scroll({ collectionName });
    await scroll();
    const { cause } = (await scroll().catch((error) => error)) as ConnectError;
    expect(cause).toMatchObject({
      name: "QdrantClientResourceExhaustedError",
      code: Code.ResourceExhausted,
      retry_after: expect.any(Number),
    });
  });

  it("is answered within the time that a request gives itself, or told that it is over", async () => {
    const { client, server } = await served();
    await server.store.create("a", { vectors: { vector: { dimension: 2 } } });
    const count = client.api("points").count({ collectionName: "a", timeout: 1n });
    expect(await count).toMatchObject({ result: { count: 0n } });
    await server.faults.set({ kind: "latency", ms: 2_000 }, { operation: "count" });
    expect(await refused(client.api("points").count({ collectionName: "a", timeout: 1n }))).toEqual([
      Code.DeadlineExceeded,
      expect.stringMatching(/^Timeout/),
    ]);
  });
});
