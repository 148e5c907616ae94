/** Spans of a request, over HTTP, by an exporter in memory: which there are, below which, and what they never hold. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Span, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Route } from "../../../src/dialect.ts";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type RunningServer, serve } from "../../../src/server/serve.ts";
import { requestSpans } from "../../../src/server/telemetry/request-spans.ts";
import { startTracing, type Tracing } from "../../../src/server/telemetry/tracing.ts";

const secret = "marzipan";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = (flags: string) => `00-${traceId}-b7ad6b7169203331-${flags}`;

/** What a dialect does, in short: the body is a query of Store. */
const queryRoute: Route = {
  method: "POST",
  path: "/test/:collection/query",
  access: "read",
  kind: "search",
  async handle({ store, params, body }) {
    const collection = await store.collection(params.collection!);
    return { body: JSON.stringify(await collection.query((await body.json()) as never)) };
  },
};

describe("traces", () => {
  const exporter = new InMemorySpanExporter();
  let tracing: Tracing;
  let store: EngineStore;
  let server: RunningServer;
  let address: string;

  beforeAll(async () => {
    tracing = await startTracing({ exporter, version: "1.2.3" });
    store = await open(":memory:");
    const notes = await store.create("notes", {
      vectors: { body: { dimension: 2 } },
      payload: { title: { type: "text" }, year: { type: "integer" } },
    });
    const points = Array.from({ length: 20 }, (_, id) => ({
      id,
      vectors: { body: [id, 1] },
      payload: { title: `${secret} ${id}`, year: 2000 + id },
    }));
    await notes.upsert(points);
    server = await serve({
      store,
      dialects: [francaDialect],
      readJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
      observer: requestSpans(),
      routes: [queryRoute],
      ports: { franca: { rest: 0 } },
    });
    address = server.addresses.franca!;
  });
  afterAll(async () => {
    await server.stop();
    await store.close();
    await tracing.stop();
  });
  beforeEach(async () => {
    await tracing.flush();
    exporter.reset();
  });

  async function traced(act: () => Promise<unknown>): Promise<ReadableSpan[]> {
    await act();
    await tracing.flush();
    return exporter.getFinishedSpans();
  }
  const ask = (query: unknown, headers: Record<string, string> = {}) =>
    fetch(`${address}/test/notes/query`, { method: "POST", headers, body: JSON.stringify(query) });
  const hybrid = {
    fusion: { legs: [{ nearest: [1, 0] }, { text: secret }] },
    filter: { field: "year", range: { gte: 2004 } },
    limit: 3,
  };

  it("of a hybrid query hold a span for each stage, nested as they ran", async () => {
    const spans = await traced(() => ask(hybrid));
    const byName = (name: string) => spans.find((span) => span.name === name)!;
    const tree = (parent: ReadableSpan): unknown =>
      Object.fromEntries(
        spans
          .filter((span) => span.parentSpanContext?.spanId === parent.spanContext().spanId)
          .map((span) => [span.name, tree(span)]),
      );
    const root = byName("POST /test/:collection/query");
    expect(root.parentSpanContext).toBeUndefined();
    expect(tree(root)).toEqual({
      "franca.receive": {},
      "franca.queue": {},
      "franca.parse": {},
      "franca.query": {
        "franca.filter": {},
        "franca.fusion": { "franca.nearest": { "franca.plan": {}, "franca.scan": {} }, "franca.text": {} },
        "franca.fetch": {},
      },
      "franca.serialize": {},
      "franca.send": {},
    });
    expect(byName("franca.query").attributes).toMatchObject({
      "franca.collection": "notes",
      "franca.limit": 3,
    });
    expect(byName("franca.filter").attributes).toMatchObject({ "franca.actual": 16 });
    expect(root.attributes).toMatchObject({
      "http.route": "/test/:collection/query",
      "http.response.status_code": 200,
      "franca.collection": "notes",
    });
  });

  it("have no span outside the one above it", async () => {
    const spans = await traced(() => ask(hybrid));
    const at = ([seconds, nanoseconds]: [number, number]) =>
      BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    // Times in doubles since 1970 are a quarter of a microsecond apart.
    const grain = 1000n;
    for (const span of spans) {
      const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
      if (parent === undefined) continue;
      expect(
        at(span.startTime) >= at(parent.startTime) - grain,
        `${span.name} begins in ${parent.name}`,
      ).toBe(true);
      expect(at(span.endTime) <= at(parent.endTime) + grain, `${span.name} ends in ${parent.name}`).toBe(
        true,
      );
    }
    expect(spans.length).toBeGreaterThan(8);
  });

  it("continue the caller's trace, and leave out what the caller leaves out", async () => {
    const spans = await traced(() => ask(hybrid, { traceparent: traceparent("01") }));
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    exporter.reset();
    expect(await traced(() => ask(hybrid, { traceparent: traceparent("00") }))).toEqual([]);
  });

  it("go on from a program to the server that its store is on", async () => {
    const remote = await open(address as `http://${string}`);
    const ask = async (span: Span) => {
      await (await remote.collection("notes")).query({ nearest: [1, 0] });
      span.end();
      return span.spanContext().traceId;
    };
    let id: string | undefined;
    const spans = await traced(async () => {
      id = await trace.getTracer("program").startActiveSpan("program", ask);
    });
    await remote.close();
    const inTrace = spans.filter((span) => span.spanContext().traceId === id).map(({ name }) => name);
    expect(inTrace).toEqual(expect.arrayContaining(["program", "franca.query", "franca.serialize"]));
  });

  it("of requests at the same time are not mixed up", async () => {
    const spans = await traced(() => Promise.all(Array.from({ length: 20 }, () => ask(hybrid))));
    const traces = new Map<string, number>();
    for (const span of spans) {
      const id = span.spanContext().traceId;
      traces.set(id, (traces.get(id) ?? 0) + 1);
    }
    expect(traces.size).toBe(20);
    expect(new Set(traces.values()).size).toBe(1);
  });

  it("of a write hold its checks, the append with its sync, and what was applied", async () => {
    const notes = await store.collection("notes");
    const spans = await traced(() => notes.upsert([{ id: 100, vectors: { body: [1, 1] }, payload: {} }]));
    expect(spans.map(({ name }) => name).sort()).toEqual([
      "franca.append",
      "franca.apply",
      "franca.upsert",
      "franca.validate",
      "franca.wait",
    ]);
    expect(spans.find(({ name }) => name === "franca.upsert")!.attributes).toMatchObject({
      "franca.points": 1,
    });
  });

  it("of a failure hold its code, not its words", async () => {
    const notes = await store.collection("notes");
    const failing = () =>
      notes.query({ nearest: [1, 0], filter: { field: "year", match: secret } as never }).catch(() => {});
    const [span] = await traced(failing);
    expect(span!.name).toBe("franca.query");
    expect(span!.attributes["error.type"]).toBe("invalid_argument");
    expect(JSON.stringify([span!.status, span!.attributes, span!.events])).not.toContain(secret);
  });

  it("hold nothing of payloads, texts, values of filters or vectors", async () => {
    const vector = [0.123456, 0.654321];
    const query = { ...hybrid, fusion: { legs: [{ nearest: vector }, { text: secret }] } };
    const spans = await traced(async () => {
      await ask(query);
      await ask({ nearest: vector, filter: { field: "title", match: secret } });
      await ask({ nearest: { id: 7_777_777 } });
    });
    const told = JSON.stringify(
      spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    for (const word of [secret, "0.123", "0.654", "2004", "7777777"]) expect(told).not.toContain(word);
  });

  it("cannot be started beside another SDK", async () => {
    await expect(startTracing({ exporter, version: "1" })).rejects.toMatchObject({
      code: "failed_precondition",
    });
  });
});

describe("starting traces", () => {
  it("asks for an address and a share that make sense", async () => {
    for (const options of [{}, { otlpEndpoint: "collector" }, { otlpEndpoint: "ftp://collector" }]) {
      await expect(startTracing({ version: "1", ...options })).rejects.toThrow(/otlpEndpoint/);
    }
    const otlpEndpoint = "http://127.0.0.1:4318";
    await expect(startTracing({ version: "1", otlpEndpoint, sampleRatio: 2 })).rejects.toThrow(/sampleRatio/);
  });

  it("hands spans to a collector by OTLP over HTTP", async () => {
    const received: { path: string; body: string }[] = [];
    const collector = createServer((message, response) => {
      let body = "";
      message.on("data", (piece) => {
        body += piece;
      });
      message.on("end", () => {
        received.push({ path: message.url!, body });
        response.setHeader("content-type", "application/json").end("{}");
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as AddressInfo;
    const tracing = await startTracing({ otlpEndpoint: `http://127.0.0.1:${port}`, version: "1.2.3" });
    const store = await open(":memory:");
    const notes = await store.create("notes", { vectors: { body: { dimension: 2 } } });
    await notes.query({ nearest: [1, 0] });
    await tracing.stop();
    await store.close();
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
    expect(received.map(({ path }) => path)).toEqual(["/v1/traces"]);
    const sent = JSON.stringify(JSON.parse(received[0]!.body));
    for (const word of ["franca.query", "service.name", "1.2.3"]) expect(sent).toContain(word);
  });
});
