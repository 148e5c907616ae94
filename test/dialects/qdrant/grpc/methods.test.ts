/** Qdrant's gRPC methods, asked whatever there is to ask: they answer or refuse, and nothing else. */
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  CountPointsSchema,
  CreateFieldIndexCollectionSchema,
  SearchBatchPointsSchema,
  UpdateBatchPointsSchema,
} from "@qdrant/js-client-grpc";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GrpcRequest, UnaryMethod } from "../../../../src/dialect.ts";
import { methodsWith, services } from "../../../../src/dialects/qdrant/grpc/methods.ts";
import { recommendation, recommendations } from "../../../../src/dialects/qdrant/grpc/without-limit.ts";
import { withUsualParts } from "../../../../src/dialects/qdrant/parts.ts";
import { FrancaError, isFrancaError } from "../../../../src/errors.ts";
import { type EngineStore, open } from "../../../../src/index.ts";
import type { Store } from "../../../../src/store.ts";
import { descriptors, randomFrom, randomMessage } from "./official.ts";
import "../../../seed.ts";

const methods = methodsWith(withUsualParts({}));

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
      json: () => {
        throw new Error("there is no JSON inside of Qdrant's messages");
      },
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

  it.each([
    [
      "Points/Count",
      CountPointsSchema,
      {},
      'collection_name: value "" invalid, must be from 1 to 255 characters',
    ],
    [
      "Points/SearchBatch",
      SearchBatchPointsSchema,
      { collectionName: "c", searchPoints: [{ vector: [1, 2], limit: 1n }] },
      'search_points[0].collection_name: value "" invalid',
    ],
    ["Points/UpdateBatch", UpdateBatchPointsSchema, { collectionName: "c" }, "operations: value [] invalid"],
    [
      "Points/CreateFieldIndex",
      CreateFieldIndexCollectionSchema,
      { collectionName: "c" },
      "field_name: value",
    ],
  ] as [string, DescMessage, object, string][])(
    "%s is refused as Qdrant's gRPC refuses it",
    async (name, schema, init, words) => {
      const bytes = toBinary(schema, create(schema, init as MessageInitShape<DescMessage>));
      const method = methods[`/qdrant.${name}`] as UnaryMethod;
      await expect(method.handle(bytes, call)).rejects.toThrow(words);
    },
  );

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

describe("a recommendation without a limit", () => {
  const found = [{ id: 1 }];
  const params = {};
  const context = { signal: new AbortController().signal, ...withUsualParts({}) };

  it("finds nothing, alone and in a batch, and whatever else is wrong with it is told", async () => {
    const one = recommendation((_store, _params, request) => {
      const { limit, positive } = request as { limit: number; positive?: unknown };
      expect(limit).toBeGreaterThan(0);
      if (positive === undefined) throw new FrancaError("invalid_argument", "no examples");
      return found;
    });
    const store = {} as Store;
    expect(await one(store, params, { positive: [1], limit: 0 }, context)).toEqual([]);
    expect(await one(store, params, { positive: [1], limit: 3 }, context)).toEqual(found);
    await expect(one(store, params, { limit: 0 }, context)).rejects.toThrow("no examples");
    const batch = recommendations((_store, _params, request) =>
      (request as { searches: unknown[] }).searches.map(() => found),
    );
    const searches = [{ limit: 0 }, { limit: 1 }, {}];
    expect(await batch(store, params, { searches }, context)).toEqual([[], found, []]);
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
