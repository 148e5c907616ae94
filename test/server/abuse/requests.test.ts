/** Bytes that are no request, or one that contradicts itself: each gets its error, and nobody else notices. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "../hosted.ts";
import { connection, eventually, exchange, statusOf } from "../raw.ts";
import { amongInnocents } from "./innocents.ts";

const crlf = (...lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;

/** What it is, what is sent, the status that is answered; undefined where closing is the answer. */
const bad: [what: string, bytes: string | Uint8Array, status: number | undefined][] = [
  ["nonsense", "hello, are you there?\r\n\r\n", 400],
  ["zeros", new Uint8Array(1_000), 400],
  ["a TLS hello", Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 7, 7, 7, 7, 7), 400],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["HTTP/0.9", "GET /\r\n\r\n", 404],
  ["HTTP/7.3", crlf("GET /livez HTTP/7.3", "host: localhost"), 400],
  ["a method that nobody knows", crlf("BREW /livez HTTP/1.1", "host: localhost"), 400],
  ["a method in lower case", crlf("get /livez HTTP/1.1", "host: localhost"), 400],
  [
    "TRACE, which would echo keys",
    crlf("TRACE /hello/you HTTP/1.1", "host: localhost", "connection: close"),
    405,
  ],
  ["CONNECT, as to a proxy", crlf("CONNECT example.com:443 HTTP/1.1", "host: localhost"), 400],
  ["no host", crlf("GET /livez HTTP/1.1", "connection: close"), 400],
  ["two hosts", crlf("GET /livez HTTP/1.1", "host: localhost", "host: b", "connection: close"), 400],
  ["a space in the path", crlf("GET /hello/a b HTTP/1.1", "host: localhost"), 400],
  ["a path without a slash", crlf("GET hello HTTP/1.1", "host: localhost", "connection: close"), 400],
  ["a path of another scheme", crlf("GET ftp://h/x HTTP/1.1", "host: localhost", "connection: close"), 400],
  [
    "a path out of the tree",
    crlf("GET /../../etc/passwd HTTP/1.1", "host: localhost", "connection: close"),
    404,
  ],
  [
    "the same in percent signs",
    crlf("GET /hello/%2e%2e%2f%2e%2e HTTP/1.1", "host: localhost", "connection: close"),
    200,
  ],
  [
    "a path that is no UTF-8",
    crlf("GET /hello/%c0%ae HTTP/1.1", "host: localhost", "connection: close"),
    400,
  ],
  ["a broken percent sign", crlf("GET /hello/%zz HTTP/1.1", "host: localhost", "connection: close"), 400],
  ["a long path", crlf(`GET /${"a".repeat(20_000)} HTTP/1.1`, "host: localhost"), 431],
  ["a long header", crlf("GET /livez HTTP/1.1", "host: localhost", `x: ${"a".repeat(20_000)}`), 431],
  [
    "many headers",
    crlf("GET /livez HTTP/1.1", "host: localhost", ...Array.from({ length: 5_000 }, (_, i) => `x${i}: 1`)),
    431,
  ],
  [
    "many headers that are small",
    crlf(
      "GET /livez HTTP/1.1",
      "host: localhost",
      "connection: close",
      ...Array.from({ length: 150 }, (_, i) => `x${i}: 1`),
    ),
    431,
  ],
  ["a header without a colon", crlf("GET /livez HTTP/1.1", "host: localhost", "nonsense"), 400],
  ["a header with a space before the colon", crlf("GET /livez HTTP/1.1", "host: localhost", "x : 1"), 400],
  [
    "a header that is continued",
    "GET /livez HTTP/1.1\r\nhost: localhost\r\nx: 1\r\n 2\r\nconnection: close\r\n\r\n",
    400,
  ],
  ["a header with a zero byte", crlf("GET /livez HTTP/1.1", "host: localhost", "x: a\0b"), 400],
  ["a bare carriage return", "GET /livez HTTP/1.1\r\nhost: localhost\rx: 1\r\n\r\n", 400],
  ["a length below zero", crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: -1"), 400],
  ["a length in words", crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: ten"), 400],
  [
    "a length beyond all numbers",
    crlf("POST /echo HTTP/1.1", "host: localhost", `content-length: ${"9".repeat(30)}`),
    400,
  ],
  [
    "a length beyond the limit",
    crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 99999999999"),
    413,
  ],
  [
    "two lengths",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 1", "content-length: 2")}12`,
    400,
  ],
  ["a list of lengths", `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 1, 1")}1`, 400],
  [
    "a length and chunks, to smuggle a request",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 40", "transfer-encoding: chunked")}0\r\n\r\nGET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    400,
  ],
  [
    "chunks under a name that hides them",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: xchunked", "connection: close")}0\r\n\r\n`,
    400,
  ],
  [
    "chunks twice",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: chunked, chunked")}0\r\n\r\n`,
    400,
  ],
  [
    "a chunk of no number",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: chunked")}zz\r\n`,
    400,
  ],
  [
    "a chunk beyond all numbers",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: chunked")}fffffffffffffffff\r\n`,
    400,
  ],
  [
    "a chunk with a long extension",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: chunked")}1;${"a".repeat(40_000)}\r\n1\r\n0\r\n\r\n`,
    413,
  ],
  [
    "a chunk that does not end",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "transfer-encoding: chunked")}1\r\n12\r\n`,
    400,
  ],
  [
    "an encoding that nobody knows",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-encoding: zstd", "content-length: 1")}1`,
    415,
  ],
  [
    "encodings on top of each other",
    `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-encoding: gzip, gzip", "content-length: 1")}1`,
    415,
  ],
  [
    "an expectation that nobody knows",
    crlf("POST /echo HTTP/1.1", "host: localhost", "expect: miracles", "content-length: 1"),
    417,
  ],
  [
    "an upgrade to WebSocket",
    crlf("GET /livez HTTP/1.1", "host: localhost", "connection: upgrade, close", "upgrade: websocket"),
    200,
  ],
  [
    "an upgrade to HTTP/2",
    crlf("GET /livez HTTP/1.1", "host: localhost", "connection: upgrade, close", "upgrade: h2c"),
    200,
  ],
];

