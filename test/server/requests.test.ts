/** What HTTP asks of a server, beside the answers themselves. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "./hosted.ts";
import { connection, exchange, statusOf } from "./raw.ts";

describe("a request over HTTP/1", () => {
  let hosted: Hosted;
  let base: string;
  beforeAll(async () => {
    hosted = await startHosted({ allowedOrigins: ["https://console.example"] });
    base = hosted.server.addresses.trying!;
  });
  afterAll(() => hosted.stop());

  it("gets parameters and query decoded", async () => {
    const response = await fetch(`${base}/hello/a%20b%2Fc?x=1&x=%C3%BC`);
    expect(await response.json()).toEqual({
      hello: "a b/c",
      query: [
        ["x", "1"],
        ["x", "ü"],
      ],
    });
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("may have a body compressed by %s", async (encoding, compress) => {
    const response = await fetch(`${base}/echo`, {
      method: "POST",
      headers: { "content-encoding": encoding },
      body: new Uint8Array(compress(JSON.stringify({ a: "ä".repeat(10_000) }))),
    });
    expect(await response.json()).toEqual({ a: "ä".repeat(10_000) });
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])(
    "that inflates beyond all reason is refused before it has, compressed by %s",
    async (encoding, compress) => {
      const inflating = async (bytes: Uint8Array) => {
        const body = new Uint8Array(compress(bytes));
        const response = await fetch(`${base}/echo`, {
          method: "POST",
          headers: { "content-encoding": encoding },
          body,
        });
        return [response.status, await response.text()] as const;
      };
      expect(await inflating(Buffer.alloc(10 * 2 ** 20, " "))).toEqual([
        413,
        expect.stringContaining("inflates to more than 200 times"),
      ]);
      // Small ones may: zeros of a test, for instance.
      expect((await inflating(Buffer.from(`[${"0,".repeat(500_000)}0]`)))[0]).toBe(200);
    },
  );

  it("may have a body in chunks, or none at all", async () => {
    const chunks =
      "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await exchange(hosted.port, `${chunks}2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n`)).toMatch(
      /\r\n\r\n\[1,2\]$/,
    );
    expect(
      await exchange(hosted.port, "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"),
    ).toMatch(/null$/);
  });

  it("of HTTP/1.0 is answered, and its connection closed", async () => {
    const answer = await exchange(hosted.port, "GET /hello/you HTTP/1.0\r\n\r\n");
    expect([statusOf(answer), answer]).toEqual([200, expect.stringMatching(/"hello":"you"/)]);
  });

  it("of HTTP/1.0 gets an answer in pieces without chunks, which it does not know", async () => {
    const answer = await exchange(hosted.port, "GET /pieces/3 HTTP/1.0\r\n\r\n");
    const [head, body] = answer.split("\r\n\r\n");
    expect(head).not.toMatch(/chunked/i);
    expect(body).toHaveLength(3 * 1024);
  });

  it("may name its target absolutely, as proxies are asked", async () => {
    const answer = await exchange(
      hosted.port,
      "GET http://elsewhere:80/hello/you?a=b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/"hello":"you","query":\[\["a","b"\]\]/);
  });

  it("for a path that has other methods is 405 with those that it has", async () => {
    const response = await fetch(`${base}/echo`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, PUT, OPTIONS"]);
    expect(await response.json()).toMatchObject({ code: "unimplemented" });
  });

  it("for a path that does not exist is 404 in the dialect's words", async () => {
    const response = await fetch(`${base}/nowhere`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: "not_found" }]);
  });

  it("with a path that is no UTF-8 is 400", async () => {
    const response = await fetch(`${base}/hello/%ff%fe`);
    expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_argument" }]);
  });

  it("HEAD is answered like GET, without the body", async () => {
    const response = await fetch(`${base}/hello/you`, { method: "HEAD" });
    expect([
      response.status,
      Number(response.headers.get("content-length")) > 10,
      await response.text(),
    ]).toEqual([200, true, ""]);
  });

  it("OPTIONS says the methods, and to pages of other origins nothing", async () => {
    const plain = await fetch(`${base}/echo`, { method: "OPTIONS" });
    expect([plain.status, plain.headers.get("allow")]).toEqual([204, "POST, PUT, OPTIONS"]);
    const asked = { origin: "https://evil.example", "access-control-request-method": "PUT" };
    const page = await fetch(`${base}/echo`, { method: "OPTIONS", headers: asked });
    expect([page.status, page.headers.get("access-control-allow-origin")]).toEqual([204, null]);
    expect(
      statusOf(
        await exchange(hosted.port, "OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"),
      ),
    ).toBe(204);
  });

  it("from a page of another origin writes nothing, unless that origin is allowed", async () => {
    const post = (origin: string) =>
      fetch(`${base}/echo`, { method: "POST", headers: { origin }, body: "1" });
    const refused = await post("https://evil.example");
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "permission_denied" }]);
    const allowed = await post("https://console.example");
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "https://console.example",
    ]);
    expect((await post(base)).status).toBe(200);
  });

  it.each(["evil.example", "evil.example:6333", "127.0.0.1.evil.example"])(
    "that asks a server without keys as %s is refused: its page may have been loaded from elsewhere",
    async (name) => {
      const own = `host: ${name}\r\norigin: http://${name}\r\nconnection: close\r\n\r\n`;
      for (const line of ["GET /hello/you", "POST /echo", "GET /livez", "OPTIONS /echo"]) {
        const answer = await exchange(hosted.port, `${line} HTTP/1.1\r\n${own}`);
        expect([line, statusOf(answer), answer]).toEqual([
          line,
          403,
          expect.stringContaining("--allowed-origins"),
        ]);
      }
    },
  );

  it.each([
    "localhost",
    "LOCALHOST.:80",
    "app.localhost",
    "127.0.0.1",
    "[::1]:6333",
    "10.0.0.7",
    "console.example",
  ])("may ask a server without keys as %s", async (name) => {
    const answer = await exchange(
      hosted.port,
      `GET /hello/you HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(200);
  });

  it("may ask a server with keys by any name: a page that was loaded under it has none", async () => {
    const admit = () => ({ name: "somebody", store: hosted.store });
    const guarded = await startHosted({ guard: { admit } });
    const ask = `GET /hello/you HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`;
    expect(statusOf(await exchange(guarded.port, ask))).toBe(200);
    await guarded.stop();
    const open = await startHosted({ guard: { admit, letsAnybodyIn: true } });
    expect(statusOf(await exchange(open.port, ask))).toBe(403);
    await open.stop();
  });

  it("with two hosts, by CONNECT, or by HTTP/2 is refused in words", async () => {
    const twice = "GET /hello/you HTTP/1.1\r\nhost: localhost\r\nhost: b\r\nconnection: close\r\n\r\n";
    expect(await exchange(hosted.port, twice)).toMatch(/^HTTP\/1.1 400[\s\S]*expected one header Host/);
    const tunnel = "CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\n\r\n";
    expect(await exchange(hosted.port, tunnel)).toMatch(/^HTTP\/1.1 400[\s\S]*for proxies/);
    expect(await exchange(hosted.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toMatch(
      /gRPC has a port of its own/,
    );
  });

  it("for a path with a slash too many is told the path that there is", async () => {
    const said = async (path: string) => (await (await fetch(base + path)).json()).message;
    expect(await said("/hello/you/")).toBe("there is no GET /hello/you/; did you mean /hello/you?");
    expect(await said("//hello//you")).toMatch(/did you mean \/hello\/you\?/);
    expect(await said("/nowhere/")).toBe("there is no GET /nowhere/");
  });

  it("that expects 100-continue is told to go on, or why not before it sends its body", async () => {
    const head =
      "HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 3\r\n\r\n";
    const good = connection(hosted.port);
    good.send(`POST /echo ${head}`);
    await good.until(/100 Continue/);
    good.send("[3]");
    expect(await good.ended).toMatch(/200 OK[\s\S]*\[3\]$/);
    expect(statusOf(await exchange(hosted.port, `POST /nowhere ${head}`))).toBe(404);
    expect(
      statusOf(await exchange(hosted.port, `POST /echo ${head.replace("100-continue", "miracles")}`)),
    ).toBe(417);
  });

  it("of several that were sent at once is answered in their order", async () => {
    const gets = [30, 1, 10].map((ms) => `GET /hold/${ms} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join("");
    const last = "GET /hello/last HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    const answer = await exchange(hosted.port, gets + last);
    expect(answer.match(/"held"|"last"/g)).toEqual(['"held"', '"held"', '"held"', '"last"']);
  });

  it("whose handler is mistaken is 500, and says nothing of the inside", async () => {
    const response = await fetch(`${base}/throws`);
    const said = await response.text();
    expect([response.status, JSON.parse(said)]).toMatchObject([500, { code: "internal" }]);
    expect(said).not.toContain("a mistake in a handler");
  });

  it("may ask for a time, after which it is 504 and its handler's signal says why", async () => {
    const response = await fetch(`${base}/hold/60000`, { headers: { "x-timeout-ms": "20" } });
    expect([response.status, await response.json()]).toMatchObject([504, { code: "deadline_exceeded" }]);
    expect(hosted.seen.reasons.at(-1)).toMatchObject({ code: "deadline_exceeded" });
    const nonsense = await fetch(`${base}/hold/1`, { headers: { "x-timeout-ms": "soon" } });
    expect(nonsense.status).toBe(400);
  });

  it("that is answered by a stream may take longer than others, unless it asked for a time", async () => {
    const brief = await startHosted({ limits: { deadlineMs: 50 } });
    const url = `${brief.server.addresses.trying}/drops/30`;
    expect(await (await fetch(url)).text()).toBe("drop".repeat(30));
    const cut = await fetch(url, { headers: { "x-timeout-ms": "60" } });
    await expect(cut.text()).rejects.toThrow();
    expect((await fetch(`${brief.server.addresses.trying}/hold/60000`)).status).toBe(504);
    await brief.stop();
  });

  it("whose route streams may have a body longer than any limit, read as it comes", async () => {
    const small = await startHosted({ limits: { bodyBytes: 1024 } });
    const post = (path: string) =>
      fetch(`${small.server.addresses.trying}${path}`, { method: "POST", body: new Uint8Array(300_000) });
    expect(await (await post("/upload")).json()).toEqual({ bytes: 300_000 });
    expect((await post("/echo")).status).toBe(413);
    await small.stop();
  });
});
