/** The ways in which a client may speak to Franca: each opens connections, writes points and asks for the nearest. */
import { Client, credentials } from "@grpc/grpc-js";
import { httpConnection } from "./http.mjs";
import { qdrant, qdrantGrpc } from "./qdrant.mjs";

const points = (collection, verb) => `/franca/v1/collections/${collection}/points/${verb}`;
const json = { "content-type": "application/json" };
const frameType = "application/vnd.franca.frame";

/** JSON both ways. */
export const rest = {
  name: "REST, JSON",
  connect({ host, port }) {
    const connection = httpConnection(host, port);
    return {
      close: connection.close,
      upsert: (collection, body) => connection.request("POST", points(collection, "upsert"), body, json),
      query: (collection, body) => connection.request("POST", points(collection, "query"), body, json),
      call: async (method, path, value) => {
        const body = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
        return JSON.parse(await connection.request(method, path, body, json));
      },
    };
  },
  upsertBody: async (batch) =>
    Buffer.from(
      JSON.stringify({ points: batch.map((point) => ({ ...point, vector: Array.from(point.vector) })) }),
    ),
  queryBody: async (request) =>
    Buffer.from(JSON.stringify({ ...request, nearest: Array.from(request.nearest) })),
  ids: async (reply) => JSON.parse(reply).hits.map(({ id }) => id),
};

/** Frames up, JSON down: hits without vectors are short. */
export const frame = {
  ...rest,
  name: "REST, frames",
  connect({ host, port }) {
    const connection = httpConnection(host, port);
    const headers = { "content-type": frameType };
    return {
      close: connection.close,
      upsert: (collection, body) => connection.request("POST", points(collection, "upsert"), body, headers),
      query: (collection, body) => connection.request("POST", points(collection, "query"), body, headers),
    };
  },
  upsertBody: async (batch) => Buffer.from((await frames()).encodeFrame({ points: batch })),
  queryBody: async (request) => Buffer.from((await frames()).encodeFrame(request)),
};

/** The project's own codec; the remote store uses the same. */
const frames = () => import(new URL("../../../dist/dialects/franca/frame.js", import.meta.url));

/** gRPC's own client; messages are made beforehand by the project's writer. */
export const grpc = {
  name: "gRPC",
  connect({ grpc: address }) {
    const client = grpcClient(address);
    const call = (method) => (_collection, message) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(`/franca.v1.Points/${method}`, asIs, asIs, message, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      });
    return { close: () => client.close(), upsert: call("Upsert"), query: call("Query") };
  },
  async upsertBody(batch, collection) {
    return await message((writer) => {
      writer.text(1, collection);
      for (const { id, vector, payload } of batch) {
        writer.message(2, (point) => {
          point.message(1, (inside) => inside.integer(1, id));
          point.message(2, (inside) => inside.floats(2, vector));
          point.text(3, JSON.stringify(payload));
        });
      }
    });
  },
  async queryBody({ nearest, limit, ...rest }, collection) {
    return await message((writer) => {
      writer.text(1, collection);
      writer.floats(2, nearest);
      writer.integer(4, limit);
      writer.text(5, JSON.stringify(rest));
    });
  },
  async ids(reply) {
    const { ProtobufReader } = await protobuf("reader");
    const ids = [];
    const reader = new ProtobufReader(reply);
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field !== 1) {
        reader.skip();
        continue;
      }
      const hit = reader.message();
      hit.next();
      const id = hit.message();
      id.next();
      ids.push(id.unsigned());
    }
    return ids;
  },
};

const asIs = (bytes) => bytes;
const grpcClient = (address) =>
  new Client(address, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });

const protobuf = (part) => import(new URL(`../../../dist/protobuf/${part}.js`, import.meta.url));

async function message(write) {
  const { ProtobufWriter } = await protobuf("writer");
  const writer = new ProtobufWriter();
  write(writer);
  return Buffer.from(writer.finish());
}

export const all = { rest, frame, grpc, qdrant, "qdrant-grpc": qdrantGrpc };
