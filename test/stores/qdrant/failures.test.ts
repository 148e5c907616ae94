/** What goes wrong between here and a Qdrant: which requests are repeated and which are not, how long is waited, what is told. */
import { execFile } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Collection } from "../../../src/store.ts";
import { layoutOf } from "../../../src/stores/qdrant/layout.ts";
import { storedPoint } from "../../../src/stores/qdrant/read-points.ts";
import { type QdrantOptions, qdrant } from "../../../src/stores/qdrant.ts";
import { root } from "../../rules/sources.ts";

interface Asked {
  method: string;
  path: string;
  body: string;
  headers: IncomingMessage["headers"];
}
type Answer =
  | { status: number; body?: unknown; text?: string; headers?: { [name: string]: string } }
  | "break"
  | "silence";

/** A server that answers in turn what it is told to, then as a Qdrant without anything in it. */
async function answering(answers: Answer[], options: Partial<QdrantOptions> = {}) {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString();
      asked.push({ method: request.method!, path: request.url!, body, headers: request.headers });
      const answer = answers.shift() ?? { status: 200, body: emptyAnswer(request.url!) };
      if (answer === "break") return void request.socket.destroy();
      if (answer === "silence") return;
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(
        answer.text ?? JSON.stringify(answer.body ?? { status: { error: `told ${answer.status}` }, time: 0 }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = qdrant({ url, ...options });
  onTestFinished(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
  });
  return { store, asked, url };
}

function emptyAnswer(path: string): unknown {
  if (path === "/collections") return { result: { collections: [] }, status: "ok", time: 0 };
  if (path === "/aliases") return { result: { aliases: [] }, status: "ok", time: 0 };
  if (path.includes("/points"))
    return { result: { operation_id: 7, status: "completed" }, status: "ok", time: 0 };
  return { result: info, status: "ok", time: 0 };
}

const info = {
  status: "green",
  optimizer_status: "ok",
  segments_count: 1,
  config: { params: { vectors: { v: { size: 2, distance: "Dot" } } } },
  payload_schema: {},
};

async function collectionOf(store: ReturnType<typeof qdrant>, asked: Asked[]): Promise<Collection> {
  const collection = await store.collection("c");
  asked.length = 0;
  return collection as Collection;
}

describe("a request to a Qdrant", () => {
  it("is repeated after 429, 5xx and a broken connection", async () => {
    const { store, asked } = await answering([{ status: 503 }, { status: 500 }, "break"]);
    expect(await store.list()).toEqual([]);
    expect(asked.map(({ path }) => path)).toEqual(Array(4).fill("/collections"));
  });

  it("is not repeated after anything else", async () => {
    for (const [status, code] of [
      [400, "invalid_argument"],
      [401, "unauthenticated"],
      [403, "permission_denied"],
      [404, "not_found"],
      [409, "already_exists"],
      [413, "resource_exhausted"],
      [422, "invalid_argument"],
      [501, "unimplemented"],
    ] as const) {
      const { store, asked } = await answering([{ status }]);
      const error = await store.list().catch((thrown) => thrown);
      expect(error, String(status)).toMatchObject({
        name: "FrancaError",
        code,
        details: { httpStatus: status },
      });
      expect(error.message).toContain(`told ${status}`);
      expect(asked).toHaveLength(1);
    }
  });

  it("is repeated so many times as is said, and the last answer is told", async () => {
    const answers = Array<Answer>(9).fill({ status: 503 });
    const { store, asked } = await answering(answers, { retries: 2 });
    await expect(store.list()).rejects.toMatchObject({ code: "unavailable" });
    expect(asked).toHaveLength(3);
  });

  it("waits as long as Retry-After says, to the last digit from the second answer on", async () => {
    const busy: Answer = { status: 429, headers: { "retry-after": "1" } };
    const { store } = await answering([busy]);
    const start = performance.now();
    expect(await store.list()).toEqual([]);
    expect(performance.now() - start).toBeGreaterThan(950);

    const long: Answer = { status: 429, headers: { "retry-after": "10" } };
    const other = await answering([long, long], { timeoutMs: 5_000 });
    await expect(other.store.list()).rejects.toMatchObject({ code: "resource_exhausted" });
    // Ten seconds do not fit into its time.
    expect(other.asked).toHaveLength(2);
  });

  it("has a deadline for all of its tries", async () => {
    const { store } = await answering(["silence"], { timeoutMs: 200 });
    await expect(store.list()).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  it("of which nobody knows whether it made a collection is not sent again, and that is told", async () => {
    const { store, asked } = await answering([
      { status: 200, body: emptyAnswer("/aliases") },
      { status: 200, body: emptyAnswer("/collections") },
      "break",
    ]);
    const made = store.create("c", { vectors: { v: { dimension: 2 } } });
    await expect(made).rejects.toMatchObject({ code: "unavailable", details: { outcome: "unknown" } });
    expect(asked.filter(({ method }) => method === "PUT")).toHaveLength(1);
  });

  it("that writes points is sent again: done twice it is as done once", async () => {
    const answers: Answer[] = [];
    const { store, asked } = await answering(answers);
    const points = await collectionOf(store, asked);
    answers.push("break");
    expect(await points.upsert([{ id: 1, vectors: { v: [1, 2] } }])).toEqual({ lsn: 7, count: 1 });
    expect(asked.map(({ method }) => method)).toEqual(["PUT", "PUT"]);
    expect(JSON.parse(asked[0]!.body)).toEqual(JSON.parse(asked[1]!.body));
  });

  it("is stopped by its signal while it waits for an answer, and while it waits to ask again", async () => {
    const answers: Answer[] = [];
    const { store, asked } = await answering(answers);
    const points = await collectionOf(store, asked);
    for (const answer of ["silence", { status: 503, headers: { "retry-after": "30" } }] as const) {
      answers.push(answer);
      const start = performance.now();
      const late = points.count({ signal: AbortSignal.timeout(100) });
      await expect(late).rejects.toMatchObject({ code: "deadline_exceeded" });
      const controller = new AbortController();
      answers.push(answer);
      setTimeout(() => controller.abort(), 100);
      const stopped = points.upsert([{ id: 1 }], { signal: controller.signal });
      await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });
});

describe("an upsert to a Qdrant", () => {
  it("is cut into requests by bytes, tells how far it is, and how much is written when one fails", async () => {
    const told: unknown[] = [];
    const answers: Answer[] = [];
    const { store, asked } = await answering(answers, {
      batchBytes: 1_000,
      onProgress: (one) => told.push(one),
    });
    const points = await collectionOf(store, asked);
    const given = Array.from({ length: 30 }, (_, id) => ({ id, payload: { text: "x".repeat(100) } }));
    expect((await points.upsert(given)).count).toBe(30);
    expect(asked.length).toBeGreaterThan(4);
    for (const { body } of asked) expect(body.length).toBeLessThan(1_000);
    expect(told).toHaveLength(asked.length);
    expect(told.at(-1)).toEqual({ collection: "c", done: 30, total: 30 });
    asked.length = 0;
    answers.push({ status: 200, body: emptyAnswer("/points") }, { status: 400 });
    const error = await points.upsert(given).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "invalid_argument", details: { written: expect.any(Number) } });
    expect(error.details.written).toBeGreaterThan(0);
  });

  it("carries ids to 2^64 − 1 with all their digits", async () => {
    const { store, asked } = await answering([]);
    const points = await collectionOf(store, asked);
    await points.upsert([{ id: 2n ** 64n - 1n }, { id: 2n ** 53n }]);
    expect(asked[0]!.body).toContain('"id":18446744073709551615');
    expect(asked[0]!.body).toContain('"id":9007199254740992');
  });
});

describe("an answer of a Qdrant", () => {
  it("is read alike where the client gives integers beyond 2^53 as bigints, as it does from Node 21 on", () => {
    const layout = layoutOf(
      "c",
      { vectors: { v: { dimension: 2, metric: "dot" } } },
      { unnamed: undefined, hasForeignIds: false },
    );
    const vector = { v: [10n ** 20n, 0.5] };
    const record = { id: 2n ** 64n - 1n, payload: { big: 2n ** 60n, deep: [{ n: 2n ** 70n }] }, vector };
    expect(storedPoint(record, { payload: true, vectors: ["v"] }, layout)).toEqual({
      id: 2n ** 64n - 1n,
      payload: { big: 2 ** 60, deep: [{ n: 2 ** 70 }] },
      vectors: { v: Float32Array.of(1e20, 0.5) },
    });
  });

  it("with ids that JSON.parse would round is read again by its text", async () => {
    const answers: Answer[] = [];
    const { store, asked } = await answering(answers);
    const points = await collectionOf(store, asked);
    const text =
      '{"result":{"points":[{"id":18446744073709551615,"payload":{}}],"next_page_offset":null},"status":"ok","time":0}';
    answers.push({ status: 200, text }, { status: 200, text });
    expect((await points.scroll()).points.map(({ id }) => id)).toEqual([2n ** 64n - 1n]);
  });
});

describe("what is no Qdrant", () => {
  it("is said to be none, and a redirect is not followed", async () => {
    const page = await answering([{ status: 404, body: "<html>" }]);
    await expect(page.store.list()).rejects.toMatchObject({ code: "failed_precondition" });
    const elsewhere = await answering([{ status: 302, headers: { location: page.url } }], { retries: 0 });
    await expect(elsewhere.store.list()).rejects.toMatchObject({ name: "FrancaError" });
    expect(page.asked).toHaveLength(1);
    const nobody = qdrant({ url: "http://127.0.0.1:9", retries: 0 });
    await expect(nobody.list()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("127.0.0.1:9"),
    });
  });

  it("is no address either", () => {
    for (const url of ["localhost:6333", "ftp://a", "http://u:p@a", "http://a?b", 5, undefined])
      expect(() => qdrant({ url: url as string }), String(url)).toThrow(/qdrant: url/);
    expect(() => qdrant({ url: "http://a", key: "x" } as never)).toThrow(/key/);
    expect(() => qdrant({ url: "http://a", collections: { m: -1 } })).toThrow(/collections.m/);
    expect(() => qdrant({ url: "http://a", apiKey: "a\nb" })).toThrow(/the key to be text/);
  });
});

describe("a key", () => {
  it("goes with every request, by the official client and without it", async () => {
    const { store, asked } = await answering([{ status: 503 }], {
      apiKey: "secret",
      headers: { "x-trace": "7" },
    });
    await store.list();
    expect(asked.map(({ headers }) => [headers["api-key"], headers["x-trace"]])).toEqual([
      ["secret", "7"],
      ["secret", "7"],
    ]);
  });
});

describe("without the official client", () => {
  it("the first call says which package to install", async () => {
    // A process in which that package cannot be found.
    const hooks = `export async function resolve(specifier, context, next) {
      if (specifier === "@qdrant/js-client-rest") throw Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(specifier, context);
    }`;
    const program = `
      import { register } from "node:module";
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});
      const { qdrant } = await import(${JSON.stringify(join(root, "dist/stores/qdrant.js"))});
      const store = qdrant({ url: "http://127.0.0.1:1" });
      await store.list().catch(({ code, message }) => console.log(code, message));
    `;
    const { stdout } = await promisify(execFile)("node", ["--input-type=module", "--eval", program]);
    expect(stdout).toMatch(/^failed_precondition .*npm install @qdrant\/js-client-rest/);
  });
});
