/** The service franca.v1.Points (franca.proto): the hot calls over gRPC. */
import type { GrpcRequest, UnaryMethod } from "../../../dialect.ts";
import type { Point } from "../../../model/point.ts";
import type { QueryRequest, Selection } from "../../../model/query.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { Collection, PointSelector } from "../../../store.ts";
import { readDelete, readGet, readQuery, readUpsert } from "./read.ts";
import { getReply, queryReply, writeReply } from "./write.ts";

const service = "/franca.v1.Points";

export const pointMethods: { readonly [name: string]: UnaryMethod } = {
  [`${service}/Upsert`]: {
    access: "write",
    kind: "write",
    async handle(message, request) {
      const { collection, points } = await readUpsert(message, request);
      const options = signalOf(request);
      return writeReply(
        await (await named(request, collection)).upsert(points as unknown as Point[], options),
      );
    },
  },
  [`${service}/Query`]: {
    access: "read",
    kind: "search",
    async handle(message, request) {
      const { collection, query } = await readQuery(message, request);
      const asked = { ...query, ...signalOf(request) } as unknown as QueryRequest;
      return queryReply(await (await named(request, collection)).query(asked));
    },
  },
  [`${service}/Get`]: {
    access: "read",
    kind: "read",
    async handle(message, request) {
      const { collection, ids, select } = await readGet(message, request);
      const points = await (await named(request, collection)).get(
        ids,
        select as Selection,
        signalOf(request),
      );
      return getReply(points);
    },
  },
  [`${service}/Delete`]: {
    access: "write",
    kind: "write",
    async handle(message, request) {
      const { collection, selector } = await readDelete(message, request);
      const options = signalOf(request);
      return writeReply(
        await (await named(request, collection)).delete(selector as PointSelector<CollectionSchema>, options),
      );
    },
  },
};

function named({ store }: GrpcRequest, collection: string): Promise<Collection> {
  return store.collection(collection);
}

function signalOf({ signal }: GrpcRequest): { signal: AbortSignal } {
  return { signal };
}
