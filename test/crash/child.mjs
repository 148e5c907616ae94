// The child of kill.test.ts: several writers and an administrator on one database, until it is killed. Every call is
// told on stdout before it begins, and again once it is acknowledged, or refused for want of memory.
// Argument: {folder, durability, life, seed, phases, calls, plan, dimension, segmentBytes, maxMemoryBytes?}, as JSON.
import { writeSync } from "node:fs";
import { openEngine } from "../../dist/engine/engine.js";
import { nodeDirectory } from "../../dist/engine/files/node.js";
import { loadKernel } from "../../dist/engine/kernel/load.js";
import { KillPoints, killingDirectory } from "./killing-directory.mjs";

const { folder, durability, life, seed, phases, calls, plan, ...shape } = JSON.parse(process.argv[2]);
const { dimension, segmentBytes, maxMemoryBytes } = shape;
const isLimited = maxMemoryBytes !== undefined;
const writers = 4;
const idsPerWriter = 24;
const tags = ["red", "green", "blue"];
/** About so many there are; see KillPoints. */
const operationsOfClosing = 30;

function seeded(from) {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const points = new KillPoints(plan, seeded(seed));

// Synchronous, so that a line is with the parent before anything else happens.
const tell = (line) => writeSync(1, `${line}\n`);
let nextCall = 0;
async function told(who, call, act) {
  const number = nextCall++;
  tell(
    `try ${who} ${number} ${JSON.stringify(call, (_, value) => (typeof value === "bigint" ? { bigint: String(value) } : value))}`,
  );
  try {
    await act();
  } catch (error) {
    // Deletions are always taken: they make room.
    if (!isLimited || error.code !== "resource_exhausted" || "delete" in call) throw error;
    return tell(`refused ${who} ${number}`);
  }
  tell(`done ${who} ${number}`);
}

const mainSchema = {
  vectors: {
    a: { dimension, hnsw: { m: 4, efConstruction: 20 } },
    b: { dimension: 2, metric: "euclidean", index: "flat" },
  },
  payload: {
    writer: { type: "integer" },
    n: { type: "integer" },
    tag: { type: "keyword" },
    text: { type: "text" },
    weight: { type: "float" },
  },
};
const sideSchema = { vectors: { v: { dimension: 3, metric: "dot" } }, payload: { n: { type: "integer" } } };
/** Fields that are declared and dropped again; points have them in any case. */
const spareFields = { flag: { type: "bool" }, "deep.n": { type: "integer" }, label: { type: "keyword" } };

/** Writer by writer other points, so that calls of different writers are the same in any order. */
function idOf(writer, i) {
  if (i % 3 === 0) return writer * 1000 + i;
  return i % 3 === 1 ? `w${writer}-${i}` : 2n ** 60n + BigInt(writer * 1000 + i);
}

async function write(main, writer, phase) {
  const random = seeded(seed * 31 + writer * 7 + phase);
  const pick = (values) => values[Math.floor(random() * values.length)];
  const someIds = (most) => {
    const count = 1 + Math.floor(random() * most);
    return Array.from({ length: count }, () => idOf(writer, Math.floor(random() * idsPerWriter)));
  };
  let n = (life * 10 + phase) * 1000;
  const payload = () => ({
    writer,
    n: ++n,
    tag: pick(tags),
    text: pick(["running foxes", "the night", "東京"]),
    ...(random() < 0.5 && { weight: Math.floor(random() * 8) / 4 }),
    ...(random() < 0.5 && { flag: random() < 0.5, deep: { n }, label: pick(tags) }),
    ...(random() < 0.2 && { filler: "x".repeat(200) }),
  });
  const a = () => Array.from({ length: dimension }, () => Math.floor(random() * 64) - 32.5);
  const b = () => [Math.floor(random() * 32), Math.floor(random() * 32)];
  const vectors = () => ({ ...(random() < 0.85 && { a: a() }), ...(random() < 0.7 && { b: b() }) });
  const own = (filter) => ({ filter: { and: [{ field: "writer", eq: writer }, filter] } });
  const change = () => {
    const kind = random();
    if (kind < 0.3) return { overwritePayload: payload() };
    if (kind < 0.6) return { setPayload: { n: ++n, tag: pick(tags) }, deletePayload: ["weight", "deep.n"] };
    if (kind < 0.8) return { setVectors: { a: a() } };
    return { setPayload: { n: ++n }, setVectors: { a: a(), b: b() } };
  };
  const selector = () => (random() < 0.7 ? { ids: someIds(4) } : own({ field: "tag", eq: pick(tags) }));
  const next = () => {
    const kind = random();
    if (kind < 0.5) {
      const upsert = someIds(5).map((id) => ({ id, vectors: vectors(), payload: payload() }));
      return told(writer, { upsert }, () => main.upsert(upsert));
    }
    const chosen = selector();
    if (kind < 0.85) {
      const changed = change();
      return told(writer, { update: chosen, change: changed }, () => main.update(chosen, changed));
    }
    return told(writer, { delete: chosen }, () => main.delete(chosen));
  };
  for (let i = 0; i < calls; ) {
    // Several calls may be under way; they take effect in their order.
    const together = 1 + Math.floor(random() * 3);
    await Promise.all([...Array.from({ length: together }, next), ...(isLimited ? [look(main, a())] : [])]);
    i += together;
  }
}

let hasMapped = false;
/** Reads rows while others write, map and compact them; what is right is compared after the kill. */
async function look(main, nearest) {
  await main.query({ nearest, field: "a", limit: 3, params: { exact: true } });
  if (hasMapped || main.state.mapped.sizeBytes === 0) return;
  hasMapped = true;
  tell("mapped");
}

async function administer(store, main, phase, stop) {
  const random = seeded(seed * 17 + phase);
  const pick = (values) => values[Math.floor(random() * values.length)];
  const say = (call, act) => told("admin", call, act);
  while (!stop.now) {
    const kind = random();
    const side = pick(["s0", "s1"]);
    const names = await store.list();
    const alias = pick(["first", "second"]);
    if (kind < 0.08) await main.optimize();
    else if (kind < 0.45) {
      const declared = (await store.describe("main")).schema.payload;
      const field = pick(Object.keys(spareFields));
      const change = Object.hasOwn(declared, field)
        ? { dropPayload: [field] }
        : { addPayload: { [field]: spareFields[field] } };
      await say({ alter: "main", schemaChange: change }, () => store.alter("main", change));
    } else if (kind < 0.6) {
      const target = pick(names);
      await say({ setAlias: alias, target }, () => store.setAlias(alias, target));
    } else if (kind < 0.65) await say({ dropAlias: alias }, () => store.dropAlias(alias));
    else if (!names.includes(side)) {
      await say({ create: side, schema: sideSchema }, () => store.create(side, sideSchema));
    } else if (kind < 0.75) await say({ drop: side }, () => store.drop(side));
    else {
      const upsert = [0, 1, 2].map((id) => ({
        id,
        vectors: { v: [id, Math.floor(random() * 100), 1] },
        payload: { n: Math.floor(random() * 100) },
      }));
      await say({ side, upsert }, async () => (await store.collection(side)).upsert(upsert));
    }
  }
}

async function opened(limit) {
  return openEngine(killingDirectory(await nodeDirectory(folder), points), {
    kernel: await loadKernel(),
    durability,
    checkpointBytes: 9000,
    syncEveryMs: 5,
    segmentBytes,
    leastDead: { slots: 8, bytes: 2000 },
    retryMs: 20,
    ...(limit !== undefined && { maxMemoryBytes: limit }),
  });
}

/** With "main" open: where that does not fit the limit, under a larger one. */
async function openedWithMain(limit) {
  const store = await opened(limit);
  if (!(await store.list()).includes("main")) {
    await told("admin", { create: "main", schema: mainSchema }, () => store.create("main", mainSchema));
  }
  try {
    return { store, main: await store.collection("main") };
  } catch (error) {
    if (limit === undefined || error.code !== "resource_exhausted") throw error;
    await store.close();
    tell("did not fit");
    return openedWithMain(limit * 2);
  }
}

for (let phase = 0; phase < phases; phase++) {
  const { store, main } = await openedWithMain(maxMemoryBytes);
  tell(`opened ${phase}`);
  const stop = { now: false };
  const administrator = administer(store, main, phase, stop);
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(main, writer, phase)));
  stop.now = true;
  await administrator;
  if (phase === phases - 1) points.soon(operationsOfClosing);
  await store.close();
}
points.die("end");
