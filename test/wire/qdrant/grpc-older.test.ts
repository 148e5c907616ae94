/** The searches before the universal query, over gRPC: each is answered as the query that says the same, or refused as it. */
import * as q from "@qdrant/js-client-grpc";
import { beforeAll, describe, expect, it } from "vitest";
import { qdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";

const collectionName = "c";
const num = (value: number) => ({ pointIdOptions: { case: "num" as const, value: BigInt(value) } });
const dense = (...data: number[]) => ({ vector: { case: "dense" as const, value: { data } } });
const vectorInput = (...data: number[]) => ({ variant: { case: "dense" as const, value: { data } } });
const idInput = (value: number) => ({ variant: { case: "id" as const, value: num(value) } });
const nearest = (...data: number[]) => ({
  variant: { case: "nearest" as const, value: vectorInput(...data) },
});
const withPayload = { selectorOptions: { case: "enable" as const, value: true } };
const withVectors = withPayload;
const filter = {
  mustNot: [{ conditionOneOf: { case: "hasId" as const, value: { hasId: [num(4)] } } }],
};

describe("a search before the universal query", () => {
  let server: TestServer;
  let points: ReturnType<typeof q.QdrantClient.prototype.api<"points">>;
  beforeAll(async () => {
    server = await startServer({ dialects: [qdrantDialect] });
    const url = `http://${server.grpcAddresses.qdrant}`;
    const client = new q.QdrantClient({ url, checkCompatibility: false });
    points = client.api("points");
    await client.api("collections").create({
      collectionName,
      vectorsConfig: {
        config: {
          case: "paramsMap",
          value: {
            map: { v: { size: 2n, distance: q.Distance.Dot }, w: { size: 2n, distance: q.Distance.Euclid } },
          },
        },
      },
      sparseVectorsConfig: { map: { words: {} } },
    });
    await points.createFieldIndex({
      collectionName,
      fieldName: "g",
      fieldType: q.FieldType.FieldTypeInteger,
      wait: true,
    });
    await points.upsert({
      collectionName,
      wait: true,
      points: Array.from({ length: 9 }, (_, i) => ({
        id: num(i),
        payload: { g: { kind: { case: "integerValue", value: BigInt(i % 3) } } },
        vectors: {
          vectorsOptions: {
            case: "vectors",
            value: {
              vectors: {
                v: dense(i, 1 - i / 7),
                w: { data: [i / 2, 0.25] },
                words: { data: [i + 0.5], indices: { data: [7] } },
              },
            },
          },
        },
      })),
    });
    return () => server.stop();
  });

  /** What an answer holds beside its time, or its refusal. */
  const outcome = (call: Promise<{ result?: unknown }>) =>
    call.then(
      ({ result }) => result,
      (error) => q.ConnectError.from(error).message,
    );
  const common = { collectionName, limit: 3n, withPayload, withVectors, filter };
  const params = { exact: true };

  it("by a vector with a name", async () => {
    const found = await points.search({ ...common, vector: [1, 0.5], vectorName: "v", offset: 1n, params });
    expect(found.result.map(({ id }) => id)).toMatchObject([num(7), num(6), num(5)]);
    expect(found.result).toEqual(
      (await points.query({ ...common, query: nearest(1, 0.5), using: "v", offset: 1n, params })).result,
    );
  });

  it("by a sparse vector, and within a score", async () => {
    const scoreThreshold = 7;
    const found = await points.search({
      ...common,
      vector: [2],
      sparseIndices: { data: [7] },
      vectorName: "words",
      scoreThreshold,
    });
    expect(found.result.map(({ id, score }) => [id?.pointIdOptions.value, score])).toEqual([
      [8n, 17],
      [7n, 15],
      [6n, 13],
    ]);
  });

  it("in batches", async () => {
    const searches = [1, 2].map((x) => ({ ...common, vector: [x, 0], vectorName: "w" }));
    const queries = [1, 2].map((x) => ({ ...common, query: nearest(x, 0), using: "w" }));
    const found = await points.searchBatch({ collectionName, searchPoints: searches });
    expect(found.result).toHaveLength(2);
    expect(found.result).toEqual((await points.queryBatch({ collectionName, queryPoints: queries })).result);
  });

  it("in groups", async () => {
    const grouped = { ...common, groupBy: "g", withLookup: { collection: collectionName } };
    const found = outcome(
      points.searchGroups({ ...grouped, limit: 2, groupSize: 2, vector: [1, 0], vectorName: "v" }),
    );
    expect(await found).toEqual(
      await outcome(
        points.queryGroups({ ...grouped, limit: 2n, groupSize: 2n, query: nearest(1, 0), using: "v" }),
      ),
    );
  });

  it("by examples", async () => {
    const strategies = [
      q.RecommendStrategy.AverageVector,
      q.RecommendStrategy.BestScore,
      q.RecommendStrategy.SumScores,
    ];
    for (const strategy of strategies) {
      const older = { positive: [num(1)], positiveVectors: [dense(0, 1)], negative: [num(2)], strategy };
      const query = {
        variant: {
          case: "recommend" as const,
          value: { positive: [idInput(1), vectorInput(0, 1)], negative: [idInput(2)], strategy },
        },
      };
      const universal = await outcome(points.query({ ...common, query, using: "v" }));
      expect(await outcome(points.recommend({ ...common, ...older, using: "v" }))).toEqual(universal);
      const batch = { collectionName, recommendPoints: [{ ...common, ...older, using: "v" }] };
      const batched = await outcome(points.recommendBatch(batch));
      expect(typeof batched === "string" ? batched : (batched as [{ result: unknown }])[0].result).toEqual(
        universal,
      );
    }
  });

  it("by a target and pairs, or by pairs alone", async () => {
    const id = (value: number) => ({ example: { case: "id" as const, value: num(value) } });
    const target = {
      target: {
        case: "single" as const,
        value: { example: { case: "vector" as const, value: dense(1, 1) } },
      },
    };
    const context = [{ positive: id(1), negative: id(2) }];
    const pairs = [{ positive: idInput(1), negative: idInput(2) }];
    const discover = { target: vectorInput(1, 1), context: { pairs } };
    expect(await outcome(points.discover({ ...common, target, context, using: "v" }))).toEqual(
      await outcome(
        points.query({ ...common, query: { variant: { case: "discover", value: discover } }, using: "v" }),
      ),
    );
    expect(await outcome(points.discover({ ...common, context, using: "v" }))).toEqual(
      await outcome(
        points.query({ ...common, query: { variant: { case: "context", value: { pairs } } }, using: "v" }),
      ),
    );
  });
});
