/** Bad input is refused with words that name its place, and changes nothing. */
import { expect } from "vitest";
import type { Collection } from "../../../src/store.ts";
import type { Suite } from "../store.ts";

const schema = {
  vectors: { v: { dimension: 2 } },
  payload: { year: { type: "integer" }, text: { type: "text" } },
} as const;

const bad: [call: string, request: object, place: RegExp][] = [
  ["query", { nearest: [1] }, /2/],
  ["query", { nearest: [1, 2], limit: 0 }, /limit/],
  ["query", { nearest: [1, 2], limit: "3" }, /limit/],
  ["query", { nearest: [1, 2], offset: -1 }, /offset/],
  ["query", { nearest: [1, 2], limt: 3 }, /limt/],
  ["query", { nearest: [1, 2], text: "a" }, /./],
  ["query", { nearest: [1, 2], field: "w" }, /w/],
  ["query", { nearest: [1, 2], recall: 2 }, /recall/],
  ["query", { nearest: [1, 2], params: { ef: 0 } }, /ef/],
  ["query", { nearest: [1, 2], params: { effort: 3 } }, /effort/],
  ["query", { nearest: [1, 2], select: { payload: 3 } }, /payload/],
  ["query", { nearest: ["a", "b"] }, /./],
  ["query", { text: "a", fields: ["year"] }, /year/],
  ["query", { fusion: { legs: [] } }, /legs/],
  ["query", { fusion: { legs: [{ nearest: [1, 2], weight: "x" }] } }, /weight/],
  ["query", {}, /./],
  ["count", { filter: { field: "year", equals: 3 } }, /equals/],
  ["count", { filter: { field: "year", range: {} } }, /range/],
  ["count", { filter: { field: "year", range: { gt: "x" } } }, /./],
  ["count", { filter: { and: { field: "year", eq: 1 } } }, /and/],
  ["count", { filter: { field: "text", eq: 1 } }, /./],
  ["count", { filter: [] }, /filter/],
  ["count", { filters: {} }, /filters/],
  ["scroll", { limit: 1.5 }, /limit/],
  ["scroll", { after: {} }, /after|id/],
  ["facet", { field: "year", limit: 0 }, /limit/],
  ["facet", {}, /field/],
];

export function errorLaws(suite: Suite): void {
  const { law, fresh } = suite;

  law("a request that cannot be answered is refused, and the message names the place", async () => {
    const points = (await suite.store.create(fresh(), schema)) as unknown as Collection;
    for (const [call, request, place] of bad) {
      const error = await (points as unknown as { [call: string]: (request: object) => Promise<unknown> })[
        call
      ]!(request).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error, `${call} ${JSON.stringify(request)} was answered`).toBeDefined();
      expect(error.code, `${call} ${JSON.stringify(request)}: ${error.message}`).toBe("invalid_argument");
      expect(error.message).toMatch(place);
    }
  });

  law("what is dropped is told to those who still hold it", async () => {
    const name = fresh();
    const points = await suite.store.create(name, schema);
    await suite.store.drop(name);
    await expect(points.count()).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|failed_precondition/),
    });
    await expect(points.upsert([{ id: 1 }])).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|failed_precondition/),
    });
  });
}
