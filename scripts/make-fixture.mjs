// Writes the databases under test/fixtures/disk-v<version>/ with the build in dist/, for tests that a later build
// opens what an earlier one wrote. To be run once per version of the format, before the format changes.
// Usage: node scripts/make-fixture.mjs <folder> [dist]
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, dist = fileURLToPath(new URL("../dist", import.meta.url)), part] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/make-fixture.mjs <folder> [dist]");

/** Of notes, `gone` is dropped again, and `late` is declared when points have it already. */
const schemas = {
  articles: {
    vectors: {
      body: { dimension: 8, metric: "cosine", hnsw: { m: 4, efConstruction: 40 } },
      cover: { dimension: 3, metric: "dot", index: "flat" },
    },
    payload: {
      tag: { type: "keyword" },
      year: { type: "integer" },
      price: { type: "float" },
      public: { type: "bool" },
      at: { type: "datetime" },
      key: { type: "uuid" },
      place: { type: "geo" },
      text: { type: "text" },
      "author.name": { type: "keyword" },
    },
  },
  notes: {
    vectors: { v: { dimension: 4, metric: "euclidean" } },
    payload: { title: { type: "text", language: "none" }, gone: { type: "integer" } },
  },
};
const tags = ["red", "green", "blå", ""];
const words = ["running", "foxes", "東京大学", "the", "night", "état"];

const idOf = (i) => (i % 7 === 6 ? `s-${i}` : i % 11 === 10 ? 2n ** 60n + BigInt(i) : i * 3 - 20);

function article(i, version) {
  const vectors = {};
  if (i % 5 !== 4)
    vectors.body = Array.from({ length: 8 }, (_, d) => Math.fround(Math.sin(i * 8 + d + version)));
  if (i % 3 !== 2) vectors.cover = [i % 4, version, -1];
  return {
    id: idOf(i),
    vectors,
    payload: {
      tag: i % 6 === 0 ? [tags[i % 4], "shared"] : tags[i % 4],
      year: 1990 + (i % 30) + version,
      ...(i % 4 !== 3 && { price: i / 8 }),
      public: i % 2 === 0,
      at: `20${String(10 + (i % 15))}-03-01T0${i % 10}:00:00Z`,
      key: `123e4567-e89b-12d3-a456-4266141740${String(10 + (i % 40))}`,
      ...(i % 5 === 0 && { place: { lat: (i % 60) - 30, lon: (i % 170) - 85 } }),
      text: `${words[i % 6]} ${words[(i + version) % 5]}`,
      author: { name: `author ${i % 9}`, note: null },
      free: { deep: [i, { version }] },
    },
  };
}

function note(i) {
  return {
    id: `note ${i}`,
    vectors: { v: [i, i % 5, -i, 1] },
    payload: { title: words.slice(i % 4).join(" "), gone: i, ...(i % 2 === 0 && { late: i / 4 }) },
  };
}

async function openStore(path, segmentBytes = { log: 24_000, vectors: 4_000 }) {
  const { openEngine } = await import(pathToFileURL(resolve(dist, "engine/engine.js")).href);
  const { loadKernel } = await import(pathToFileURL(resolve(dist, "engine/kernel/load.js")).href);
  const { nodeDirectory } = await import(pathToFileURL(resolve(dist, "engine/files/node.js")).href);
  return openEngine(await nodeDirectory(path), {
    kernel: await loadKernel(),
    durability: "commit",
    checkpointBytes: 2 ** 30,
    syncEveryMs: 1000,
    segmentBytes,
  });
}

