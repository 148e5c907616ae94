/** Base64 as others write it, and nothing else is read. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../src/engine/log/base64.ts";
import "../seed.ts";

it("bytes are written as Node writes them, and read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(fromBase64(text)).toEqual(bytes);
    }),
  );
});

it.each(["a", "ab", "abc", "====", "a===", "ab=c", "ab==abcd", "ab\n=", "äbcd", "ab-_", "\u{10000}ab"])(
  "%j is refused",
  (text) => {
    expect(() => fromBase64(text)).toThrowError(RangeError);
  },
);
