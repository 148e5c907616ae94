/**
 * Recall asked for beside recall measured, on queries that no calibration has seen: before any query was asked, when it
 * rests on queries made from stored points, and after some hundred were.
 * `npm run recall [-- --quick] [-- --only=squad] [-- --summary]`: --only measures the sets with that in their name again,
 * --summary prints the table of what is kept.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { franca } from "./franca.mjs";
import { RecallResults } from "./recall-results.mjs";
import { sets } from "./recall-sets.mjs";

const quick = process.argv.includes("--quick");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);
const targets = [0.8, 0.9, 0.95, 0.98, 0.99];
const sizes = [1, 10, 100];
/** Queries that are measured; of a set with few, half of them. */
const heldOut = 500;
const mostAsked = 1000;

const { open } = await franca(".");
const kernel = await (await franca("./kernel")).loadKernel();
const options = { durability: "os", sampleRecall: 0 };
const results = new RecallResults({ quick });
const all = sets({ quick });
const chosen = process.argv.includes("--summary") ? [] : all;
for (const set of chosen.filter(({ name }) => only === undefined || name.includes(only))) {
  if (set.skipped !== undefined) {
    console.log(`\n${set.name}: skipped, ${set.skipped}`);
    continue;
  }
  const { base, queries } = await set.make();
  const held = queries.slice(0, Math.min(heldOut, Math.floor(queries.length / 2)));
  const asked = queries.slice(held.length, held.length + mostAsked);
  const result = {
    set: set.name,
    about: set.about,
    points: base.length,
    held: held.length,
    asked: asked.length,
    phases: [],
  };
  const folder = mkdtempSync(join(tmpdir(), "franca-recall-"));
  try {
    const store = await open(join(folder, "built"), options);
    const collection = await store.create("points", { vectors: { v: { dimension: set.dimension } } });
    for (let at = 0; at < base.length; at += 1000) {
      await collection.upsert(base.slice(at, at + 1000).map((vector, i) => ({ id: at + i, vector })));
    }
    await collection.optimize();
    await store.close();
    const truths = await exactly(base, held, set.dimension);
    // Each phase has a copy of its own: what is measured with must not have been asked there before.
    for (const [name, before] of [
      ["made", []],
      ["asked", asked],
    ]) {
      cpSync(join(folder, "built"), join(folder, name), { recursive: true });
      result.phases.push(await phase(join(folder, name), name, before, { base, held, truths }));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  results.keep(
    result,
    all.map(({ name }) => name),
  );
  print(result);
}

console.log(`\n${results.table()}\n\n${results.summary()}`);
process.exitCode = results.missed.length === 0 ? 0 : 1;

async function phase(location, name, asked, { base, held, truths }) {
  const store = await open(location, options);
  const collection = await store.collection("points");
  for (const nearest of asked) await collection.query({ nearest, limit: 10, select: { payload: false } });
  // What is searched by is a stored point's: it is no query that was asked.
  for (const limit of sizes) await collection.query({ nearest: { id: 0 }, limit, recall: 0.9 });
  const began = performance.now();
  await collection.optimize();
  const calibrationMs = performance.now() - began;
  // Chosen first, all of them: the queries that follow are asked, too, and would be measured with.
  const efforts = [];
  for (const k of sizes) for (const target of targets) efforts.push(await effortFor(collection, k, target));
  const rows = [];
  for (const effort of efforts) rows.push(await measure(collection, effort, base, held, truths));
  await store.close();
  return { name, calibrationMs, rows };
}

async function effortFor(collection, k, target) {
  const request = { nearest: { id: 0 }, limit: k, recall: target, explain: true };
  const { explain } = await collection.query(request);
  const { choice, recall } = explain.steps[1].steps.find(({ step }) => step === "recall");
  const way = recall.ef ?? choice.split(" ")[0].replace(":", "");
  const params = { exact: { exact: true }, codes: { plan: "codes" } }[way] ?? { ef: recall.ef };
  return { k, target, way, params };
}

async function measure(collection, effort, base, held, truths) {
  const k = Math.min(effort.k, base.length);
  const request = { limit: effort.k, params: effort.params, select: { payload: false } };
  let found = 0;
  let ms = 0;
  for (const [i, nearest] of held.entries()) {
    const began = performance.now();
    const { hits } = await collection.query({ ...request, nearest });
    ms += performance.now() - began;
    const last = 1 - truths[i][k - 1];
    found += Math.min(k, hits.filter(({ score }) => score >= last).length);
  }
  const { target, way } = effort;
  const queriesPerSecond = Math.round((1000 * held.length) / ms);
  return { k: effort.k, target, way, measured: found / (k * held.length), queriesPerSecond };
}

/** Distances of the nearest, for each query. */
async function exactly(base, queries, dimension) {
  const index = kernel.createIndex({ dimension, metric: "cosine" });
  for (const [i, row] of base.entries()) index.put(i, row);
  const truths = [];
  const k = Math.min(Math.max(...sizes), base.length);
  for (const query of queries) truths.push((await index.search(query, { k, exact: true })).distances);
  await index.free();
  return truths;
}

/** As Markdown, with efforts and speed. */
function print({ set, about, points, held, phases }) {
  console.log(`\n**${set}**: ${points} points, ${held} queries (${about}).\n`);
  for (const { name, calibrationMs, rows } of phases) {
    console.log(`By queries ${name}, measured in ${(calibrationMs / 1000).toFixed(1)} s\n`);
    console.log(`| target | ${sizes.map((k) => `recall@${k} | ef | queries/s`).join(" | ")} |`);
    console.log(`| ---: |${" ---: |".repeat(sizes.length * 3)}`);
    for (const target of targets) {
      const own = sizes.map((k) => rows.find((row) => row.k === k && row.target === target));
      const cells = own.map((row) => `${row.measured.toFixed(4)} | ${row.way} | ${row.queriesPerSecond}`);
      console.log(`| ${target} | ${cells.join(" | ")} |`);
    }
    console.log("");
  }
}