/** Two collections with a history: replaced, changed, moved and deleted points, a dropped collection, aliases. */
async function history(store) {
  const articles = await store.create("articles", schemas.articles);
  await store.create("dropped", schemas.notes);
  const notes = await store.create("notes", schemas.notes);
  await store.drop("dropped");
  await store.setAlias("latest", "articles");
  await store.setAlias("papers", "notes");
  await store.setAlias("papers", "articles");
  for (let i = 0; i < 120; i += 10) {
    await articles.upsert(Array.from({ length: 10 }, (_, n) => article(i + n, 0)));
  }
  await notes.upsert(Array.from({ length: 30 }, (_, i) => note(i)));
  await articles.upsert([5, 17, 33, 60, 61, 62].map((i) => article(i, 1)));
  await articles.update(
    { ids: [1, 2, 3, 16, 52].map(idOf) },
    { setPayload: { year: 2050 }, deletePayload: ["price"] },
  );
  await articles.update({ filter: { field: "tag", eq: "blå" } }, { setPayload: { tag: ["blå", "changed"] } });
  await articles.update(
    { ids: [7, 8].map(idOf) },
    { setVectors: { cover: [9, 9, 9], body: [1, 2, 3, 4, 5, 6, 7, 8] } },
  );
  await articles.delete({ ids: [11, 12, 20, 6].map(idOf) });
  await articles.delete({
    filter: {
      and: [
        { field: "tag", eq: "green" },
        { field: "year", range: { lt: 1997 } },
      ],
    },
  });
  await articles.optimize();
  await store.alter("notes", { dropPayload: ["gone"], addPayload: { late: { type: "float" } } });
}

/** After the last checkpoint. */
async function later(store) {
  const articles = await store.collection("articles");
  const notes = await store.collection("notes");
  await articles.upsert([article(6, 2), article(130, 2), article(40, 2)]);
  await articles.delete({ ids: [41, 42].map(idOf) });
  await articles.update({ ids: [43].map(idOf) }, { overwritePayload: { tag: "overwritten" } });
  await notes.delete({ filter: { field: "late", range: { gte: 6 } } });
  await notes.update({ ids: ["note 1"] }, { setVectors: { v: [0, 0, 0, 2] } });
}

/** What a database holds, as JSON. */
async function contentOf(store) {
  const collections = {};
  for (const name of await store.list()) {
    const collection = await store.collection(name);
    const { points } = await collection.scroll({ limit: 1000, select: { vectors: true } });
    const { schema } = await store.describe(name);
    collections[name] = { schema, points: points.map(plain) };
  }
  return { aliases: await store.aliases(), collections };
}

function plain({ id, payload, vectors = {} }) {
  return {
    id: typeof id === "bigint" ? { bigint: String(id) } : id,
    payload,
    vectors: Object.fromEntries(Object.entries(vectors).map(([field, vector]) => [field, [...vector]])),
  };
}

async function content(path, change) {
  const store = await openStore(path);
  await change(store);
  const found = await contentOf(store);
  await store.close();
  return found;
}

function write(name, value) {
  // A point a line, so that the file can be read.
  const text = JSON.stringify(value).replaceAll('{"id":', '\n{"id":');
  writeFileSync(join(folder, name), `${text}\n`);
}

if (part === "killed") {
  const store = await openStore(join(folder, "killed"));
  await later(store);
  const notes = await store.collection("notes");
  // In flight: what is cut off below.
  await notes.upsert([
    { id: "never acknowledged", vectors: { v: [1, 2, 3, 4] }, payload: { title: "torn" } },
  ]);
  process.kill(process.pid, "SIGKILL");
}

for (const name of ["closed", "killed", "scratch"])
  rmSync(join(folder, name), { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
write("closed.json", await content(join(folder, "closed"), history));

// The same with writes that no checkpoint has; what they leave is told by a database that was not killed.
await content(join(folder, "killed"), history);
const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, dist, "killed"], {
  stdio: "inherit",
});
if (run.signal !== "SIGKILL") throw new Error(`the child was to be killed, not to end with ${run.status}`);
rmSync(join(folder, "killed", "lock"));
write(
  "killed.json",
  await content(join(folder, "scratch"), async (store) => {
    await history(store);
    await later(store);
  }),
);
rmSync(join(folder, "scratch"), { recursive: true });
// The last frame is torn, as a power cut would have left it.
const notesFolder = join(folder, "killed", "collection-000003");
const torn = join(
  notesFolder,
  readdirSync(notesFolder)
    .filter((name) => name.endsWith(".log"))
    .at(-1),
);
truncateSync(torn, statSync(torn).size - 20);
if (!existsSync(torn) || !readFileSync(torn).includes("never acknowl"))
  throw new Error("the torn tail is not where it should be");
