/** One process of the collections benchmark: opens so many collections, each empty or with a few points. Prints JSON. */
import { readdirSync } from "node:fs";
import { franca } from "./franca.mjs";
import { childOptions, processMemory } from "./measured.mjs";

const { open } = await franca(".");
const [{ location, collections, points = 0, create }] = childOptions();
const schema = { vectors: { body: { dimension: 384 } }, payload: { group: { type: "integer" } } };
const store = await open(location, { durability: "os" });
const warm = await store.create("warm", schema, { ifExists: "open" });
await warm.upsert([{ id: 1, vector: new Float32Array(384).fill(1), payload: { group: 1 } }]);
const before = await processMemory();
const started = performance.now();
const open_ = [];
for (let i = 0; i < collections; i++) {
  const one = create ? await store.create(`c${i}`, schema) : await store.collection(`c${i}`);
  if (create && points > 0) {
    await one.upsert(
      Array.from({ length: points }, (_, id) => ({
        id,
        vector: new Float32Array(384).fill(id),
        payload: { group: id },
      })),
    );
  }
  open_.push(one);
}
const tookMs = performance.now() - started;
const after = await processMemory();
let handles = 0;
try {
  handles = readdirSync("/proc/self/fd").length;
} catch {}
await store.close();
console.log(JSON.stringify({ tookMs, before, after, handles, kept: open_.length }));
