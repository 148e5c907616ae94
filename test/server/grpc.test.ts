/** A dialect's gRPC port, asked by gRPC's own client. */
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FrancaError } from "../../src/errors.ts";
import { type Hosted, startHosted } from "./hosted.ts";
import { eventually } from "./raw.ts";

const asIs = (bytes: Buffer): Buffer => bytes;

interface CallOptions {
  metadata?: { [name: string]: string };
  timeoutMs?: number;
}

function unary(client: Client, method: string, message: string | Uint8Array, options: CallOptions = {}) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
  const deadline = options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs };
  return new Promise<Buffer>((resolve, reject) => {
    const done = (error: ServiceError | null, value?: Buffer): void =>
      error === null ? resolve(value!) : reject(error);
    client.makeUnaryRequest(method, asIs, asIs, Buffer.from(message), metadata, deadline, done);
  });
}

describe("a dialect's gRPC port", () => {
  let hosted: Hosted;
  let client: Client;
  beforeAll(async () => {
    hosted = await startHosted({ limits: { bodyBytes: 2 ** 20, replyBytes: 2 ** 20 } });
    client = new Client(hosted.server.grpcAddresses.trying!, credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
    });
  });
  afterAll(async () => {
    client.close();
    await hosted.stop();
  });
  const call = (method: string, message: string | Uint8Array, options?: CallOptions) =>
    unary(client, `/trying.Trying/${method}`, message, options);

  it("takes and gives messages of any length within the limit", async () => {
    for (const length of [0, 1, 5, 16_384, 100_000, 2 ** 20]) {
      const message = Buffer.alloc(length, length % 251);
      expect((await call("Echo", message)).equals(message)).toBe(true);
    }
  });

  it("answers many calls on one connection at once", async () => {
    const messages = Array.from({ length: 500 }, (_, i) => `message ${i}`);
    const answers = await Promise.all(messages.map((message) => call("Echo", message)));
    expect(answers.map(String)).toEqual(messages);
  });

  it("refuses what is larger", async () => {
    await expect(call("Echo", Buffer.alloc(2 ** 20 + 1))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining("1048576 bytes"),
    });
    await expect(call("Large", String(2 ** 20 + 1))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });

  it("reads messages that gzip made small, but not those that it made small enough", async () => {
    const zipping = new Client(hosted.server.grpcAddresses.trying!, credentials.createInsecure(), {
      "grpc.default_compression_algorithm": 2,
    });
    const echo = (message: Buffer) => unary(zipping, "/trying.Trying/Echo", message);
    expect((await echo(Buffer.alloc(100_000, 1))).equals(Buffer.alloc(100_000, 1))).toBe(true);
    await expect(echo(Buffer.alloc(2 ** 20 + 1))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    zipping.close();
  });

  it("gives handlers the metadata", async () => {
    expect(String(await call("Header", "x-color", { metadata: { "x-color": "red" } }))).toBe("red");
  });

  it("says failures by gRPC's status, with a message in any language", async () => {
    for (const code of [
      "not_found",
      "already_exists",
      "unauthenticated",
      "unavailable",
      "data_loss",
    ] as const) {
      const expected = status[code.toUpperCase() as "NOT_FOUND"];
      await expect(call("Fail", `${code} 100 % 日本 \n "it"`)).rejects.toMatchObject({
        code: expected,
        details: '100 % 日本 \n "it"',
      });
    }
    await expect(call("Fail", `internal ${"long ".repeat(10_000)}`)).rejects.toMatchObject({
      code: status.INTERNAL,
    });
    await expect(call("Missing", "")).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it("ends a call whose time is over, and the handler's signal says why", async () => {
    await expect(call("Hold", "60000", { timeoutMs: 50 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    await eventually(() => hosted.seen.holding === 0, "the handler noticed");
  });

  it("ends a call that asks for more time than there may be", async () => {
    const brief = await startHosted({ limits: { deadlineMs: 20, maxDeadlineMs: 40 } });
    const asker = new Client(brief.server.grpcAddresses.trying!, credentials.createInsecure());
    for (const timeoutMs of [undefined, 60_000]) {
      await expect(
        unary(asker, "/trying.Trying/Hold", "60000", timeoutMs === undefined ? {} : { timeoutMs }),
      ).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    }
    expect(brief.seen.reasons).toEqual([
      expect.objectContaining({ code: "deadline_exceeded" }),
      expect.objectContaining({ code: "deadline_exceeded" }),
    ]);
    asker.close();
    await brief.stop();
  });

  it("stops a handler whose client has cancelled", async () => {
    const before = hosted.seen.reasons.length;
    const running = client.makeUnaryRequest(
      "/trying.Trying/Hold",
      asIs,
      asIs,
      Buffer.from("60000"),
      () => {},
    );
    await eventually(() => hosted.seen.holding === 1, "the handler began");
    running.cancel();
    await eventually(() => hosted.seen.holding === 0, "the handler noticed");
    expect(hosted.seen.reasons.slice(before)).toEqual([expect.objectContaining({ code: "cancelled" })]);
  });

  it("streams in both directions, to the end or to a failure", async () => {
    const chat = async (words: string[]) => {
      const stream = client.makeBidiStreamRequest("/trying.Trying/Chat", asIs, asIs);
      const said: string[] = [];
      const ended = new Promise<number>((resolve) => {
        stream.on("status", ({ code }) => resolve(code));
        stream.on("error", () => {});
      });
      stream.on("data", (message: Buffer) => said.push(String(message)));
      for (const word of words) stream.write(Buffer.from(word));
      stream.end();
      return { code: await ended, said };
    };
    expect(await chat(["a", "b"])).toEqual({ code: status.OK, said: ["you said a", "you said b"] });
    expect(await chat([])).toEqual({ code: status.OK, said: [] });
    expect(await chat(["a", "fail", "b"])).toEqual({ code: status.ABORTED, said: ["you said a"] });
    expect(hosted.server.gauges.lanes().write).toEqual({ running: 0, waiting: 0 });
  });

  it("stops the handler of a stream that works, and waits for no message, when its client cancels", async () => {
    const before = hosted.seen.reasons.length;
    const stream = client.makeBidiStreamRequest("/trying.Trying/Chat", asIs, asIs, {
      deadline: Date.now() + 60_000,
    });
    const ended = new Promise<number>((resolve) => {
      stream.on("status", ({ code }) => resolve(code));
      stream.on("error", () => {});
    });
    stream.write(Buffer.from("hold"));
    stream.on("data", () => {});
    await eventually(() => hosted.seen.holding === 1, "the handler works");
    stream.cancel();
    expect(await ended).toBe(status.CANCELLED);
    await eventually(() => hosted.seen.holding === 0, "the handler noticed");
    expect(hosted.seen.reasons.slice(before)).toEqual([expect.objectContaining({ code: "cancelled" })]);
    await eventually(() => hosted.server.gauges.lanes().write.running === 0, "no place is held");
  });

  it("keeps no place for a stream that is silent", async () => {
    const streams = Array.from({ length: 40 }, () =>
      client.makeBidiStreamRequest("/trying.Trying/Chat", asIs, asIs),
    );
    const answers = streams.map((stream) => new Promise((resolve) => stream.once("data", resolve)));
    for (const stream of streams) {
      stream.on("error", () => {});
      stream.write(Buffer.from("hello"));
    }
    await Promise.all(answers);
    await eventually(() => hosted.server.gauges.lanes().write.running === 0, "no place is held");
    for (const stream of streams) stream.cancel();
  });

  it("answers questions after its health, one by one and as a watch", async () => {
    expect([...(await unary(client, "/grpc.health.v1.Health/Check", ""))]).toEqual([8, 1]);
    const watch = client.makeServerStreamRequest("/grpc.health.v1.Health/Watch", asIs, asIs, Buffer.alloc(0));
    watch.on("error", () => {});
    expect([...((await new Promise((resolve) => watch.once("data", resolve))) as Buffer)]).toEqual([8, 1]);
    watch.cancel();
  });

  it("asks the same guard as REST does", async () => {
    const guarded = await startHosted({
      guard: {
        admit({ dialect, access, header }) {
          if (dialect.credentials(header) !== "sesame")
            throw new FrancaError("unauthenticated", "show a key");
          if (access === "write") throw new FrancaError("permission_denied", "only reading");
          return { name: "ali", store: guarded.store };
        },
      },
    });
    const asker = new Client(guarded.server.grpcAddresses.trying!, credentials.createInsecure());
    const metadata = { "api-key": "sesame" };
    await expect(unary(asker, "/trying.Trying/Echo", "")).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
    expect(String(await unary(asker, "/trying.Trying/Echo", "hi", { metadata }))).toBe("hi");
    await expect(unary(asker, "/trying.Trying/HoldWrite", "1", { metadata })).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
    });
    expect([...(await unary(asker, "/grpc.health.v1.Health/Check", ""))]).toEqual([8, 1]);
    asker.close();
    await guarded.stop();
  });
});
