/** Whatever a request is made of: an answer, or a refusal that says so; never a failure of the server's. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inQdrantsWords } from "../../../src/dialects/qdrant/errors.ts";
import { handlers, type OperationId } from "../../../src/dialects/qdrant/handlers.ts";
import { withUsualParts } from "../../../src/dialects/qdrant/parts.ts";
import { resultJson } from "../../../src/dialects/qdrant/rest/json.ts";
import { isFrancaError } from "../../../src/errors.ts";
import { open } from "../../../src/open.ts";
import type { Store } from "../../../src/store.ts";
import "../../seed.ts";

const numRuns = process.env.FRANCA_SLOW ? 50_000 : 3_000;

const filter = { must: [{ key: "n", match: { value: 1 } }], must_not: [{ has_id: [3] }] };
const query = {
  query: [1, 0],
  filter,
  limit: 3,
  with_payload: ["n"],
  with_vector: true,
  params: { exact: true, hnsw_ef: 10 },
};

/** Requests that make sense, of which parts are replaced. */
const requests: { readonly [id in OperationId]?: unknown } = {
  create_collection: {
    vectors: {
      a: { size: 2, distance: "Dot", hnsw_config: { m: 4 }, multivector_config: { comparator: "max_sim" } },
    },
    sparse_vectors: { s: { modifier: "idf", index: { on_disk: true } } },
    optimizers_config: { deleted_threshold: 0.5 },
    quantization_config: { scalar: { type: "int8" } },
    strict_mode_config: { enabled: true },
    metadata: { a: 1 },
  },
  update_collection: { vectors: { "": { on_disk: true } }, hnsw_config: { m: 8 }, metadata: { a: null } },
  update_aliases: {
    actions: [
      { create_alias: { collection_name: "c", alias_name: "x" } },
      { rename_alias: { old_alias_name: "x", new_alias_name: "y" } },
      { delete_alias: { alias_name: "y" } },
    ],
  },
  create_field_index: { field_name: "k", field_schema: { type: "keyword", is_tenant: true } },
  update_collection_cluster: { move_shard: { shard_id: 0, from_peer_id: 1, to_peer_id: 2 } },
  upsert_points: {
    points: [{ id: 1, vector: [1, 0], payload: { n: 1 } }],
    batch: { ids: [2], vectors: [[1, 0]], payloads: [{ n: 2 }] },
    update_filter: filter,
    update_mode: "upsert",
  },
  delete_points: { points: [9], filter },
  update_vectors: { points: [{ id: 1, vector: { "": [1, 0] } }], update_filter: filter },
  delete_vectors: { points: [1], vector: [""] },
  set_payload: { payload: { n: null }, points: [1], key: "a.b[].c" },
  overwrite_payload: { payload: { n: 1 }, filter },
  delete_payload: { keys: ["a[0].b"], points: [1] },
  clear_payload: { filter },
  batch_update: {
    operations: [
      { upsert: { points: [{ id: 4, vector: [2, 2] }] } },
      { set_payload: { payload: { k: 2 }, points: [4] } },
      { delete_vectors: { points: [4], vector: [""] } },
    ],
  },
  get_points: {
    ids: [1, "936DA01F9ABD4D9D80C702AF85C822A8"],
    with_payload: { exclude: ["a"] },
    with_vector: [""],
  },
  scroll_points: { offset: 1, limit: 2, filter, with_payload: { include: ["n"] }, order_by: { key: "n" } },
  count_points: { filter, exact: true },
  facet: { key: "n", limit: 3, filter },
  query_points: query,
  query_batch_points: {
    searches: [
      query,
      { prefetch: [{ query: 1, limit: 2 }], query: { rrf: { k: 2, weights: [1] } } },
      { query: { nearest: 1, mmr: { diversity: 0.5, candidates_limit: 5 } } },
      { query: { recommend: { positive: [1, [0, 1]], negative: [2], strategy: "best_score" } } },
      { query: { discover: { target: 1, context: [{ positive: 1, negative: 2 }] } } },
      { query: { context: { positive: 1, negative: 2 } } },
      { query: { order_by: { key: "n", direction: "asc", start_from: 1 } } },
      { query: { sample: "random" }, lookup_from: { collection: "c", vector: "" } },
      {
        query: {
          relevance_feedback: {
            target: 1,
            feedback: [{ example: 2, score: 0.5 }],
            strategy: { naive: { a: 1, b: 1, c: 1 } },
          },
        },
      },
    ],
  },
  query_points_groups: { ...query, group_by: "n", group_size: 2, with_lookup: { collection: "c" } },
  search_points: { vector: { name: "", vector: [1, 0] }, limit: 2 },
  search_batch_points: { searches: [{ vector: [1, 0], limit: 2 }] },
  recommend_points: { positive: [1], negative: [2], limit: 2 },
  discover_points: { target: 1, context: [{ positive: 1, negative: 2 }], limit: 2 },
  search_point_groups: { vector: [1, 0], group_by: "n", group_size: 1, limit: 2 },
  search_matrix_pairs: { sample: 3, limit: 2, using: "", filter },
  search_matrix_offsets: { sample: 3 },
};
const ids = Object.keys(requests) as OperationId[];

