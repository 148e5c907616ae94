/** Qdrant's wire, as its official JavaScript clients speak it. */
import { QdrantClient as GrpcClient } from "@qdrant/js-client-grpc";
import { QdrantClient } from "@qdrant/js-client-rest";

export const qdrant = {
  name: "Qdrant REST, official client",
  connect({ qdrant: url }) {
    const client = new QdrantClient({ url, checkCompatibility: false });
    return {
      close() {},
      upsert: (collection, points) => client.upsert(collection, { points, wait: true }),
      query: (collection, request) => client.query(collection, request),
    };
  },
  upsertBody: async (batch) => batch.map((point) => ({ ...point, vector: Array.from(point.vector) })),
  queryBody: async ({ nearest, limit, params: { ef } }) => ({
    query: Array.from(nearest),
    limit,
    params: { hnsw_ef: ef },
    with_payload: true,
  }),
  ids: async ({ points }) => points.map(({ id }) => id),
};

export const qdrantGrpc = {
  name: "Qdrant gRPC, official client",
  connect({ qdrantGrpc: address }) {
    const points = new GrpcClient({ url: `http://${address}`, checkCompatibility: false }).api("points");
    return {
      close() {},
      upsert: (collectionName, batch) => points.upsert({ collectionName, points: batch, wait: true }),
      query: (collectionName, request) => points.query({ collectionName, ...request }),
    };
  },
  upsertBody: async (batch) =>
    batch.map(({ id, vector, payload }) => ({
      id: { pointIdOptions: { case: "num", value: BigInt(id) } },
      vectors: {
        vectorsOptions: {
          case: "vector",
          value: { vector: { case: "dense", value: { data: Array.from(vector) } } },
        },
      },
      payload: {
        group: { kind: { case: "integerValue", value: BigInt(payload.group) } },
        title: { kind: { case: "stringValue", value: payload.title } },
      },
    })),
  queryBody: async ({ nearest, limit, params: { ef } }) => ({
    query: {
      variant: {
        case: "nearest",
        value: { variant: { case: "dense", value: { data: Array.from(nearest) } } },
      },
    },
    limit: BigInt(limit),
    params: { hnswEf: BigInt(ef) },
    withPayload: { selectorOptions: { case: "enable", value: true } },
  }),
  ids: async ({ result }) => result.map(({ id }) => Number(id.pointIdOptions.value)),
};
