/** Numbers and ids as Qdrant's clients read them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asDatatype } from "../../../src/dialects/qdrant/points/datatype.ts";
import { idBefore } from "../../../src/dialects/qdrant/points/scroll.ts";
import { pointId } from "../../../src/dialects/qdrant/requests/point-id.ts";
import { resultJson, singleJson } from "../../../src/dialects/qdrant/rest/json.ts";
import { compareIds } from "../../../src/model/id.ts";
import "../../seed.ts";

const single = fc.float({ noNaN: true, noDefaultInfinity: true });

describe("a float32", () => {
  it("is written so that the same float32 is read", () => {
    fc.assert(
      fc.property(single, (x) => {
        expect(Math.fround(JSON.parse(singleJson(x)))).toBe(x === 0 ? 0 : x);
      }),
    );
  });

  it("is written with the digits that a client wrote, where there are at most six", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999, max: 999_999 }),
        fc.integer({ min: 0, max: 8 }),
        (n, places) => {
          const written = n / 10 ** places;
          expect(JSON.parse(singleJson(Math.fround(written)))).toBe(written === 0 ? 0 : written);
        },
      ),
    );
  });

  it("is written so in vectors and scores, and nowhere else", () => {
    const text = resultJson({ score: 0.1, vector: new Float32Array([0.1]), ratio: 0.1, id: 2n ** 64n - 1n });
    expect(text).toBe('{"score":0.1,"vector":[0.1],"ratio":0.1,"id":18446744073709551615}');
    expect(resultJson({ ratio: Math.fround(0.1) })).toBe('{"ratio":0.10000000149011612}');
  });
});

describe("the id before an id", () => {
  const id = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat(),
    fc.uuid(),
    fc.constant("00000000-0000-0000-0000-000000000000"),
  );

  it("comes before it, with no other id between", () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const [a, b] = [pointId(one, ""), pointId(other, "")];
        const before = idBefore(a);
        expect(compareIds(before, a)).toBeLessThan(0);
        if (compareIds(b, a) < 0) expect(compareIds(b, before)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("datatypes", () => {
  it("float16 keeps what is a float16, and rounds to the nearest", () => {
    expect([...asDatatype([1, 0.5, 2 ** -24, 65_504, 1 + 2 ** -10], "float16", "dot")]).toEqual([
      1,
      0.5,
      2 ** -24,
      65_504,
      1 + 2 ** -10,
    ]);
    expect([...asDatatype([1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e6], "float16", "dot")]).toEqual([
      1,
      1 + 2 ** -9,
      65_504,
    ]);
  });

  it("uint8 cuts to whole numbers from 0 to 255", () => {
    expect([...asDatatype([1.9, -3, 300], "uint8", "dot")]).toEqual([1, 0, 255]);
  });
});
