/** What is counted, logged and traced of gRPC, by gRPC's own client. */
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dialect } from "../../../src/dialect.ts";
import type { FrancaError } from "../../../src/errors.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type RunningServer, serve } from "../../../src/server/serve.ts";
import { startTelemetry, type Telemetry } from "../../../src/server/telemetry/telemetry.ts";
import { parseMetrics, sampleOf } from "./prometheus-text.ts";

const failure = (error: FrancaError, status: number) => ({ status, body: error.message });
/** Its one method searches by a vector of JSON. */
const dialect: Dialect = {
  name: "trying",
  ports: { rest: 0, grpc: 0 },
  routes: [],
  credentials: () => undefined,
  failure,
  methods: {
    "/trying.Trying/Search": {
      access: "read",
      kind: "search",
      async handle(message, { store }) {
        const notes = await store.collection("notes");
        const nearest = JSON.parse(Buffer.from(message).toString()) as number[];
        return Buffer.from(JSON.stringify(await notes.query({ nearest, limit: 1 })));
      },
    },
  },
};

interface Answer {
  body?: string;
  error?: ServiceError;
}

describe("telemetry of gRPC", () => {
  const exporter = new InMemorySpanExporter();
  const lines: string[] = [];
  let store: EngineStore;
  let telemetry: Telemetry;
  let server: RunningServer;
  let client: Client;

  beforeAll(async () => {
    store = await open(":memory:");
    const notes = await store.create("notes", { vectors: { body: { dimension: 2 } } });
    await notes.upsert([{ id: 1, vectors: { body: [1, 0] } }]);
    telemetry = await startTelemetry({
      store,
      host: "127.0.0.1",
      log: { level: "debug", to: { write: (line) => lines.push(line) } },
      tracing: { exporter },
    });
    server = await serve({
      store,
      dialects: [dialect],
      readJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
      observer: telemetry.observer,
      routes: telemetry.routes,
      ports: { trying: { rest: 0, grpc: 0 } },
    });
    client = new Client(server.grpcAddresses.trying!, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await server.stop();
    await telemetry.stop();
    await store.close();
  });

  function call(method: string, message: unknown, headers: { [name: string]: string } = {}): Promise<Answer> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const asIs = (bytes: Buffer): Buffer => bytes;
    const bytes = Buffer.from(JSON.stringify(message));
    return new Promise((resolve) => {
      client.makeUnaryRequest(`/trying.Trying/${method}`, asIs, asIs, bytes, metadata, {}, (error, value) =>
        resolve(error === null ? { body: value!.toString() } : { error }),
      );
    });
  }
  const events = (event: string) =>
    lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);

  it("counts calls by method and class of status, and searches by their dialect", async () => {
    expect((await call("Search", [1, 0])).body).toContain('"id":1');
    const wrong = await call("Search", [1, 0, 0], { "x-request-id": "checkout-17" });
    expect(wrong.error?.metadata.get("x-request-id")).toEqual(["checkout-17"]);
    expect((await call("Nothing", [])).error).toBeDefined();
    const page = parseMetrics(await telemetry.metrics.text());
    const requests = (route: string, status: string) =>
      sampleOf(page, "franca_requests_total", { transport: "grpc", route, status });
    expect(requests("/trying.Trying/Search", "2xx")).toBe(1);
    expect(requests("/trying.Trying/Search", "4xx")).toBe(1);
    expect(requests("unknown", "4xx")).toBe(1);
    expect(sampleOf(page, "franca_errors_total", { dialect: "trying", code: "invalid_argument" })).toBe(1);
    expect(sampleOf(page, "vector_search_duration_seconds_count", { dialect: "trying" })).toBe(1);
    await expect.poll(() => events("request").length).toBe(3);
    expect(events("request")[1]).toMatchObject({ transport: "grpc", requestId: "checkout-17", status: 3 });
  });

  it("continues the caller's trace down to the engine", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await call("Search", [1, 0], { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    const named = () =>
      exporter
        .getFinishedSpans()
        .filter((span) => span.spanContext().traceId === traceId)
        .map(({ name }) => name);
    await expect.poll(named, { timeout: 20_000 }).toContain("/trying.Trying/Search");
    expect(named()).toEqual(expect.arrayContaining(["franca.query", "franca.scan", "franca.serialize"]));
    expect(events("request").at(-1)).toMatchObject({ traceId });
  });
});
