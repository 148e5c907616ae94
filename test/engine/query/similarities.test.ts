/** Similarities of every point to an example are the scores that nearest gives, for fields of every kind. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { emptyBitset, hasBit, setBit } from "../../../src/engine/bitset.ts";
import type { EngineCollection } from "../../../src/engine/collection.ts";
import { similarities } from "../../../src/engine/query/similarities.ts";
import type { CheckedExample } from "../../../src/model/checked-query.ts";
import { idKey } from "../../../src/model/id.ts";
import type { QueryRequest } from "../../../src/model/query.ts";
import { checkExample } from "../../../src/model/validate-example.ts";
import { open } from "../../../src/open.ts";
import { describeKernels } from "../../kernels.ts";
import {
  multiArbitraries,
  pointArbitrary,
  schema,
  sparseArbitraries,
  vectorArbitraries,
} from "../../oracle/arbitrary-points.ts";

const examples = { ...vectorArbitraries, ...sparseArbitraries, ...multiArbitraries };
const asked = fc.constantFrom(...Object.keys(examples)).chain((field) =>
  fc.record({
    field: fc.constant(field),
    example: examples[field as keyof typeof examples] as fc.Arbitrary<unknown>,
  }),
);

describeKernels("similarities", (kernel) => {
  it("are the scores of nearest, and 0 where a sparse vector shares no index; of the slots asked for only", async () => {
    const store = await open(":memory:", { kernel });
    await fc.assert(
      fc.asyncProperty(
        fc.array(pointArbitrary, { minLength: 1, maxLength: 12 }),
        asked,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (points, { field, example }, isAsked) => {
          const collection = await store.create("points", schema);
          await collection.upsert(points as never);
          const { state } = collection as unknown as EngineCollection;
          const request = { nearest: example, field, limit: 100, params: { exact: true } } as QueryRequest;
          const { hits } = await collection.query(request as never);
          const expected = new Map(hits.map(({ id, score }) => [idKey(id), score]));
          const allow = emptyBitset(state.slots);
          for (const { slot } of state.idsInOrder()) if (isAsked[slot % 12]) setBit(allow, slot);
          const { vector } = checkExample(example, field, state, "example") as Extract<
            CheckedExample,
            { vector: unknown }
          >;
          const { slots, scores } = await similarities(state, field, vector, allow, undefined);
          for (const { slot, id } of state.idsInOrder()) {
            const isThere = hasBit(allow, slot) && hasBit(state.slotsWithVector(field), slot);
            expect(hasBit(slots, slot)).toBe(isThere);
            if (isThere) expect(scores[slot]).toBeCloseTo(expected.get(idKey(id)) ?? 0, 9);
          }
          await store.drop("points");
        },
      ),
      { numRuns: 150 },
    );
    await store.close();
  });
});
