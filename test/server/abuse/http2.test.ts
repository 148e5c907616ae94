/** What can be done to a gRPC port with frames of HTTP/2 and messages of gRPC. */
import { randomBytes } from "node:crypto";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "../hosted.ts";
import { connection, eventually } from "../raw.ts";
import {
  callHeaders,
  flags,
  frame,
  headerBlock,
  message,
  preface,
  settings,
  uint32,
} from "./http2-frames.ts";
import { amongInnocents, heldMebibytes } from "./innocents.ts";

const bodyBytes = 2 * 2 ** 20;
const hello = Buffer.concat([preface, settings()]);
const endless = (bytes: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes));
const call = (stream: number, method = "Echo", more = {}) =>
  frame("headers", flags.endHeaders, stream, callHeaders(method, more));
/** Odd numbers, as clients have. */
const streams = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);

/** Attacks that are one burst of bytes on one connection. The server may end it, or not; it must go on for others. */
const bursts: { readonly [what: string]: () => Buffer } = {
  "a request of HTTP/1": () => Buffer.from("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"),
  "a TLS hello": () => Buffer.concat([Buffer.from("160301020001", "hex"), randomBytes(500)]),
  noise: () => randomBytes(10_000),
  "noise after the preface": () => Buffer.concat([preface, randomBytes(10_000)]),
  "no settings after the preface": () => Buffer.concat([preface, call(1)]),
  "streams that are opened and reset": () =>
    Buffer.concat([
      hello,
      ...streams(20_000).map((id) => Buffer.concat([call(id), frame("reset", 0, id, uint32(8))])),
    ]),
  "streams that are opened, sent a message and reset": () =>
    Buffer.concat([
      hello,
      ...streams(5_000).map((id) =>
        Buffer.concat([
          call(id, "Hold"),
          frame("data", flags.endStream, id, message(Buffer.from("60000"))),
          frame("reset", 0, id, uint32(8)),
        ]),
      ),
    ]),
  "streams that make the server reset them": () =>
    Buffer.concat([
      hello,
      ...streams(5_000).map((id) => Buffer.concat([call(id), frame("windowUpdate", 0, id, uint32(0))])),
    ]),
  "more streams than may be": () => Buffer.concat([hello, ...streams(5_000).map((id) => call(id))]),
  "headers that never end": () =>
    Buffer.concat([
      hello,
      frame("headers", 0, 1, callHeaders("Echo")),
      endless(frame("continuation", 0, 1, headerBlock({ x: "y".repeat(1_000) })), 5_000),
    ]),
  "headers that never end, empty": () =>
    Buffer.concat([hello, frame("headers", 0, 1), endless(frame("continuation", 0, 1), 100_000)]),
  "headers that are small only while they are packed": () => {
    // One field of 4 KB is put into the table, then referred to by one byte, thousands of times.
    const field = Buffer.concat([
      Buffer.of(0x40, 1, 0x78, 127, 128 + 17, 30),
      Buffer.alloc(127 + 17 + 30 * 128, "a"),
    ]);
    return Buffer.concat([
      hello,
      frame(
        "headers",
        flags.endHeaders,
        1,
        Buffer.concat([callHeaders("Echo"), field, Buffer.alloc(10_000, 0x80 | 62)]),
      ),
    ]);
  },
  "large headers": () =>
    Buffer.concat([
      hello,
      call(1, "Echo", { x: "y".repeat(16_000) }),
      call(3, "Echo", { z: "y".repeat(16_000) }),
    ]),
  "settings, over and over": () => Buffer.concat([hello, endless(settings([4, 65_535]), 50_000)]),
  "a window of nothing and of everything in turn": () =>
    Buffer.concat([hello, endless(Buffer.concat([settings([4, 0]), settings([4, 2 ** 31 - 1])]), 10_000)]),
  "settings that may not be": () => Buffer.concat([preface, settings([4, 2 ** 32 - 1], [5, 1])]),
  "pings, over and over": () => Buffer.concat([hello, endless(frame("ping", 0, 0, Buffer.alloc(8)), 50_000)]),
  "empty data, over and over": () => Buffer.concat([hello, call(1), endless(frame("data", 0, 1), 100_000)]),
  "data for a stream that is not open": () =>
    Buffer.concat([hello, frame("data", 0, 1, message(Buffer.from("x")))]),
  "a stream of an even number": () => Buffer.concat([hello, call(2)]),
  "a stream that depends on itself": () =>
    Buffer.concat([hello, endless(frame("priority", 0, 1, Buffer.of(0, 0, 0, 1, 9)), 1_000)]),
  "a window that overflows": () => Buffer.concat([hello, frame("windowUpdate", 0, 0, uint32(2 ** 31 - 1))]),
  "a frame larger than agreed": () => Buffer.concat([hello, frame("ping", 0, 0, Buffer.alloc(100_000))]),
  "a go-away, and then more": () => Buffer.concat([hello, frame("goAway", 0, 0, Buffer.alloc(8)), call(1)]),
  "drops of one byte": () =>
    Buffer.concat([
      hello,
      call(1),
      frame("data", 0, 1, message(Buffer.from("x"), { length: 100_000 })),
      ...Array.from({ length: 50_000 }, () => frame("data", 0, 1, Buffer.of(1))),
    ]),
};

