/** Whatever comes in at whatever route: an answer that is no failure of the server's, and nothing thrown that nobody caught. */
import { gzipSync } from "node:zlib";
import { Client, credentials, status } from "@grpc/grpc-js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Route } from "../../../src/dialect.ts";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import "../../seed.ts";
import { type Hosted, startHosted, tryingDialect } from "../hosted.ts";
import { exchange, statusOf } from "../raw.ts";

const numRuns = process.env.FRANCA_SLOW ? 20_000 : 1_500;

/** These do what they are asked for, such as waiting for a minute. */
const obedient = /^\/(throws|hold|large|pieces|drops)/;

const tricky = fc.constantFrom(
  ...[
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "__proto__",
    "constructor",
    "..",
    "%00",
    "%",
    "a/b",
    "💥",
    "\ud800",
    " ",
  ],
  "9".repeat(400),
  "x".repeat(5_000),
);
const word = fc.oneof(tricky, fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 10 }));
/** Words that routes look for, so that what is below them is looked at. */
const key = fc.oneof(
  fc.constantFrom(
    ...[
      "points",
      "id",
      "ids",
      "vector",
      "vectors",
      "payload",
      "filter",
      "query",
      "limit",
      "offset",
      "must",
      "name",
    ],
    ...[
      "schema",
      "nearest",
      "sparse",
      "text",
      "fusion",
      "prefetch",
      "select",
      "dimension",
      "metric",
      "field",
      "recall",
    ],
  ),
  word,
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1e308, 5e-324, 2 ** 53, -1.5, ""),
  fc.integer(),
  fc.double(),
  word,
  fc.array(fc.double({ noNaN: true }), { maxLength: 8 }),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(key, tie("json"), { maxKeys: 5 }),
  ),
}));
const body = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value) ?? "")) },
  { weight: 1, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value)?.slice(0, -1) ?? "")) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2_000 }).map((depth) => Buffer.from("[".repeat(depth))) },
);

describe("whatever comes in", () => {
  let hosted: Hosted;
  const lost: unknown[] = [];
  const note = (reason: unknown): void => void lost.push(reason);
  beforeAll(async () => {
    hosted = await startHosted();
    await hosted.store.create("notes", { vectors: { body: { dimension: 2 } } });
    process.on("unhandledRejection", note);
  });
  afterAll(async () => {
    process.off("unhandledRejection", note);
    await hosted.stop();
  });

  const routes: [base: () => string, route: Route][] = [
    ...francaDialect.routes.map((route): [() => string, Route] => [
      () => hosted.server.addresses.franca!,
      route,
    ]),
    ...tryingDialect().routes.map((route): [() => string, Route] => [
      () => hosted.server.addresses.trying!,
      route,
    ]),
  ].filter(([, { path }]) => !obedient.test(path)) as [() => string, Route][];

  it("at any route, as parameters, query and body, is answered, and never by a failure of the server's", async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(routes.length - 1),
        fc.array(fc.oneof(fc.constant("notes"), word), { minLength: 4, maxLength: 4 }),
        fc.dictionary(word, word, { maxKeys: 3 }),
        body,
        fc.constantFrom<string | undefined>(undefined, undefined, undefined, "gzip", "br"),
        async (which, params, query, bytes, encoding) => {
          const [base, { method, path }] = routes[which]!;
          let used = 0;
          const filled = path.replace(/:[^/]+/g, () => percent(params[used++ % params.length]!));
          const search = Object.entries(query).map(([name, value]) => `${percent(name)}=${percent(value)}`);
          const zipped = encoding === "gzip" && bytes.length % 2 === 0 ? gzipSync(bytes) : bytes;
          const response = await fetch(`${base()}${filled}?${search.join("&")}`, {
            method,
            headers: new Headers(encoding === undefined ? [] : [["content-encoding", encoding]]),
            ...(method !== "GET" && method !== "HEAD" && { body: new Uint8Array(zipped) }),
          });
          const said = await response.text();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status >= 500 && response.status !== 501) {
            throw new Error(`${method} ${path} answered ${response.status}: ${said}`);
          }
        },
      ),
      { numRuns },
    );
    expect(lost).toEqual([]);
    expect([...statuses.keys()].toSorted()).toEqual(expect.arrayContaining([200, 400]));
  });

  it("as the message of any gRPC method is answered, and never by a failure of the server's", async () => {
    const client = new Client(hosted.server.grpcAddresses.franca!, credentials.createInsecure());
    const methods = Object.keys(francaDialect.methods ?? {});
    expect(methods.length).toBeGreaterThan(0);
    // Fields of protobuf with their numbers and wire types, so that some of it can be read.
    const field = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 1, 2, 5), fc.uint8Array({ maxLength: 12 }))
      .map(([number, type, bytes]) => {
        const value =
          type === 0
            ? [bytes.length]
            : type === 2
              ? [bytes.length, ...bytes]
              : [...bytes, ...Array(8).fill(0)];
        return Buffer.from([
          (number << 3) | type,
          ...value.slice(0, type === 1 ? 8 : type === 5 ? 4 : undefined),
        ]);
      });
    const named = fc.constantFrom(Buffer.from([0x0a, 5, ...Buffer.from("notes")]), Buffer.alloc(0));
    const bytes = fc.oneof(
      fc
        .tuple(named, fc.array(field, { maxLength: 8 }))
        .map(([name, fields]) => Buffer.concat([name, ...fields])),
      fc.uint8Array({ maxLength: 100 }).map((noise) => Buffer.from(noise)),
    );
    const asIs = (message: Buffer): Buffer => message;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), bytes, async (method, message) => {
        const code = await new Promise<number>((resolve) => {
          client.makeUnaryRequest(method, asIs, asIs, message, (error) => resolve(error?.code ?? 0));
        });
        if ([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS].includes(code))
          throw new Error(`${method}: ${code}`);
      }),
      { numRuns },
    );
    client.close();
    expect(lost).toEqual([]);
  });

  it("as bytes on a connection ends it or is answered, and the server goes on", async () => {
    const line = fc.oneof(
      fc.constantFrom(
        "host: localhost",
        "content-length: 5",
        "transfer-encoding: chunked",
        "expect: 100-continue",
        "connection: close",
      ),
      fc.tuple(word, word).map(([name, value]) => `${name}: ${value}`),
    );
    const nearly = fc
      .tuple(
        fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "X"),
        word,
        fc.array(line, { maxLength: 6 }),
        body,
      )
      .map(([method, path, lines, bytes]) =>
        Buffer.concat([
          Buffer.from(`${method} /${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1"),
          bytes,
        ]),
      );
    const noise = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(nearly, noise), async (bytes) => {
        // An end that no parser can take for the rest of a body.
        const end = Buffer.from("\r\n\r\n\0\0 nonsense\r\n\r\n");
        const answer = await exchange(hosted.port, Buffer.concat([bytes, end]), { half: true });
        if (statusOf(answer) >= 500) throw new Error(answer);
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
    expect((await fetch(`${hosted.server.addresses.trying}/hello/you`)).status).toBe(200);
    expect(lost).toEqual([]);
  });
});

/** As much of a word as a URL can carry. */
function percent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 3_000).replace(/%.?$/, "") || "-";
}
