/** Protobuf's wire format: what is written is read again, and no bytes do harm. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDelete, readGet, readQuery, readUpsert } from "../../src/dialects/franca/grpc/read.ts";
import { isFrancaError } from "../../src/errors.ts";
import { ProtobufReader } from "../../src/protobuf/reader.ts";
import { ProtobufWriter } from "../../src/protobuf/writer.ts";
import "../seed.ts";

/** Long integers come in no message here. */
const json = { json: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) };

describe("protobuf", () => {
  it("every kind of value comes back as it was written, unknown fields between or not", () => {
    const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
    const floats = fc.float32Array({ noNaN: true });
    fc.assert(
      fc.property(
        wide,
        fc.double(),
        fc.string(),
        floats,
        fc.uint8Array(),
        fc.boolean(),
        (integer, double, text, values, bytes, hasUnknown) => {
          const writer = new ProtobufWriter();
          const unsigned = BigInt.asUintN(64, integer);
          const signed = BigInt.asIntN(64, integer);
          writer.integer(1, unsigned);
          if (hasUnknown) writer.message(1000, (inside) => inside.text(3, "x"));
          writer.integer(2, signed);
          writer.signed(3, signed);
          writer.double(4, double);
          if (hasUnknown) writer.double(99, 1);
          writer.text(5, text);
          writer.floats(6, values);
          writer.message(7, (inside) => inside.bytes(1, bytes));
          const reader = new ProtobufReader(writer.finish());
          const read: unknown[] = [];
          for (let field = reader.next(); field !== 0; field = reader.next()) {
            if (field === 1) read.push(BigInt(reader.unsigned()));
            else if (field === 2) read.push(BigInt(reader.integer()));
            else if (field === 3) read.push(BigInt(reader.signed()));
            else if (field === 4) read.push(reader.double());
            else if (field === 5) read.push(reader.text());
            else if (field === 6) read.push(reader.floats());
            else if (field === 7) {
              const inside = reader.message();
              expect(inside.next()).toBe(1);
              read.push(Uint8Array.from(inside.bytes()));
              expect(inside.next()).toBe(0);
            } else reader.skip();
          }
          expect(read).toEqual([unsigned, signed, signed, double, text.toWellFormed(), values, bytes]);
        },
      ),
    );
  });

  it("floats may come one by one, a million of them in no more than a moment's work", async () => {
    const count = 1_000_000;
    const bytes = new Uint8Array(5 * count);
    for (let i = 0; i < count; i++) bytes.set([0x15, 0, 0, 0x80, 0x3f], 5 * i);
    const { query } = await readQuery(bytes, json);
    expect(query.nearest).toHaveLength(count);
    expect(new Set(query.nearest as Float32Array)).toEqual(new Set([1]));
  });

  it("whatever the bytes are, they are read or refused as invalid_argument", async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom(
        [0x0a, 3, 97, 98, 99],
        [0x12, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0],
        [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        [0x2a, 2, 123, 125],
        [0x22, 2, 8, 1],
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const bytes = Uint8Array.from(pieces.flatMap((one) => [...one]));
        for (const read of [readUpsert, readQuery, readGet, readDelete]) {
          try {
            await read(bytes, json);
          } catch (error) {
            if (!isFrancaError(error, "invalid_argument")) throw error;
          }
        }
      }),
      { numRuns: 5000 },
    );
  });
});