describe("a gRPC port under abuse", () => {
  let hosted: Hosted;
  beforeAll(async () => {
    hosted = await startHosted({
      limits: {
        bodyBytes,
        heldBytes: 16 * 2 ** 20,
        idleTimeoutMs: 300,
        bodyTimeoutMs: 2_000,
        keepAliveMs: 1_000,
      },
    });
  });
  afterAll(() => hosted.stop());

  const isQuiet = () => {
    const { read, write } = hosted.server.gauges.lanes();
    return hosted.seen.holding + read.running + write.running + hosted.server.gauges.bodyBytes() === 0;
  };

  it(`each of ${Object.keys(bursts).length} bursts disturbs nobody and leaves nothing behind, in bounded memory`, async () => {
    const before = heldMebibytes();
    await amongInnocents(hosted, async () => {
      for (let round = 0; round < 2; round++) {
        for (const burst of Object.values(bursts)) {
          const client = connection(hosted.grpcPort);
          client.send(burst());
          // The client does not read what the flood has for an answer.
          await Promise.race([client.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
          client.socket.destroy();
        }
      }
    });
    await eventually(isQuiet, "nothing of it is left");
    await eventually(
      () => hosted.server.gauges.connections()["trying grpc"] === 0,
      "no connection is left, whatever state Node thinks it is in",
    );
    expect(heldMebibytes() - before).toBeLessThan(150);
  });

  it("many halves of messages hold so much memory at most, and are ended when nothing comes", async () => {
    await amongInnocents(hosted, async () => {
      const sessions = Array.from({ length: 4 }, () =>
        connect(`http://127.0.0.1:${hosted.grpcPort}`, { maxSessionMemory: 1000 }),
      );
      const statuses: unknown[] = [];
      const ended: Promise<void>[] = [];
      for (const session of sessions) {
        session.on("error", () => {});
        for (let i = 0; i < 20; i++) {
          const stream = session.request(grpcHeaders("Echo"));
          ended.push(
            new Promise((resolve) => {
              stream.on("response", (headers) => statuses.push(headers["grpc-status"]));
              stream.on("error", () => {});
              stream.once("close", resolve).resume();
            }),
          );
          stream.write(message(Buffer.alloc(1_000_000), { length: bodyBytes }));
        }
      }
      await eventually(() => hosted.server.gauges.bodyBytes() > 10_000_000, "a lot is held");
      let most = 0;
      const looking = setInterval(() => {
        most = Math.max(most, hosted.server.gauges.bodyBytes());
      }, 1);
      await Promise.all(ended);
      clearInterval(looking);
      // Small messages, such as those of the innocents, are taken beyond it.
      expect(most).toBeLessThan(17 * 2 ** 20 + 80 * 64 * 1024);
      expect(new Set(statuses)).toEqual(new Set(["8", "4"]));
      for (const session of sessions) session.destroy();
    });
    await eventually(isQuiet, "nothing of it is left");
  });

  const grpcHeaders = (method: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({
    ":method": "POST",
    ":path": `/trying.Trying/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  });

  /** What it is, its headers, its bytes, and what gRPC's status is, or else HTTP's. */
  const bad: [what: string, headers: OutgoingHttpHeaders, bytes: Buffer, expected: string][] = [
    ["no message", {}, Buffer.alloc(0), "grpc 3"],
    ["half a prefix", {}, Buffer.of(0, 0, 0), "grpc 3"],
    ["half a message", {}, message(Buffer.from("abc"), { length: 10 }), "grpc 3"],
    ["two messages", {}, Buffer.concat([message(Buffer.of(1)), message(Buffer.of(2))]), "grpc 3"],
    ["a message beyond the limit", {}, message(Buffer.of(1), { length: bodyBytes + 1 }), "grpc 8"],
    ["a length of four gigabytes", {}, message(Buffer.of(1), { length: 2 ** 32 - 1 }), "grpc 8"],
    ["a flag that nobody knows", {}, message(Buffer.of(1), { flag: 7 }), "grpc 3"],
    ["compressed, by nothing", {}, message(gzipSync("a"), { flag: 1 }), "grpc 13"],
    [
      "compressed, by what nobody knows",
      { "grpc-encoding": "lz4" },
      message(gzipSync("a"), { flag: 1 }),
      "grpc 12",
    ],
    [
      "noise that is said to be gzip",
      { "grpc-encoding": "gzip" },
      message(randomBytes(1_000), { flag: 1 }),
      "grpc 3",
    ],
    [
      "a gzip bomb",
      { "grpc-encoding": "gzip" },
      message(gzipSync(Buffer.alloc(500 * 2 ** 20)), { flag: 1 }),
      "grpc 8",
    ],
    ["a time in words", { "grpc-timeout": "soon" }, message(Buffer.of(1)), "grpc 3"],
    ["a time that is over", { "grpc-timeout": "0n" }, message(Buffer.of(1)), "grpc 4"],
    ["another content", { "content-type": "application/json" }, message(Buffer.of(1)), "http 415"],
    ["gRPC for browsers", { "content-type": "application/grpc-web" }, message(Buffer.of(1)), "http 415"],
    ["GET", { ":method": "GET" }, Buffer.alloc(0), "http 415"],
    ["a method that is not there", { ":path": "/__proto__" }, message(Buffer.of(1)), "grpc 12"],
    ["a path of ten kilobytes", { ":path": `/${"a".repeat(10_000)}` }, message(Buffer.of(1)), "grpc 12"],
    [
      "a failure in half a letter",
      { ":path": "/trying.Trying/Fail" },
      message(Buffer.from("internal \ud800")),
      "grpc 13",
    ],
  ];

  it(`each of ${bad.length} bad calls gets its status, while others on the same connection go on`, async () => {
    const wrong: string[] = [];
    await amongInnocents(hosted, async () => {
      const session = connect(`http://127.0.0.1:${hosted.grpcPort}`, { maxSessionMemory: 1000 });
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          bad.map(async ([what, headers, bytes, expected]) => {
            const got = await statusOfCall(session, grpcHeaders("Echo", headers), bytes);
            if (got !== expected) wrong.push(`${what}: expected ${expected}; got ${got}`);
          }),
        );
        const good = await statusOfCall(session, grpcHeaders("Echo"), message(Buffer.from("good")));
        if (good !== "grpc 0") wrong.push(`a good call afterwards: ${good}`);
      }
      session.destroy();
    });
    expect(wrong).toEqual([]);
    await eventually(isQuiet, "nothing of it is left");
  });

  it("more calls on one connection than may be are refused, those that are under way go on", async () => {
    const few = await startHosted({ limits: { requestsPerConnection: 2 } });
    const session = connect(`http://127.0.0.1:${few.grpcPort}`);
    const hold = () => statusOfCall(session, grpcHeaders("Hold"), message(Buffer.from("400")));
    const statuses = await Promise.all(Array.from({ length: 20 }, hold));
    expect(statuses.toSorted()).toEqual([...Array(16).fill("grpc 0"), ...Array(4).fill("grpc 8")]);
    session.destroy();
    await few.stop();
  });

  it("clients that give no window for their answers are cut off", async () => {
    const patient = await startHosted({ limits: { idleTimeoutMs: 300 } });
    await amongInnocents(patient, async () => {
      const client = connection(patient.grpcPort);
      client.send(Buffer.concat([preface, settings([4, 0])]));
      const asking = message(Buffer.from("1000000"));
      for (const id of streams(50)) {
        client.send(Buffer.concat([call(id, "Large"), frame("data", flags.endStream, id, asking)]));
      }
      const reset = frame("reset", 0, 0, uint32(8)).subarray(0, 8).toString("latin1");
      // It answers no pings, either.
      const isCutOff = () => client.socket.destroyed || client.text.split(reset).length === 51;
      await eventually(isCutOff, "all are reset, or the connection is ended");
      client.socket.destroy();
    });
    expect(patient.server.gauges.lanes().read).toEqual({ running: 0, waiting: 0 });
    await patient.stop();
  });
});

function statusOfCall(
  session: ReturnType<typeof connect>,
  headers: OutgoingHttpHeaders,
  bytes: Buffer,
): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request(headers, { endStream: false });
    let status = "nothing";
    stream.on("response", (given) => {
      status = given[":status"] === 200 ? `grpc ${given["grpc-status"] ?? "?"}` : `http ${given[":status"]}`;
    });
    stream.on("trailers", (given) => {
      if (given["grpc-status"] !== undefined) status = `grpc ${given["grpc-status"]}`;
    });
    stream.on("error", (error) => {
      if (status === "nothing") status = error.message;
    });
    stream.once("close", () => resolve(status));
    stream.resume();
    stream.end(bytes);
  });
}