describe("bytes that are no good request", () => {
  let hosted: Hosted;
  beforeAll(async () => {
    hosted = await startHosted();
  });
  afterAll(() => hosted.stop());

  it(`each of ${bad.length} gets its error and its connection an end, while innocent clients go on`, async () => {
    const wrong: string[] = [];
    await amongInnocents(hosted, async () => {
      for (const [what, bytes, status] of bad) {
        const answer = await exchange(hosted.port, bytes);
        const got = answer === "" ? undefined : statusOf(answer);
        if (got !== status)
          wrong.push(`${what}: expected ${status}; got ${JSON.stringify(answer.slice(0, 200))}`);
        if (got !== undefined && got >= 400 && !/"code":"[a-z_]+"/.test(answer))
          wrong.push(`${what}: says no code`);
      }
    });
    expect(wrong).toEqual([]);
  });

  it("of a smuggled request nothing is answered", async () => {
    const [, smuggled] = bad.find(([what]) => what.includes("smuggle"))!;
    expect((await exchange(hosted.port, smuggled)).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("what comes after a body's length is read as the next request, and is none", async () => {
    const body = `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 1")}123 nonsense\r\n\r\n`;
    const answer = await exchange(hosted.port, body);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
  });

  it("a client that goes away in the middle of its body is forgotten", async () => {
    await amongInnocents(hosted, async () => {
      for (let i = 0; i < 50; i++) {
        const client = connection(hosted.port);
        client.send(
          `${crlf("POST /echo HTTP/1.1", "host: localhost", "content-length: 1000")}${"[".repeat(i)}`,
        );
        if (i % 2 === 0) client.socket.destroy();
        else client.socket.resetAndDestroy();
        await client.ended;
      }
    });
    expect(hosted.server.gauges).toSatisfy(
      ({ bodyBytes, lanes }) => bodyBytes() === 0 && lanes().read.running === 0,
    );
  });

  it("requests that wait behind others are stopped, too, when their connection ends", async () => {
    await amongInnocents(hosted, async () => {
      const client = connection(hosted.port);
      client.send(crlf("GET /hold/60000 HTTP/1.1", "host: localhost").repeat(20));
      await eventually(() => hosted.seen.holding === 20, "all are worked on");
      client.socket.destroy();
      await eventually(() => hosted.seen.holding === 0, "all have noticed");
    });
  });

  it("answers that wait behind others are forgotten when their connection ends", async () => {
    // A stop waits so long for what is under way: an answer that is never ended would be noticed here.
    const own = await startHosted({ limits: { graceMs: 600_000 } });
    const client = connection(own.port);
    client.send(crlf("GET /hold/300 HTTP/1.1", "host: localhost"));
    client.send(crlf("GET /large/100000 HTTP/1.1", "host: localhost").repeat(20));
    await eventually(() => own.seen.holding === 1, "the first is worked on");
    client.socket.destroy();
    await own.stop();
    expect(own.seen.holding).toBe(0);
  });

  it("many requests on one connection at once are answered up to the limit, the rest refused", async () => {
    await amongInnocents(hosted, async () => {
      const gets = crlf("GET /hold/5 HTTP/1.1", "host: localhost").repeat(2_000);
      const answer = await exchange(
        hosted.port,
        gets + crlf("GET /livez HTTP/1.1", "host: localhost", "connection: close"),
      );
      const statuses = new Set((answer.match(/HTTP\/1\.1 \d+/g) ?? []).map((line) => line.slice(-3)));
      expect([...statuses].every((status) => status === "200" || status === "429")).toBe(true);
    });
    expect(hosted.server.gauges.lanes().read).toEqual({ running: 0, waiting: 0 });
  });
});
