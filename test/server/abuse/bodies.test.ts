/** Bodies that are too large, too deep, lie about themselves or are no JSON. */
import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "../hosted.ts";
import { amongInnocents, heldMebibytes } from "./innocents.ts";

const bodyBytes = 4 * 2 ** 20;
const bomb = (compress: (bytes: Buffer) => Buffer) => compress(Buffer.alloc(256 * 2 ** 20, "[ "));
const broken = (gzip: Buffer) => gzip.fill(0, gzip.length - 8, gzip.length - 4);
const zipped = (text: string | Uint8Array) => gzipSync(text);

/** What it is, its encoding, the bytes, the status. */
const bad: [what: string, encoding: string | undefined, bytes: string | Uint8Array, status: number][] = [
  ["a body beyond the limit", undefined, "1".repeat(bodyBytes + 1), 413],
  ["lists in lists", undefined, "[".repeat(100_000) + "]".repeat(100_000), 400],
  ["lists in lists without an end", undefined, "[".repeat(3_000_000), 400],
  ["objects in objects", undefined, `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, 400],
  [
    "depth behind strings full of brackets",
    undefined,
    `${'["]]]]",'.repeat(1_000)}1${"]".repeat(1_000)}`,
    400,
  ],
  ["NaN", undefined, '{"vector":[NaN]}', 400],
  ["Infinity", undefined, "[Infinity]", 400],
  ["a minus alone", undefined, "[-]", 400],
  ["a plus", undefined, "[+1]", 400],
  ["a hexadecimal", undefined, "[0x10]", 400],
  ["a comment", undefined, "[1/* one */]", 400],
  ["a comma too many", undefined, "[1,]", 400],
  ["single quotes", undefined, "{'a':1}", 400],
  ["an open string", undefined, '"abc', 400],
  ["a line in a string", undefined, '"a\nb"', 400],
  ["two values", undefined, "1 2", 400],
  ["a byte that is no UTF-8", undefined, Buffer.from([0x22, 0xff, 0x22]), 400],
  ["an overlong slash", undefined, Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 400],
  ["half a surrogate in UTF-8", undefined, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 400],
  ["UTF-16", undefined, Buffer.from("[1]", "utf16le"), 400],
  ["zeros", undefined, Buffer.alloc(10_000), 400],
  ["noise", undefined, randomBytes(10_000), 400],
  ["noise that is said to be gzip", "gzip", randomBytes(10_000), 400],
  ["noise that is said to be brotli", "br", Buffer.alloc(1_000, 0xff), 400],
  ["half of a gzip", "gzip", zipped("[1,2,3]".padEnd(5_000)).subarray(0, 20), 400],
  ["a gzip whose checksum is wrong", "gzip", broken(zipped("[1]")), 400],
  ["a gzip of a gzip", "gzip", zipped(zipped("[1]")), 400],
  ["a gzip bomb", "gzip", bomb(gzipSync), 413],
  ["a deflate bomb", "deflate", bomb(deflateSync), 413],
  ["a brotli bomb", "br", bomb((bytes) => brotliCompressSync(bytes, { params: { 1: 3 } })), 413],
];

describe("bodies that are no good", () => {
  let hosted: Hosted;
  let url: string;
  beforeAll(async () => {
    hosted = await startHosted({ limits: { bodyBytes } });
    url = `${hosted.server.addresses.trying}/echo`;
  });
  afterAll(() => hosted.stop());

  const post = async (bytes: string | Uint8Array, encoding?: string) => {
    const headers = new Headers(encoding === undefined ? [] : [["content-encoding", encoding]]);
    const body = typeof bytes === "string" ? bytes : new Uint8Array(bytes);
    const response = await fetch(url, { method: "POST", body, headers });
    return { status: response.status, said: await response.json() };
  };

  it(`each of ${bad.length} gets its error, over and over, in bounded memory, while innocent clients go on`, async () => {
    const wrong: string[] = [];
    const before = heldMebibytes();
    await amongInnocents(hosted, async () => {
      for (let round = 0; round < 5; round++) {
        await Promise.all(
          bad.map(async ([what, encoding, bytes, expected]) => {
            const { status, said } = await post(bytes, encoding);
            if (status !== expected) wrong.push(`${what}: expected ${expected}; got ${status}`);
            if (typeof said.code !== "string" || said.message.length > 1_000) wrong.push(`${what}: ${said}`);
          }),
        );
      }
    });
    expect(wrong).toEqual([]);
    expect(hosted.server.gauges.bodyBytes()).toBe(0);
    expect(heldMebibytes() - before).toBeLessThan(200);
  });

  it("names of prototypes are names like others", async () => {
    const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const response = await fetch(url, { method: "POST", body });
    expect(await response.text()).toBe(body);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect((await fetch(`${hosted.server.addresses.trying}/${name}`)).status).toBe(404);
      const hello = await fetch(`${hosted.server.addresses.trying}/hello/${name}?${name}=1`);
      expect(await hello.json()).toEqual({ hello: name, query: [[name, "1"]] });
    }
  });

  it("of names that occur twice the last counts", async () => {
    expect((await post('{"a":1,"a":2}')).said).toEqual({ a: 2 });
  });

  it("a body of as many bytes as may be is taken, and of many pieces, too", async () => {
    expect((await post(`"${"a".repeat(bodyBytes - 2)}"`)).status).toBe(200);
    async function* drops() {
      yield new TextEncoder().encode('"');
      for (let i = 0; i < 20_000; i++) yield Uint8Array.of(0x61);
      yield new TextEncoder().encode('"');
    }
    const options = { method: "POST", body: drops() as unknown as ReadableStream, duplex: "half" };
    const response = await fetch(url, options as RequestInit);
    expect((await response.text()).length).toBe(20_002);
  });
});
