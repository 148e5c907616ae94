/** The map from ids to slots against a Map: any ids, any order of puts, replacements and deletions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdMap } from "../../src/engine/id-map.ts";
import type { PointId } from "../../src/model/id.ts";
import "../seed.ts";

/** Few different ones, alike and awkward, so that they meet: neighbours, multiples of powers of two, a number and its text. */
const anyId: fc.Arbitrary<PointId> = fc.oneof(
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: -20, max: 20 }).map((n) => n * 65_536),
  fc.integer({ min: 0, max: 20 }).map((n) => n * 2 ** 40),
  fc.integer({ min: 0, max: 40 }).map(String),
  fc.string({ maxLength: 3 }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 20n }),
  fc.bigInt({ min: 0n, max: 20n }).map((n) => (n + 1n) << 56n),
);
const anyStep = fc.record({ id: anyId, isDeleted: fc.boolean() });

describe("the map of ids", () => {
  it("answers like a Map, whatever is put, replaced and deleted", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 400 }), (steps) => {
        const ids: PointId[] = [];
        const map = new IdMap(ids);
        const expected = new Map<PointId, number>();
        for (const { id, isDeleted } of steps) {
          if (isDeleted) {
            map.delete(id);
            expected.delete(id);
          } else {
            ids.push(id);
            map.set(ids.length - 1);
            expected.set(id, ids.length - 1);
          }
          expect(map.get(id)).toBe(expected.get(id));
        }
        expect(map.size).toBe(expected.size);
        for (const { id } of steps) expect(map.get(id)).toBe(expected.get(id));
      }),
      { numRuns: 300 },
    );
  });

  it("holds many ids in twelve bytes each, however they follow each other", () => {
    for (const idOf of [
      (i: number) => i,
      (i: number) => i * 4096,
      (i: number) => i * 2 ** 33,
      (i: number) => `id ${i}`,
    ]) {
      const ids: PointId[] = [];
      const map = new IdMap(ids);
      for (let i = 0; i < 50_000; i++) {
        ids.push(idOf(i));
        map.set(i);
      }
      for (let i = 0; i < 50_000; i += 7) expect(map.get(idOf(i))).toBe(i);
      expect(map.get(idOf(50_000))).toBeUndefined();
      expect(map.sizeBytes).toBeLessThanOrEqual(12 * 50_000);
    }
  });
});
