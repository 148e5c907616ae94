/** Asking for recall: what is accepted, and that nothing is guessed where nothing has been measured. */
import { expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";

const schema: CollectionSchema = {
  vectors: { meaning: { dimension: 2 } },
  payload: { body: { type: "text" } },
};

async function notes() {
  const store = await open(":memory:");
  const collection = await store.create("notes", schema);
  await collection.upsert([
    { id: 1, vector: [1, 0], payload: { body: "harbour" } },
    { id: 2, vector: [0, 1], payload: { body: "water" } },
  ]);
  return { store, collection };
}

it("a target is a share above 0 and at most 1, and stands instead of ef and exact", async () => {
  const { store, collection } = await notes();
  const refused: [unknown, string][] = [
    [{ nearest: [1, 0], recall: 0 }, "query.recall"],
    [{ nearest: [1, 0], recall: 1.01 }, "query.recall"],
    [{ nearest: [1, 0], recall: "high" }, "query.recall"],
    [{ nearest: [1, 0], recall: 0.9, params: { ef: 10 } }, "params.ef"],
    [{ nearest: [1, 0], recall: 0.9, params: { exact: false } }, "params.exact"],
    [{ text: "harbour", recall: 0.9 }, "query.recall"],
    [{ fusion: { legs: [{ nearest: [1, 0], recall: 0.9 }] } }, "recall"],
  ];
  for (const [request, place] of refused) {
    await expect(collection.query(request as QueryRequest), JSON.stringify(request)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(place),
    });
  }
  await store.close();
});

it("a target that nothing is known to reach is answered exactly, and explain says so, for each leg", async () => {
  const { store, collection } = await notes();
  const one = await collection.query({ nearest: [1, 0], recall: 0.98, limit: 1, explain: true });
  expect(one.hits.map(({ id }) => id)).toEqual([1]);
  const step = one.explain!.steps![1]!.steps!.find(({ step }) => step === "recall")!;
  expect(step.recall).toEqual({ target: 0.98 });
  expect(step.choice).toContain("exact");

  const legs = [{ nearest: [1, 0] }, { nearest: [0, 1], name: "other" }, { text: "water" }];
  const many = await collection.query({ fusion: { legs }, recall: 0.9, explain: true });
  const steps = many.explain!.steps![1]!.steps!.map((leg) => leg.steps?.map(({ step }) => step) ?? []);
  expect(steps.map((names) => names.includes("recall"))).toEqual([true, true, false]);
  await store.close();
});
