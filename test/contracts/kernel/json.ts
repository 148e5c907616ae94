/** Bodies of JSON: the same values, and the same refusals, as JavaScript's own parser, with the vectors taken out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonKeys, Kernel } from "../../../src/engine/kernel.ts";
import type { FrancaError } from "../../../src/errors.ts";
import "../../seed.ts";
import { readPlainly } from "./json-oracle.ts";

const keys: JsonKeys = { vectors: ["vector", "vectors", "v é"], except: ["payload", "indices"] };
const utf8 = new TextEncoder();

export function jsonLaws(kernel: Kernel): void {
  const read = (text: string, of: JsonKeys = keys) => kernel.readJson(utf8.encode(text), of);
  const floats = (numbers: readonly string[]) =>
    read(`{"vector":[${numbers.join(",")}]}`) as { vector: Float32Array };
  const refusal = (text: string | Uint8Array): string => {
    try {
      kernel.readJson(typeof text === "string" ? utf8.encode(text) : text, keys);
    } catch (error) {
      return `${(error as FrancaError).code}: ${(error as Error).message}`;
    }
    throw new Error("it was not refused");
  };

  describe("JSON", () => {
    it("lists of numbers are float32 below the keys of vectors, and stay lists below others and below exceptions", () => {
      expect(
        read(
          `{"points":[{"id":1,"vector":[1,-0,2.5e-1],"payload":{"vector":[1,2]}},
           {"id":2,"vectors":{"a":[1],"many":[[1,2],[3,4]],"sparse":{"indices":[1,2],"values":[0.5]},"none":[],"mixed":[1,"x",[2]]}}],
           "other":[1,2]}`,
        ),
      ).toEqual({
        points: [
          { id: 1, vector: Float32Array.of(1, -0, 0.25), payload: { vector: [1, 2] } },
          {
            id: 2,
            vectors: {
              a: Float32Array.of(1),
              many: [Float32Array.of(1, 2), Float32Array.of(3, 4)],
              sparse: { indices: [1, 2], values: Float32Array.of(0.5) },
              none: [],
              mixed: [1, "x", Float32Array.of(2)],
            },
          },
        ],
        other: [1, 2],
      });
    });

    it("integers beyond 2^53 are bigints, to the last digit", () => {
      expect(
        read(
          '[9007199254740991,9007199254740992,-9007199254740992,18446744073709551615,1e20,-0,{"a":{"b":12345678901234567890}}]',
        ),
      ).toEqual([
        9007199254740991,
        9007199254740992n,
        -9007199254740992n,
        18446744073709551615n,
        1e20,
        -0,
        { a: { b: 12345678901234567890n } },
      ]);
      expect(read("18446744073709551615")).toBe(18446744073709551615n);
    });

    it("a key that comes twice has its last value, whatever the first one held", () => {
      const texts = [
        '{"vector":[1],"vector":[2]}',
        '{"vector":[1],"vector":"\\u00010"}',
        '{"vector":[1],"vector":7}',
        '{"vector":"x","vector":[3]}',
        '{"vectors":{"a":[1]},"vectors":{"b":[2]}}',
        '{"vectors":{"0":[1]},"vectors":["\\u00010",[2]]}',
        '{"vectors":{"a":[1]},"vectors":null}',
        '{"__proto__":{"vector":[1,2]},"vector":[3],"constructor":{"vector":[4]}}',
        '{"vectors":{"constructor":{"name":[1]},"__proto__":{"x":[5]}},"vectors":{}}',
        '{"a":99999999999999999999,"a":"\\u00010"}',
      ];
      for (const text of texts) expect(read(text)).toEqual(readPlainly(utf8.encode(text), keys));
    });

    it("strings that look like placeholders are what they are", () => {
      const text = JSON.stringify({
        a: "\u00010",
        b: ["\u0001", "\u0001l0", "\u00011"],
        vector: ["\u00010"],
        "\u00010": "\u00012",
      });
      expect(read(`{"x":${text},"vector":[1,2]}`)).toEqual({
        x: JSON.parse(text),
        vector: Float32Array.of(1, 2),
      });
    });

    it("a key is known by its characters, however they are written", () => {
      const text =
        '{"vec\\u0074or":[1],"v \\u00e9":[2],"v é":[3],"p\\u0061yload":{"vector":[4]},"vecto":[5]}';
      expect(read(text)).toEqual(readPlainly(utf8.encode(text), keys));
    });

    it("numbers of vectors are what Float32Array.from(JSON.parse()) makes of them, bit for bit", () => {
      const mostDigits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,2})?$/);
      const fromBits = fc.tuple(fc.integer(), fc.integer()).map(([low, high]) => {
        const value = new Float64Array(Int32Array.of(low, high).buffer)[0]!;
        return Number.isFinite(value) ? String(value) : "0";
      });
      // Halfway between two floats, exactly or nearly.
      const halfway = fc
        .tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 }))
        .map(([float, off]) => {
          const view = new DataView(new ArrayBuffer(8));
          view.setFloat64(0, float);
          view.setBigUint64(0, view.getBigUint64(0) + (1n << 28n) + BigInt(off));
          const double = view.getFloat64(0);
          return Number.isFinite(double) ? double.toPrecision(1 + (Math.abs(off) + 1) * 16) : "1";
        });
      const usual = fc.float({ noNaN: true, noDefaultInfinity: true }).map(String);
      const number = fc.oneof(
        mostDigits,
        fromBits,
        halfway,
        usual,
        fc.double({ min: -1, max: 1, noNaN: true }).map(String),
      );
      fc.assert(
        fc.property(fc.array(number, { minLength: 1, maxLength: 200 }), (numbers) => {
          const kept = numbers.filter((text) => Number.isFinite(Math.fround(JSON.parse(text))));
          if (kept.length === 0) return;
          const expected = Float32Array.from(JSON.parse(`[${kept.join(",")}]`));
          expect(new Uint32Array(floats(kept).vector.buffer, 0, kept.length)).toEqual(
            new Uint32Array(expected.buffer),
          );
        }),
        { numRuns: 300 },
      );
    });

    it("numbers at the edges of float32, of doubles and of digits are rounded alike", () => {
      const zeros = "0".repeat(400);
      const edges = [
        "3.4028234663852886e38",
        "3.4028235677973362e38",
        "1.1754943508222875e-38",
        "1.1754942807573643e-38",
        "1.401298464324817e-45",
        "7.006492321624085e-46",
        "7.0064923216240853546186479164495806564013097093825788587853e-46",
        "7.0064923216240854e-46",
        "1e-46",
        "4.9e-324",
        "1e-400",
        `0.${zeros}1`,
        `1${"0".repeat(38)}`,
        `1.${zeros}1`,
        `0.${zeros}1e401`,
        "16777217",
        "16777219",
        "16777217.0000000000000000000000001",
        "9007199254740993",
        "-0",
        "-0.0",
        "0e99999999999999999999",
        "-0e-1",
        "1E+5",
        "1e-22",
        "1e-23",
        "1e-44",
        "1e-45",
        "123456789012345678901234567890",
        "0.1",
        "0.30000000000000004",
        "2.2250738585072011e-308",
        "1e00000000000000000000001",
      ];
      const expected = Float32Array.from(JSON.parse(`[${edges.join(",")}]`));
      expect(Array.from(floats(edges).vector)).toEqual(Array.from(expected));
    });

    it("a number of a vector beyond float32 is refused, with its place; elsewhere it is JavaScript's", () => {
      for (const number of ["1e39", "-3.4028235677973366e38", "1e400", `9${"0".repeat(400)}`]) {
        expect(refusal(`{"vector":[1, ${number}]}`)).toMatch(
          /^invalid_argument: .*float32, at byte 14, near/,
        );
      }
      expect(read('{"a":1e39,"b":1e400,"vector":[1e39,"x"]}')).toEqual({
        a: 1e39,
        b: Number.POSITIVE_INFINITY,
        vector: [1e39, "x"],
      });
    });

    it("what is wrong is told with its place and a few characters around it, no more", () => {
      expect(
        refusal('{"secret":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" "b":1, "cccccccccccccccccccccccccc":2}'),
      ).toBe(
        `invalid_argument: the body's JSON: expected a comma or the end of the object, at byte 51, near "aaaaaa\\" \\"b\\":1, \\"cccc"`,
      );
      expect(refusal("")).toBe(
        "invalid_argument: the body's JSON: expected a value, at byte 0, which is its end",
      );
      expect(refusal("[1,]")).toMatch(/expected a value, at byte 3/);
      expect(refusal('{"a" 1}')).toMatch(/expected a colon, at byte 5/);
      expect(refusal("{a:1}")).toMatch(/expected a key in quotes, at byte 1/);
      expect(refusal('{"a":01}')).toMatch(/expected a value, at byte 5/);
      expect(refusal("[1] x")).toMatch(/expected the end of the text, at byte 4/);
      expect(refusal('["\n"]')).toMatch(/control character/);
      expect(refusal('["\\x"]')).toMatch(/no such escape/);
      expect(refusal('["abc')).toMatch(/expected the end of the string/);
      expect(refusal(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toMatch(/not UTF-8, at byte 1/);
      expect(refusal(`[${"1".repeat(1001)}]`)).toMatch(/more than 1000 digits/);
    });

    it("so many levels and no more", () => {
      expect(read(`${"[".repeat(128)}${"]".repeat(128)}`)).toBeInstanceOf(Array);
      expect(refusal(`${"[".repeat(129)}${"]".repeat(129)}`)).toMatch(
        /too many levels of lists and objects, at byte 128/,
      );
      expect(refusal("[".repeat(100_000))).toMatch(/too many levels/);
    });

    it("values and refusals are those of JavaScript's own parser, whatever the text", () => {
      const leaf = fc.oneof(
        fc.double().map((d) => (Number.isFinite(d) ? d : 0)),
        fc.integer(),
        fc.string({ unit: "binary" }),
        fc.string(),
        fc.constantFrom(null, true, false, "\u00010", "\u0001l0"),
      );
      const key = fc.oneof(
        fc.constantFrom("vector", "vectors", "payload", "indices", "v é", "__proto__", "1", "a"),
        fc.string({ unit: "binary", maxLength: 5 }),
      );
      const { value } = fc.letrec((tie) => ({
        value: fc.oneof(
          { maxDepth: 5 },
          leaf,
          fc.array(fc.double({ noNaN: true, min: -1e30, max: 1e30 }), { maxLength: 5 }),
          fc.array(tie("value"), { maxLength: 4 }),
          fc
            .array(fc.tuple(key, tie("value")), { maxLength: 4 })
            .map((entries) => Object.fromEntries(entries)),
        ),
      }));
      const damage = fc.array(
        fc.tuple(
          fc.nat(),
          fc.constantFrom(
            ...'{}[],:"\\0123456789-+.eEtfn \t\n\u0001é',
            "99999999999999999999",
            "vector",
            "\\u0001",
            '"vector":[1,2],',
          ),
          fc.boolean(),
        ),
        { maxLength: 4 },
      );
      fc.assert(
        fc.property(value, fc.constantFrom(0, 1), damage, (made, indent, changes) => {
          let text = JSON.stringify({ vectors: made, payload: made, rest: [made] }, null, indent);
          for (const [place, put, replaces] of changes) {
            const at = place % (text.length + 1);
            text = text.slice(0, at) + put + text.slice(at + (replaces ? 1 : 0));
          }
          const bytes = utf8.encode(text);
          let expected: unknown;
          try {
            expected = readPlainly(bytes, keys);
          } catch {
            expect(refusal(bytes)).toMatch(/^invalid_argument/);
            return;
          }
          expect(read(text)).toStrictEqual(expected);
        }),
        { numRuns: 1000 },
      );
    });

    it("bytes that are no UTF-8 are refused, and all others taken, as by a TextDecoder", () => {
      const piece = fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.string({ unit: "binary", maxLength: 3 }).map((text) => utf8.encode(text)),
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
          const bytes = Uint8Array.from([0x22, ...pieces.flatMap((one) => [...one]), 0x22]);
          let expected: unknown;
          try {
            expected = readPlainly(bytes, keys);
          } catch {
            expect(refusal(bytes)).toMatch(/^invalid_argument/);
            return;
          }
          expect(kernel.readJson(bytes, keys)).toEqual(expected);
        }),
        { numRuns: 1000 },
      );
    });

    it("a byte order mark is passed over", () => {
      expect(read('\uFEFF{"vector":[1]}')).toEqual({ vector: Float32Array.of(1) });
    });

    it("a large body is read in slices, between which others have their turn, to the same value", async () => {
      const points = Array.from({ length: 3000 }, (_, i) => ({
        id: i % 3 === 0 ? `id ${i}` : i,
        vector: Array.from({ length: 32 }, (_, j) => Math.sin(i * 32 + j)),
        payload: { text: "é".repeat(200), "\u0001": "\u00010", nested: { list: [i, [i]] } },
      }));
      const text = JSON.stringify({
        operations: [{ upsert: { points } }, { more: points.slice(0, 1000) }],
      }).replaceAll('"id":7,', '"id":77777777777777777777,');
      let turns = 0;
      let isDone = false;
      const count = (): void => {
        turns++;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      const value = await read(text);
      isDone = true;
      expect(value).toEqual(readPlainly(utf8.encode(text), keys));
      expect(turns).toBeGreaterThan(2);
    });

    it("a large body that is no JSON is refused by a rejection", async () => {
      await expect(
        read(`${JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i))}]`),
      ).rejects.toMatchObject({ code: "invalid_argument" });
    });
  });
}
