/** Laws of single distances and checksums. */
import { describe, expect, it } from "vitest";
import type { Kernel, Metric } from "../../../src/engine/kernel.ts";
import { expectNear } from "./answers.ts";
import { clustered, distance, metrics, random } from "./oracle.ts";

export function distanceLaws(kernel: Kernel): void {
  describe("distances", () => {
    it.each(metrics)("%s agrees with plain arithmetic at every length", (metric) => {
      for (const length of [...Array(70).keys(), 127, 128, 129, 768, 1536, 4097].filter((n) => n > 0)) {
        const a = clustered(1, length, length);
        const b = clustered(1, length, length + 1);
        expectNear(kernel.distance(metric, a, b), distance(metric, a, b));
      }
    });

    it.each(metrics)("%s does not care where a vector lies in memory", (metric) => {
      const values = clustered(1, 140, 5);
      const there = values.slice(3, 70);
      expect(kernel.distance(metric, values.subarray(3, 70), values.subarray(70, 137))).toBe(
        kernel.distance(metric, there, values.slice(70, 137)),
      );
    });

    it("the cosine distance to a zero vector is 1, also from itself", () => {
      const zero = new Float32Array(5);
      expect(kernel.distance("cosine", zero, zero)).toBe(1);
      expect(kernel.distance("cosine", zero, new Float32Array([1, 2, 3, 4, 5]))).toBe(1);
      expect(
        kernel.distance("cosine", new Float32Array([1, 2, 3, 4, 5]), new Float32Array([-0, 0, 0, 0, -0])),
      ).toBe(1);
    });

    it("the cosine distance of huge, tiny and opposite vectors is neither NaN nor outside 0 to 2", () => {
      const next = random(9);
      for (const scale of [1e-30, 1e-20, 1e-10, 1, 1e10, 1e18, 3e38]) {
        const a = Float32Array.from({ length: 33 }, () => (next() - 0.5) * scale);
        for (const b of [a, a.map((x) => -x), a.map((x) => x / 2)]) {
          const found = kernel.distance("cosine", a, b);
          expect(found).toBeGreaterThanOrEqual(-1e-6);
          expect(found).toBeLessThanOrEqual(2 + 1e-6);
        }
      }
    });

    it("a distance too large for float32 is its largest number, so that answers are never infinite or NaN", () => {
      const largest = new Float32Array(new Uint32Array([0x7f7fffff]).buffer)[0]!;
      const a = new Float32Array(40).fill(3e38);
      const b = a.map((x) => -x);
      for (const metric of ["euclidean", "manhattan", "dot"] as const) {
        expect(kernel.distance(metric, a, b)).toBe(largest);
      }
      expect(kernel.distance("dot", a, a)).toBe(-largest);
      const mixed = a.map((x, i) => (i % 2 === 0 ? x : -x));
      for (const metric of metrics) expect(kernel.distance(metric, a, mixed)).toSatisfy(Number.isFinite);
    });

    it("refuses vectors of two lengths and metrics it does not know", () => {
      const a = new Float32Array(3);
      const cases: [Metric, Float32Array][] = [
        ["dot", new Float32Array(4)],
        ["hamming" as Metric, a],
      ];
      for (const [metric, b] of cases) {
        expect(() => kernel.distance(metric, a, b)).toThrow(
          expect.objectContaining({ code: "invalid_argument" }),
        );
      }
    });
  });

  describe("crc32c", () => {
    it("gives the values of RFC 3720", () => {
      expect(kernel.crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
      expect(kernel.crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
      expect(kernel.crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
      expect(kernel.crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
      expect(kernel.crc32c(new Uint8Array(0))).toBe(0);
    });

    it("chains: two pieces give what the whole gives, wherever it is cut", () => {
      const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * 37) >>> 3);
      const whole = kernel.crc32c(bytes);
      for (const cut of [0, 1, 7, 8, 1024, 2999, 3000]) {
        expect(kernel.crc32c(bytes.subarray(cut), kernel.crc32c(bytes.subarray(0, cut)))).toBe(whole);
      }
    });

    it("is the same for one long run of bytes as for its pieces", () => {
      const bytes = new Uint8Array(3_000_001).map((_, i) => i % 251);
      let pieces = 0;
      for (let at = 0; at < bytes.length; at += 65_536)
        pieces = kernel.crc32c(bytes.subarray(at, at + 65_536), pieces);
      expect(kernel.crc32c(bytes)).toBe(pieces);
    });
  });
}
