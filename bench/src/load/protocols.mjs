/** The ways in which a client may speak to Franca: each opens connections, writes points and asks for the nearest. */
import { httpConnection } from "./http.mjs";

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
