/** What requests of Qdrant's official client are in the words of its OpenAPI document: above all those that are older than it. */
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import * as q from "@qdrant/js-client-grpc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messages } from "../../../../src/dialects/qdrant/grpc/messages.ts";
import { FrancaError } from "../../../../src/errors.ts";
import { tableName } from "./official.ts";
import "../../../seed.ts";

function requestOf<D extends DescMessage>(schema: D, init: MessageInitShape<D>): unknown {
  return messages.decode(tableName(schema.typeName), toBinary(schema, create(schema, init)));
}

const num = (value: bigint) => ({ pointIdOptions: { case: "num" as const, value } });
const uuid = (value: string) => ({ pointIdOptions: { case: "uuid" as const, value } });
const floats = (...values: number[]) => Float32Array.from(values);
const indices = (...values: number[]) => Uint32Array.from(values);
const text = (value: string) => ({ kind: { case: "stringValue" as const, value } });

describe("a request", () => {
  it("has ids as numbers, as bigints beyond 2^53, and as text", () => {
    expect(
      requestOf(q.GetPointsSchema, {
        collectionName: "c",
        ids: [
          num(0n),
          num(2n ** 53n - 1n),
          num(2n ** 64n - 1n),
          uuid("936da01f-9abd-4d9d-80c7-02af85c822a8"),
        ],
        withPayload: { selectorOptions: { case: "enable", value: false } },
      }),
    ).toEqual({
      collection_name: "c",
      ids: [0, 2 ** 53 - 1, 2n ** 64n - 1n, "936da01f-9abd-4d9d-80c7-02af85c822a8"],
      with_payload: false,
    });
  });

  it("has vectors in each form, those given up included", () => {
    const point = (vector: MessageInitShape<typeof q.VectorSchema>) =>
      requestOf(q.PointStructSchema, {
        id: num(1n),
        vectors: { vectorsOptions: { case: "vectors", value: { vectors: { v: vector } } } },
      });
    const id = 1;
    expect(point({ data: [1, 2] })).toEqual({ id, vector: { v: floats(1, 2) } });
    expect(point({ vector: { case: "dense", value: { data: [1, 2] } } })).toEqual({
      id,
      vector: { v: floats(1, 2) },
    });
    const sparse = { indices: indices(3, 5), values: floats(1, 2) };
    expect(point({ data: [1, 2], indices: { data: [3, 5] } })).toEqual({ id, vector: { v: sparse } });
    expect(point({ vector: { case: "sparse", value: { indices: [3, 5], values: [1, 2] } } })).toEqual({
      id,
      vector: { v: sparse },
    });
    const rows = [floats(1, 2), floats(3, 4)];
    expect(point({ data: [1, 2, 3, 4], vectorsCount: 2 })).toEqual({ id, vector: { v: rows } });
    expect(
      point({ vector: { case: "multiDense", value: { vectors: [{ data: [1, 2] }, { data: [3, 4] }] } } }),
    ).toEqual({ id, vector: { v: rows } });
    expect(() => point({ data: [1, 2, 3], vectorsCount: 2 })).toThrow(
      "Validation error: invalid dense vector length for vectors count",
    );
    expect(() => point({ data: [1], vectorsCount: 0 })).toThrow("vectors count must be greater than 0");
    expect(() => point({ data: [], vectorsCount: 2 })).toThrow(/Empty multi-vector/);
    expect(() => point({ data: [1], vectorsCount: 1, indices: { data: [1] } })).toThrow(
      "`indices` and `vectors_count` cannot be both specified",
    );
    expect(requestOf(q.PointStructSchema, { id: num(1n) })).toEqual({ id, vector: {} });
    const document = { text: "hello", model: "m", options: { a: text("b") } };
    expect(point({ vector: { case: "document", value: document } })).toEqual({
      id,
      vector: { v: { text: "hello", model: "m", options: { a: "b" } } },
    });
  });

  it("has payloads of every kind of JSON", () => {
    const value = (kind: MessageInitShape<typeof q.ValueSchema>["kind"]) => ({ kind: kind! });
    const payload = {
      null: value({ case: "nullValue", value: 0 }),
      none: {},
      half: value({ case: "doubleValue", value: 0.5 }),
      big: value({ case: "integerValue", value: -(2n ** 60n) }),
      small: value({ case: "integerValue", value: -3n }),
      text: text("𝄞"),
      yes: value({ case: "boolValue", value: true }),
      struct: value({ case: "structValue", value: { fields: { a: text("b"), ["__proto__"]: text("c") } } }),
      list: value({
        case: "listValue",
        value: { values: [text("x"), value({ case: "listValue", value: {} })] },
      }),
    };
    expect(
      requestOf(q.SetPayloadPointsSchema, {
        collectionName: "c",
        wait: false,
        payload,
        key: "a.b",
        pointsSelector: { pointsSelectorOneOf: { case: "points", value: { ids: [num(1n)] } } },
      }),
    ).toEqual({
      collection_name: "c",
      wait: false,
      key: "a.b",
      points: [1],
      payload: {
        null: null,
        none: null,
        half: 0.5,
        big: -(2n ** 60n),
        small: -3,
        text: "𝄞",
        yes: true,
        struct: JSON.parse('{"a":"b","__proto__":"c"}'),
        list: ["x", []],
      },
    });
  });

  it("of a search has its vector and its name together", () => {
    const search = (init: MessageInitShape<typeof q.SearchPointsSchema>) =>
      requestOf(q.SearchPointsSchema, { collectionName: "c", limit: 3n, ...init });
    expect(search({ vector: [1, 2] })).toEqual({ collection_name: "c", limit: 3, vector: floats(1, 2) });
    expect(search({ vector: [1, 2], vectorName: "v" })).toMatchObject({
      vector: { name: "v", vector: floats(1, 2) },
    });
    expect(search({ vector: [1, 2], vectorName: "v", sparseIndices: { data: [7, 9] } })).toMatchObject({
      vector: { name: "v", vector: { indices: indices(7, 9), values: floats(1, 2) } },
    });
    expect(() => search({ vector: [1, 2], sparseIndices: { data: [7, 9] } })).toThrow(/must have a name/);
    for (const data of [[7], [7, 7]])
      expect(() => search({ vector: [1, 2], vectorName: "v", sparseIndices: { data } })).toThrow(
        "Sparse indices does not match sparse vector conditions",
      );
    expect(
      requestOf(q.SearchBatchPointsSchema, { searchPoints: [{ vector: [1], limit: 1n }] }),
    ).toMatchObject({ searches: [{ vector: floats(1), limit: 1 }] });
  });

  it("of a recommendation has ids and vectors together", () => {
    expect(
      requestOf(q.RecommendPointsSchema, {
        positive: [num(1n)],
        positiveVectors: [{ data: [1, 2] }],
        negativeVectors: [{ vector: { case: "dense", value: { data: [3, 4] } } }],
        strategy: q.RecommendStrategy.BestScore,
        lookupFrom: { collectionName: "other", vectorName: "v" },
        limit: 1n,
      }),
    ).toEqual({
      collection_name: "",
      positive: [1, floats(1, 2)],
      negative: [floats(3, 4)],
      strategy: "best_score",
      lookup_from: { collection: "other", vector: "v" },
      limit: 1,
    });
  });

  it("of a discovery has a target and pairs", () => {
    const id = (value: bigint) => ({ example: { case: "id" as const, value: num(value) } });
    expect(
      requestOf(q.DiscoverPointsSchema, {
        target: { target: { case: "single", value: { example: { case: "vector", value: { data: [1] } } } } },
        context: [{ positive: id(1n), negative: id(2n) }],
        limit: 1n,
      }),
    ).toMatchObject({ target: floats(1), context: [{ positive: 1, negative: 2 }] });
    expect(() => requestOf(q.DiscoverPointsSchema, { context: [{ positive: id(1n) }] })).toThrow(
      /ContextPair negative is missing/,
    );
  });

  it("of a batch has the operations given up as those that came after", () => {
    const selector = {
      pointsSelectorOneOf: { case: "points" as const, value: { ids: [num(1n)] } },
    };
    expect(
      requestOf(q.UpdateBatchPointsSchema, {
        operations: [
          { operation: { case: "deleteDeprecated", value: selector } },
          { operation: { case: "clearPayloadDeprecated", value: selector } },
          { operation: { case: "deletePoints", value: { points: selector } } },
          {
            operation: {
              case: "deleteVectors",
              value: { pointsSelector: selector, vectors: { names: ["v"] } },
            },
          },
        ],
      }),
    ).toEqual({
      collection_name: "",
      operations: [
        { delete: { points: [1] } },
        { clear_payload: { points: [1] } },
        { delete: { points: [1] } },
        { delete_vectors: { points: [1], vector: ["v"] } },
      ],
    });
  });

  it("has times to the nanosecond", () => {
    const range = (seconds: bigint, nanos: number) =>
      requestOf(q.FieldConditionSchema, { key: "t", datetimeRange: { gte: { seconds, nanos } } });
    expect(range(0n, 0)).toEqual({ key: "t", range: { gte: "1970-01-01T00:00:00Z" } });
    expect(range(1_700_000_000n, 120_000_001)).toEqual({
      key: "t",
      range: { gte: "2023-11-14T22:13:20.120000001Z" },
    });
    expect(range(-1n, 500_000_000)).toEqual({ key: "t", range: { gte: "1969-12-31T23:59:59.5Z" } });
    expect(() => range(2n ** 62n, 0)).toThrow(/Unable to parse timestamp/);
  });

  it("leaves out conditions that say nothing", () => {
    expect(requestOf(q.CountPointsSchema, { filter: { must: [{}], should: [{}] } })).toMatchObject({
      filter: { must: [], should: [] },
    });
  });

  it.each([
    ["an id without a kind", q.GetPointsSchema, { ids: [{}] }, "No ID options provided"],
    ["a point without an id", q.PointStructSchema, {}, "Empty ID is not allowed"],
    ["a selection of nothing", q.DeletePointsSchema, {}, "PointSelector is missing"],
    ["a payload for nobody", q.SetPayloadPointsSchema, {}, "points_selector is expected"],
    ["a query of no kind", q.QueryPointsSchema, { query: {} }, "Query variant is missing"],
    ["a vector of no kind", q.VectorInputSchema, {}, "VectorInput variant is missing"],
    ["a match of nothing", q.FieldConditionSchema, { key: "a", match: {} }, "Malformed Match condition"],
    [
      "not a number",
      q.ValueSchema,
      { kind: { case: "doubleValue", value: Number.NaN } },
      "cannot convert to json number",
    ],
  ] as [string, DescMessage, object, string][])(
    "is refused for %s, as Qdrant says it",
    (_, schema, init, words) => {
      const refused = () => requestOf(schema, init as MessageInitShape<DescMessage>);
      expect(refused).toThrow(FrancaError);
      expect(refused).toThrow(words);
    },
  );
});

