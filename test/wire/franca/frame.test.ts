/** Frames carry every value there and back, and nothing that is not one gets through. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../../../src/dialects/franca/frame.ts";
import { isFrancaError } from "../../../src/errors.ts";
import "../../seed.ts";

const key = fc.oneof(
  fc.string(),
  fc.constantFrom("$", "$$", "$f32", "$u32", "$int", "$$f32", "__proto__", "constructor", ""),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string({ unit: "binary" }),
    fc.double().map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.float32Array(),
    fc.uint32Array(),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

describe("a frame", () => {
  it("gives back what went in, whatever its keys are called", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(decodeFrame(encodeFrame(given))).toEqual(given);
      }),
    );
  });

  it("is read at any place in memory", () => {
    const frame = encodeFrame({ vector: new Float32Array([1, 2, 3]) });
    for (let shift = 0; shift < 8; shift++) {
      const bytes = new Uint8Array(frame.length + shift);
      bytes.set(frame, shift);
      expect(decodeFrame(bytes.subarray(shift))).toEqual({ vector: new Float32Array([1, 2, 3]) });
      expect(decodeFrame(Buffer.from(bytes.buffer, shift))).toEqual({ vector: new Float32Array([1, 2, 3]) });
    }
  });

  it("is refused when any of its bytes are wrong, with a FrancaError or a value, never anything else", () => {
    const frame = encodeFrame({
      points: [{ id: 2n ** 60n, vector: new Float32Array([1, 2]), payload: { $a: "b" } }],
    });
    for (let length = 0; length < frame.length; length++) {
      try {
        decodeFrame(frame.subarray(0, length));
        expect.fail(`cut to ${length} bytes it was taken`);
      } catch (error) {
        expect(isFrancaError(error, "invalid_argument")).toBe(true);
      }
    }
    for (let at = 0; at < frame.length; at++) {
      for (const bit of [1, 0x80]) {
        const bad = frame.slice();
        bad[at]! ^= bit;
        try {
          decodeFrame(bad);
        } catch (error) {
          expect(isFrancaError(error, "invalid_argument")).toBe(true);
        }
      }
    }
  });

  it.each([
    ["a vector beyond the end", '{"v":{"$f32":[0,3]}}'],
    ["indices beyond the end", '{"v":{"$u32":[0,3]}}'],
    ["a vector before the beginning", '{"v":{"$f32":[-1,1]}}'],
    ["a vector of half a number", '{"v":{"$f32":[0.5,1]}}'],
    ["no integer", '{"v":{"$int":"1e3"}}'],
    ["a kind that there is not", '{"v":{"$date":1}}'],
    ["no number", '{"v":{"$num":"1"}}'],
    ["numbers that no vector names", '{"v":{"$f32":[0,1]}}'],
    ["numbers that many vectors name", '[{"$f32":[0,2]},{"$f32":[0,2]}]'],
    ["too deep", `${"[".repeat(300)}${"]".repeat(300)}`],
  ])("refuses %s", (_, json) => {
    const bytes = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 4) * 4));
    const frame = new Uint8Array(8 + bytes.length + 8);
    frame.set(encodeFrame(null).subarray(0, 4));
    new DataView(frame.buffer).setUint32(4, bytes.length, true);
    frame.set(bytes, 8);
    expect(() => decodeFrame(frame)).toThrow("malformed");
  });
});
