// The child of kill.test.ts: several writers on one database, every acknowledged write a line on stdout, until killed.
// Arguments: folder, life, durability.
import { writeSync } from "node:fs";
import { open } from "../../dist/engine/open.js";

const [folder, life, durability] = process.argv.slice(2);
const store = await open(folder, { durability });
const things = await store.create(
  "things",
  {
    vectors: { v: { dimension: 16 } },
    payload: { batch: { type: "keyword" }, version: { type: "integer" } },
  },
  { ifExists: "open" },
);

// Synchronous, so that a line is with the parent before the next write begins.
const tell = (line) => writeSync(1, `${line}\n`);

async function write(writer) {
  for (let n = 0; ; n++) {
    const batch = `${life}.${writer}.${n}`;
    const ids = [0, 1, 2, 3].map((i) => `${batch}.${i}`);
    tell(`try ${batch} 1`);
    await things.upsert(
      ids.map((id, i) => ({ id, vector: new Float32Array(16).fill(i + 1), payload: { batch, version: 1 } })),
    );
    tell(`done ${batch} 1`);
    if (n % 3 === 0) {
      tell(`try ${batch} 2`);
      await things.update(
        { ids },
        {
          setPayload: { version: 2 },
          ...(n % 2 === 0 && { setVectors: { v: new Float32Array(16).fill(9) } }),
        },
      );
      tell(`done ${batch} 2`);
    }
    if (n % 5 === 0) {
      tell(`try ${batch} gone`);
      await things.delete({ ids });
      tell(`done ${batch} gone`);
    }
  }
}
await Promise.all([0, 1, 2, 3, 4, 5].map(write));
