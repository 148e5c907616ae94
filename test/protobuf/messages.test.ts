/** Messages given as tables: what is written is read again, and no bytes do harm. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrancaError, isFrancaError } from "../../src/errors.ts";
import { Messages } from "../../src/protobuf/messages.ts";
import type { Tables } from "../../src/protobuf/table.ts";
import { ProtobufWriter } from "../../src/protobuf/writer.ts";
import "../seed.ts";

const tables: Tables = {
  messages: {
    Id: { num: "1 one uint64", text: "2 one string", inner: "3 one Id" },
    Point: {
      id: "1 Id",
      values: "2 repeated float",
      tags: "3 map string",
      more: "4 map Id",
      color: "5 Color",
      maybe: "6 optional bool",
      count: "7 uint32",
      wide: "8 int64",
      zigzag: "9 optional sint64",
      ratio: "10 optional double",
      score: "11 optional float",
      raw: "12 optional bytes",
      indices: "13 repeated uint32",
      wides: "14 repeated uint64",
      negatives: "15 repeated int64",
      names: "16 repeated string",
      points: "17 repeated Point",
      small: "200 optional int32",
    },
  },
  enums: { Color: ["red", "green", null] },
};
const messages = new Messages(tables);

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(plain);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(plain);
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const text = fc.string({ unit: "grapheme" });
const key = fc.oneof(fc.constant("__proto__"), text);
const float = fc.float({ noDefaultInfinity: true, noNaN: true });

const { point } = fc.letrec((tie) => ({
  id: fc.oneof(
    { maxDepth: 4 },
    fc.record({ num: uint64 }),
    fc.record({ text }),
    fc.record({ inner: tie("id") }),
  ),
  point: fc.record(
    {
      id: tie("id"),
      values: fc.float32Array({ minLength: 1, noNaN: true }),
      tags: fc.dictionary(key, text, { minKeys: 1, noNullPrototype: true }),
      more: fc.dictionary(key, tie("id"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
      color: fc.constantFrom("red", "green", 7),
      maybe: fc.boolean(),
      count: uint32,
      wide: int64,
      zigzag: int64,
      ratio: fc.double({ noNaN: true }),
      score: float,
      raw: fc.uint8Array(),
      indices: fc.array(uint32, { minLength: 1 }).map((list) => Uint32Array.from(list)),
      wides: fc.array(uint64, { minLength: 1 }),
      negatives: fc.array(int64, { minLength: 1 }),
      names: fc.array(text, { minLength: 1 }),
      points: fc.array(tie("point"), { minLength: 1, maxLength: 2, depthIdentifier: "points" }),
      small: fc.integer(),
    },
    { requiredKeys: ["color", "count", "wide"] },
  ),
}));

function plain(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

describe("messages of a table", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(point, (value) => {
        expect(messages.decode("Point", messages.encode("Point", value))).toEqual(value);
      }),
    );
  });

  it("hold what protobuf takes for the value of what is not on the wire, and nothing for what may be absent", () => {
    expect(messages.decode("Point", new Uint8Array(0))).toEqual({ color: "red", count: 0, wide: 0 });
    expect(messages.encode("Point", { color: "red", count: 0, wide: 0 })).toHaveLength(0);
    expect(messages.encode("Point", { maybe: false, names: [], tags: {}, id: null })).toEqual(
      Uint8Array.of(0x30, 0),
    );
  });

  it("pass over fields that the table does not know, of every wire type", () => {
    const writer = new ProtobufWriter();
    writer.integer(100, 2n ** 64n - 1n);
    writer.double(101, 1);
    writer.float(102, 1);
    writer.text(4_000, "unknown");
    writer.integer(7, 5);
    expect(messages.decode("Point", writer.finish())).toMatchObject({ count: 5 });
  });

  it("take lists of numbers packed, one by one, and both", () => {
    const writer = new ProtobufWriter();
    writer.float(2, 1);
    writer.floats(2, Float32Array.of(2, 3));
    writer.float(2, 4);
    writer.integer(13, 1);
    writer.integers(13, [2, 300]);
    writer.integers(14, [1, 2n ** 60n]);
    writer.integer(14, 3);
    expect(messages.decode("Point", writer.finish())).toMatchObject({
      values: Float32Array.of(1, 2, 3, 4),
      indices: Uint32Array.of(1, 2, 300),
      wides: [1, 2n ** 60n, 3],
    });
  });

  it("hold the last of the fields of which one may be there", () => {
    const writer = new ProtobufWriter();
    writer.integer(1, 5);
    writer.text(2, "last");
    expect(messages.decode("Id", writer.finish())).toEqual({ text: "last" });
  });

  it("are what their shape makes of them, on both ways", () => {
    const shaped = new Messages(tables, {
      Id: {
        read: ({ num, text: name }: { num?: number; text?: string }) => num ?? name,
        write: (id: number | string) => (typeof id === "number" ? { num: id } : { text: id }),
      },
    });
    const value = { color: "green", count: 0, wide: 0, id: 7, more: { a: "x", b: 0 } };
    expect(shaped.decode("Point", shaped.encode("Point", value))).toEqual(value);
  });

  it("written in lengths of one byte and of more are the same as another writer's", () => {
    for (const length of [0, 1, 127, 128, 129, 16_383, 16_384, 2 ** 21]) {
      const inside = { text: "x".repeat(length) };
      const value = { color: "red", count: 0, wide: 0, id: { inner: { inner: inside } } };
      expect(messages.decode("Point", messages.encode("Point", value))).toEqual(value);
    }
  });

  it("are refused where a value is of another type, and where a name of an enum is none", () => {
    expect(() => messages.decode("Point", Uint8Array.of(0x0d, 0, 0, 0, 0))).toThrow(FrancaError);
    expect(() => messages.encode("Point", { color: "blue" })).toThrow(/color.*"blue"/);
  });

  it.each([
    { X: { a: "1 nothing" } },
    { X: { a: "uint64" } },
    { X: { a: "1 uint64", b: "1 string" } },
    { X: { a: "1 repeated bool" } },
  ])("are refused with a table that makes no sense: %j", (wrong) => {
    expect(() => new Messages({ messages: wrong as unknown as Tables["messages"] })).toThrow(Error);
  });
});

describe("hostile bytes", () => {
  const nested = (depth: number): Uint8Array => {
    let bytes = new Uint8Array(0);
    for (let i = 0; i < depth; i++) {
      const writer = new ProtobufWriter();
      writer.bytes(3, bytes);
      bytes = Uint8Array.from(writer.finish());
    }
    return bytes;
  };

  it("may be a hundred messages deep, and no more", () => {
    expect(messages.decode("Id", nested(100))).toBeTypeOf("object");
    expect(() => messages.decode("Id", nested(101))).toThrow(/100 deep/);
    expect(() => messages.decode("Id", nested(20_000))).toThrow(/100 deep/);
  });

  it("may not hold messages or numbers without end", () => {
    // Each "8a 01 00" is an empty message in the list 17.
    const many = new Uint8Array(3 * (2 ** 22 + 1));
    for (let i = 0; i < many.length; i += 3) many.set([0x8a, 0x01, 0], i);
    expect(() => messages.decode("Point", many)).toThrow(/more than 4194304/);
    const oneByOne = new Uint8Array(2 * (2 ** 22 + 1));
    for (let i = 0; i < oneByOne.length; i += 2) oneByOne[i] = 13 * 8;
    expect(() => messages.decode("Point", oneByOne)).toThrow(/more than 4194304/);
    const writer = new ProtobufWriter();
    writer.bytes(14, new Uint8Array(2 ** 22 + 1));
    expect(() => messages.decode("Point", writer.finish())).toThrow(/more than 4194304/);
  });

  it("whatever they are, are read or refused as invalid_argument", () => {
    const valid = point.map((value) => [...messages.encode("Point", value)]);
    const spoilt = fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), fc.nat())
      .map(([bytes, changes, cut]) => {
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        return cut % 4 === 0 ? bytes.slice(0, cut % (bytes.length + 1)) : bytes;
      });
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.array(fc.nat({ max: 255 }), { maxLength: 64 })), (bytes) => {
        try {
          messages.decode("Point", Uint8Array.from(bytes));
        } catch (error) {
          if (!isFrancaError(error, "invalid_argument")) throw error;
        }
      }),
      { numRuns: process.env.FRANCA_SLOW ? 200_000 : 4_000 },
    );
  });
});
