/** Franca's own wire over a real server on a free port, and a client that is nothing but fetch. */
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { decodeFrame, encodeFrame } from "../../../src/dialects/franca/frame.ts";
import { frameType } from "../../../src/dialects/franca/wire.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type ServeOptions, serve } from "../../../src/server/serve.ts";
import { readJson } from "../../server/hosted.ts";

export interface Answer {
  status: number;
  type: string;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the server says is compared, never computed with
  body: any;
}

export interface Served {
  store: EngineStore;
  url: string;
  /** Paths begin below /franca/v1. A body is sent as JSON. */
  ask(method: string, path: string, body?: unknown, headers?: { [name: string]: string }): Promise<Answer>;
  /** Both bodies as frames. */
  askFrame(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startServed(options: Partial<ServeOptions> = {}): Promise<Served> {
  const store = await open(":memory:");
  const server = await serve({
    store,
    dialects: [francaDialect],
    readJson,
    ports: { franca: { rest: 0, grpc: 0 } },
    ...options,
  });
  const url = `${server.addresses.franca}/franca/v1`;
  const send = async (
    method: string,
    path: string,
    body: string | Uint8Array | undefined,
    headers: { [name: string]: string },
  ): Promise<Answer> => {
    const sent = body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string };
    const response = await fetch(url + path, { method, headers, ...sent });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const type = response.headers.get("content-type") ?? "";
    const text = new TextDecoder().decode(bytes);
    const read = () => (type === frameType ? decodeFrame(bytes) : JSON.parse(text));
    return { status: response.status, type, text, body: /json;|frame/.test(type) ? read() : undefined };
  };
  return {
    store,
    url,
    ask: (method, path, body, headers = {}) =>
      send(method, path, body === undefined ? undefined : JSON.stringify(body), {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      }),
    askFrame: (method, path, body) =>
      send(method, path, body === undefined ? undefined : encodeFrame(body), {
        accept: frameType,
        ...(body === undefined ? {} : { "content-type": frameType }),
      }),
    async stop() {
      await server.stop();
      await store.close();
    },
  };
}