const word = fc.oneof(
  fc.constantFrom("", "__proto__", "constructor", "a.b", "n", "c", "$score", "\ud800", "x".repeat(300), "1"),
  fc.string({ maxLength: 8 }),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    -1e308,
    2 ** 53,
    0.5,
    2n ** 64n - 1n,
    2n ** 64n,
    [],
    {},
    [[]],
    [[1], [1, 2]],
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  word,
  fc.float32Array({ maxLength: 3, noNaN: true, noDefaultInfinity: true }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(word, tie("value"), { maxKeys: 3 }),
  ),
}));

/** With the parts that `picks` come to replaced. */
function mutated(given: unknown, picks: { at: number; by: unknown }[]): unknown {
  let result = structuredClone(given);
  for (const { at, by } of picks) {
    let count = 0;
    const walk = (part: unknown): unknown => {
      if (count++ === at) return by;
      if (Array.isArray(part)) return part.map(walk);
      if (typeof part !== "object" || part === null || part instanceof Float32Array) return part;
      return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
    };
    result = walk(result);
  }
  return result;
}

describe("a request of whatever", () => {
  let store: Store;
  const { signal } = new AbortController();
  beforeAll(async () => {
    store = await open(":memory:");
    const context = { signal, ...withUsualParts({}) };
    await handlers.create_collection(
      store,
      { collection: "c" },
      { vectors: { size: 2, distance: "Dot" } },
      context,
    );
    await handlers.create_field_index(
      store,
      { collection: "c" },
      { field_name: "n", field_schema: "integer" },
      context,
    );
    const points = [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { n: id, a: [{ b: 1 }] } }));
    await handlers.upsert_points(store, { collection: "c" }, { points }, context);
  });
  afterAll(() => store.close());

  it("is answered, or refused in Qdrant's words", async () => {
    const picks = fc.array(fc.record({ at: fc.nat(40), by: value }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ids), picks, fc.nat(3), async (id, parts, name) => {
        const collection = id === "create_collection" ? `made ${name}` : "c";
        const request = mutated(requests[id], parts);
        try {
          const result = await handlers[id](store, { collection, wait: true }, request, {
            signal,
            ...withUsualParts({}),
          });
          JSON.parse(resultJson(result));
        } catch (error) {
          if (!isFrancaError(error)) throw error;
          const { message, code } = inQdrantsWords(error);
          if (code === "unimplemented") return;
          expect(message).toMatch(
            /^(Wrong input|Bad request|Not found|Format error|Validation error|Forbidden)/,
          );
          expect(code).not.toBe("internal");
        }
      }),
      { numRuns },
    );
  });
});