describe("an answer", () => {
  it("has points with every kind of payload, vector and order", () => {
    const result = [
      {
        id: 2n ** 64n - 1n,
        version: 3,
        score: 0.5,
        payload: { a: null, b: [1, -2.5, "x", { c: false }], big: 2 ** 53 - 1, minus: -0 },
        vector: { v: floats(1, 2), "": [floats(3)], s: { indices: [1, 2 ** 31], values: floats(4, 5) } },
        order_value: 7,
        shard_key: "k",
      },
      { id: "u", version: 0, score: 0, vector: floats(1), order_value: 0.25, shard_key: 5 },
    ];
    const bytes = messages.encode("QueryResponse", { result, time: 0.125 });
    const read = fromBinary(q.QueryResponseSchema, bytes);
    const kind = (value: string, of: unknown) => ({ kind: { case: value, value: of } });
    expect(read).toMatchObject({
      time: 0.125,
      result: [
        {
          id: num(2n ** 64n - 1n),
          version: 3n,
          score: 0.5,
          payload: {
            a: kind("nullValue", 0),
            b: kind("listValue", {
              values: [
                kind("integerValue", 1n),
                kind("doubleValue", -2.5),
                text("x"),
                kind("structValue", { fields: { c: kind("boolValue", false) } }),
              ],
            }),
            big: kind("integerValue", 2n ** 53n - 1n),
            minus: kind("doubleValue", -0),
          },
          orderValue: { variant: { case: "int", value: 7n } },
          shardKey: { key: { case: "keyword", value: "k" } },
        },
        {
          id: uuid("u"),
          orderValue: { variant: { case: "float", value: 0.25 } },
          shardKey: { key: { case: "number", value: 5n } },
        },
      ],
    });
    const named = read.result[0]!.vectors!.vectorsOptions.value as q.NamedVectorsOutput;
    expect(q.toDenseVector(named.vectors.v!)?.data).toEqual([1, 2]);
    expect(q.toMultiDenseVector(named.vectors[""]!)?.vectors).toMatchObject([{ data: [3] }]);
    expect(q.toSparseVector(named.vectors.s!)).toMatchObject({ indices: [1, 2 ** 31], values: [4, 5] });
    const unnamed = read.result[1]!.vectors!.vectorsOptions.value as q.VectorOutput;
    expect(q.toDenseVector(unnamed)?.data).toEqual([1]);
  });

  it("has payloads as they are, whatever JSON they hold", () => {
    const payloads = fc.dictionary(fc.oneof(fc.constant("__proto__"), fc.string()), fc.jsonValue(), {
      noNullPrototype: true,
      minKeys: 1,
    });
    fc.assert(
      fc.property(payloads, (payload) => {
        const bytes = messages.encode("RetrievedPoint", { id: 1, payload });
        expect(messages.decode("RetrievedPoint", bytes)).toEqual({ id: 1, payload });
      }),
    );
  });

  it("has groups, facets and times of every kind", () => {
    const groups = [
      { id: "a", hits: [], lookup: { id: 1 } },
      { id: 5, hits: [] },
      { id: -5, hits: [] },
    ];
    const grouped = messages.encode("QueryGroupsResponse", { result: { groups } });
    expect(fromBinary(q.QueryGroupsResponseSchema, grouped).result?.groups).toMatchObject([
      { id: { kind: { case: "stringValue", value: "a" } }, lookup: { id: num(1n) } },
      { id: { kind: { case: "unsignedValue", value: 5n } } },
      { id: { kind: { case: "integerValue", value: -5n } } },
    ]);
    const hits = ["x", -1, false].map((value) => ({ value, count: 2 }));
    expect(fromBinary(q.FacetResponseSchema, messages.encode("FacetResponse", { hits })).hits).toMatchObject([
      { value: { variant: { case: "stringValue", value: "x" } }, count: 2n },
      { value: { variant: { case: "integerValue", value: -1n } }, count: 2n },
      { value: { variant: { case: "boolValue", value: false } }, count: 2n },
    ]);
    const snapshot = { name: "s", creation_time: "2023-11-14T22:13:20.12", size: 5 };
    const listed = messages.encode("ListSnapshotsResponse", { snapshot_descriptions: [snapshot] });
    expect(fromBinary(q.ListSnapshotsResponseSchema, listed).snapshotDescriptions).toMatchObject([
      { name: "s", size: 5n, creationTime: { seconds: 1_700_000_000n, nanos: 120_000_000 } },
    ]);
  });
});
