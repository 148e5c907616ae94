/** Qdrant's gRPC methods, asked whatever there is to ask: they answer or refuse, and nothing else. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountPointsSchema } from "@qdrant/js-client-grpc";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GrpcRequest, UnaryMethod } from "../../../../src/dialect.ts";
import { methods, services } from "../../../../src/dialects/qdrant/grpc/methods.ts";
import { isFrancaError } from "../../../../src/errors.ts";
import { type EngineStore, open } from "../../../../src/index.ts";
import { descriptors, randomFrom, randomMessage } from "./official.ts";
import "../../../seed.ts";

/** How many: some seconds' worth every day. */
const numRuns = process.env.FRANCA_SLOW ? 50_000 : 1_500;

const all = Object.entries(services).flatMap(([service, rows]) =>
  rows.map(([method, , , , request, reply]) => ({
    method: methods[`/qdrant.${service}/${method}`] as UnaryMethod,
    name: `${service}/${method}`,
    request: descriptors.get(request)!,
    reply: descriptors.get(reply)!,
  })),
);

describe("every method", () => {
  let store: EngineStore;
  let call: GrpcRequest;
  let answers = 0;
  /** Times. */
  const given: number[] = [];
  beforeAll(async () => {
    store = await open(":memory:");
    call = {
      store,
      header: () => undefined,
      signal: new AbortController().signal,
      limitTime: (ms) => given.push(ms),
    };
    await store.create("c", {
      vectors: { vector: { dimension: 2, metric: "dot" } },
      payload: { city: { type: "keyword" } },
    });
    await store
      .collection("c")
      .then((collection) =>
        collection.upsert(
          [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { city: `${id % 2}`, a: [{ b: id }] } })),
        ),
      );
  });
  afterAll(() => store.close());

  const answered = async (
    { method, reply, name }: (typeof all)[number],
    bytes: Uint8Array,
  ): Promise<void> => {
    let answer: Uint8Array;
    try {
      answer = await method.handle(bytes, call);
    } catch (error) {
      if (!isFrancaError(error) || error.code === "internal") throw new Error(name, { cause: error });
      return;
    }
    fromBinary(reply, answer);
    answers++;
  };

  it("answers or refuses any message that the official client can write", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.integer(), (one, from) =>
        answered(one, bytesFor(one, from)),
      ),
      { numRuns },
    );
    expect(answers).toBeGreaterThan(numRuns / 20);
  });

  it("answers or refuses any bytes", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.integer(),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        (one, from, changes) => {
          const bytes = bytesFor(one, from);
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          return answered(one, bytes);
        },
      ),
      { numRuns },
    );
  });

  it("asks for the time that its message gives it, and is refused where that is none", async () => {
    const count = (timeout: bigint) =>
      toBinary(CountPointsSchema, create(CountPointsSchema, { collectionName: "c", timeout }));
    const method = methods["/qdrant.Points/Count"] as UnaryMethod;
    given.length = 0;
    await expect(method.handle(count(0n), call)).rejects.toThrow(/timeout: value 0 invalid/);
    await method.handle(count(7n), call);
    expect(given).toEqual([7_000]);
  });
});

/** A random message about the collection that is there, which nobody deletes. */
function bytesFor({ name, request }: (typeof all)[number], from: number): Uint8Array {
  const random = randomFrom(from);
  const message = randomMessage(request, random) as { [name: string]: unknown };
  if (request.fields.some(({ localName }) => localName === "collectionName"))
    message.collectionName = name !== "Collections/Delete" && random() < 0.9 ? "c" : "none";
  return toBinary(request, message as never);
}
