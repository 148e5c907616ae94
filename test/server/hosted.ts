/**
 * Servers to try hosting on: a dialect whose handlers do what a test asks for (echo, wait, answer at length), beside Franca's
 * own, over a store in memory.
 */
import { setTimeout as after } from "node:timers/promises";
import type { Dialect, DialectRequest, GrpcMethod, Route } from "../../src/dialect.ts";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import { cancelledError, FrancaError } from "../../src/errors.ts";
import { type EngineStore, open } from "../../src/index.ts";
import type { JsonReader } from "../../src/server/body.ts";
import { type RunningServer, type ServeOptions, serve } from "../../src/server/serve.ts";

/** What handlers saw. */
export interface Seen {
  /** Of /hold and Hold: began, and have neither ended nor noticed that nobody waits any more. */
  holding: number;
  /** Why those stopped that noticed. */
  reasons: unknown[];
}

export interface Hosted {
  server: RunningServer;
  store: EngineStore;
  seen: Seen;
  /** Of the trying dialect. */
  port: number;
  grpcPort: number;
  warnings: FrancaError[];
  stop(): Promise<void>;
}

/** The kernel's, as `franca serve` has it. */
export const readJson: JsonReader = async (bytes, shape) => (await loadKernel()).readJson(bytes, shape);

export async function startHosted(options: Partial<ServeOptions> = {}): Promise<Hosted> {
  const store = await open(":memory:");
  const seen: Seen = { holding: 0, reasons: [] };
  const warnings: FrancaError[] = [];
  const server = await serve({
    store,
    dialects: [tryingDialect(seen), francaDialect],
    readJson,
    ports: { trying: { rest: 0, grpc: 0 }, franca: { rest: 0, grpc: 0 } },
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  return {
    server,
    store,
    seen,
    warnings,
    port: Number(new URL(server.addresses.trying!).port),
    grpcPort: Number(server.grpcAddresses.trying!.split(":").at(-1)),
    async stop() {
      await server.stop();
      await store.close();
    },
  };
}

export function tryingDialect(seen: Seen = { holding: 0, reasons: [] }): Dialect {
  const hold = async (ms: number, signal: AbortSignal): Promise<void> => {
    seen.holding++;
    try {
      await after(ms, undefined, { signal });
    } catch {
      seen.reasons.push(signal.reason);
      throw cancelledError("holding", signal);
    } finally {
      seen.holding--;
    }
  };
  const holdRoute = ({ params, signal }: DialectRequest) =>
    hold(Number(params.ms), signal).then(() => ({ body: '"held"' }));
  const route = (
    method: Route["method"],
    path: string,
    kind: Route["kind"],
    handle: Route["handle"],
  ): Route => ({
    method,
    path,
    access: kind === "write" ? "write" : "read",
    kind,
    handle,
  });
  return {
    name: "trying",
    ports: { rest: 0, grpc: 0 },
    credentials: (header) => header("api-key"),
    failure: ({ code, message, details }, status) => ({
      status,
      body: JSON.stringify({ code, message, details }),
    }),
    routes: [
      route("POST", "/echo", "search", async ({ body }) => ({
        body: asJson((await body.json()) ?? null),
      })),
      route("PUT", "/echo", "write", async ({ body }) => ({
        body: asJson((await body.json()) ?? null),
      })),
      route("GET", "/hello/:name", "read", ({ params, query }) => ({
        body: JSON.stringify({ hello: params.name, query: [...query] }),
      })),
      route("GET", "/hold/:ms", "read", holdRoute),
      route("POST", "/hold/:ms", "write", holdRoute),
      route("GET", "/large/:bytes", "read", ({ params }) => ({
        body: Buffer.alloc(Number(params.bytes), 7),
      })),
      route("GET", "/pieces/:count", "read", ({ params }) => ({ body: pieces(Number(params.count)) })),
      route("GET", "/drops/:count", "read", ({ params, signal }) => ({
        body: drops(Number(params.count), signal),
      })),
      route("GET", "/throws", "read", () => {
        throw new TypeError("a mistake in a handler");
      }),
      {
        ...route("POST", "/upload", "write", async ({ body }) => {
          let bytes = 0;
          for await (const piece of body.stream()) bytes += piece.byteLength;
          return { body: JSON.stringify({ bytes }) };
        }),
        streams: true,
      },
    ],
    methods: tryingMethods(hold),
  };
}

function tryingMethods(hold: (ms: number, signal: AbortSignal) => Promise<void>): {
  [name: string]: GrpcMethod;
} {
  const holdCall: GrpcMethod = {
    access: "read",
    kind: "read",
    async handle(message, { signal }) {
      await hold(Number(Buffer.from(message).toString()), signal);
      return message;
    },
  };
  return {
    "/trying.Trying/Echo": { access: "read", kind: "search", handle: async (message) => message },
    "/trying.Trying/Header": {
      access: "read",
      kind: "read",
      handle: async (message, { header }) => Buffer.from(header(Buffer.from(message).toString()) ?? ""),
    },
    "/trying.Trying/Hold": holdCall,
    "/trying.Trying/HoldWrite": { ...holdCall, access: "write", kind: "write" },
    "/trying.Trying/Large": {
      access: "read",
      kind: "read",
      handle: async (message) => Buffer.alloc(Number(Buffer.from(message).toString()), 7),
    },
    "/trying.Trying/Fail": {
      access: "read",
      kind: "read",
      async handle(message) {
        const [code, ...words] = Buffer.from(message).toString().split(" ");
        throw new FrancaError(code as "internal", words.join(" "));
      },
    },
    "/trying.Trying/Chat": {
      access: "write",
      kind: "write",
      async *stream(messages, { signal }) {
        for await (const message of messages) {
          if (Buffer.from(message).toString() === "hold") await hold(60_000, signal);
          if (Buffer.from(message).toString() === "fail")
            throw new FrancaError("aborted", "as it was asked for");
          yield Buffer.from(`you said ${Buffer.from(message).toString()}`);
        }
      },
    },
  };
}

/** Integers beyond the safe ones are bigints here; they are told as texts. */
function asJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
}

/** A piece each ten milliseconds. */
async function* drops(count: number, signal: AbortSignal): AsyncIterable<string> {
  for (let i = 0; i < count; i++) yield after(10, "drop", { signal });
}

async function* pieces(count: number): AsyncIterable<string> {
  for (let i = 0; i < count; i++) yield `${String(i).padStart(1023, ".")}\n`;
}
