/**
 * Franca as a server under load: queries a second, latencies, and what each query and each point costs the server in CPU
 * time, over every protocol it has. The server runs in a process of its own, clients in this one.
 *
 *   npm run load -- [--count 100000] [--dimension 768] [--seconds 5] [--recall 0.97] [--only rest,frame,grpc,qdrant,qdrant-grpc] [--quick]
 *                   [--profile folder]
 *
 * CPU times are /proc's of the server's process with all its threads, less what it takes when idle. As a yardstick, the same
 * searches by hnswlib-node inside a process, at the same recall. Results go to results/load.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { parseArgs } from "node:util";
import { all as protocols } from "./load/protocols.mjs";
import { startServer } from "./load/server.mjs";
import { folder, loadVectors, recallOf } from "./load/vectors.mjs";
import { hnswlibYardstick } from "./load/yardstick.mjs";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string" },
    dimension: { type: "string", default: "768" },
    queries: { type: "string", default: "1000" },
    seconds: { type: "string" },
    recall: { type: "string", default: "0.97" },
    only: { type: "string", default: "rest,frame,grpc,qdrant,qdrant-grpc" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const count = Number(flags.count ?? (flags.quick ? 10_000 : 100_000));
const dimension = Number(flags.dimension);
const seconds = Number(flags.seconds ?? (flags.quick ? 2 : 5));
const target = Number(flags.recall);
const batchSize = 500;
const writers = 4;
const ladder = [1, 8, 32];

const { base, queries, truth } = await loadVectors(count, Number(flags.queries), dimension);
const row = (i) => base.subarray(i * dimension, (i + 1) * dimension);
const database = mkdtempSync(join(tmpdir(), "franca-load-"));
const server = await startServer(database, {
  nodeOptions: flags.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`],
});
const admin = protocols.rest.connect(server);
const result = {
  at: new Date().toISOString(),
  machine: `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)} at the start`,
  count,
  dimension,
  loads: [],
  queries: [],
};
try {
  await run();
} finally {
  await server.stop();
  rmSync(database, { recursive: true });
}

async function run() {
  await after(1000);
  const idle = await cpuWhile(() => after(2000));
  result.idleCpuShare = idle.cpu / idle.wall;
  const names = flags.only.split(",").filter((name) => protocols[name] !== undefined);
  for (const name of names) result.loads.push(await load(name, protocols[name]));
  result.memory = { startMiB: result.startMemory, ...server.memory() };
  const collection = names[0];
  const ef = await effortFor(collection);
  Object.assign(result, ef);
  for (const name of names) {
    for (const clients of ladder) result.queries.push(await ask(protocols[name], collection, clients, ef.ef));
  }
  result.memoryAfterQueries = server.memory();
  admin.close();
  console.log("hnswlib-node …");
  result.hnswlib = await hnswlibYardstick({
    base,
    queries,
    dimension,
    truth,
    target,
    recallOf,
    file: join(folder, `load-${count}x${dimension}.hnsw`),
  });
  print();
  if (!flags.quick && count === 100_000) {
    writeFileSync(new URL("../results/load.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
  }
}

/** Writes all points, then waits until the graph holds them. */
async function load(name, protocol) {
  await admin.call("PUT", `/franca/v1/collections/${name}`, {
    schema: { vectors: { v: { dimension, metric: "cosine" } }, payload: { group: { type: "integer" } } },
  });
  const connections = Array.from({ length: writers }, () => protocol.connect(server));
  let next = 0;
  let wall = 0;
  const before = server.cpuSeconds();
  const started = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const first = next;
        next += batchSize;
        const batch = Array.from({ length: Math.min(batchSize, count - first) }, (_, i) => ({
          id: first + i,
          vector: row(first + i),
          payload: { group: (first + i) % 100, title: `point ${first + i}` },
        }));
        await connection.upsert(name, await protocol.upsertBody(batch, name));
      }
    }),
  );
  wall = (performance.now() - started) / 1000;
  const written = server.cpuSeconds() - before;
  // A few thousand points that came last are scanned beside the graph until more come; here all are to be in it.
  let last = -1;
  for (let indexed = 0; indexed < count; ) {
    await after(500);
    indexed = (await admin.call("GET", `/franca/v1/collections/${name}/stats`)).vectors.v.indexed;
    if (indexed === last) {
      const { host, port } = server;
      await (
        await fetch(`http://${host}:${port}/franca/v1/collections/${name}/optimize`, { method: "POST" })
      ).text();
    }
    last = indexed;
  }
  for (const connection of connections) connection.close();
  const load = {
    protocol: protocol.name,
    pointsPerSecond: Math.round(count / wall),
    cpuSecondsWritten: written,
    cpuSecondsIndexed: server.cpuSeconds() - before,
    secondsUntilIndexed: (performance.now() - started) / 1000,
  };
  console.log(load);
  return load;
}

/** The least of a ladder of efforts that reaches the recall. */
async function effortFor(collection) {
  for (const ef of [16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128]) {
    const found = [];
    for (const nearest of queries) {
      const { hits } = await admin.call("POST", `/franca/v1/collections/${collection}/points/query`, {
        nearest: Array.from(nearest),
        limit: 10,
        params: { ef },
      });
      found.push(hits.map(({ id }) => id));
    }
    const recall = recallOf(found, truth);
    if (recall >= target || ef === 128) return { ef, recall };
  }
}

async function ask(protocol, collection, clients, ef) {
  const bodies = await Promise.all(
    queries.map((nearest) => protocol.queryBody({ nearest, limit: 10, params: { ef } }, collection)),
  );
  const found = [];
  const connections = Array.from({ length: clients }, () => protocol.connect(server));
  let next = 0;
  let latencies = [];
  const until = async (endMs) => {
    await Promise.all(
      connections.map(async (connection) => {
        while (performance.now() < endMs) {
          const at = next++ % queries.length;
          const began = performance.now();
          const reply = await connection.query(collection, bodies[at]);
          latencies.push(performance.now() - began);
          if (found[at] === undefined) found[at] = reply;
        }
      }),
    );
  };
  await until(performance.now() + 1000);
  latencies = [];
  const { cpu, wall } = await cpuWhile(() => until(performance.now() + seconds * 1000));
  for (const connection of connections) connection.close();
  latencies.sort((a, b) => a - b);
  const asked = Object.keys(found).map(Number);
  const ids = await Promise.all(asked.map((at) => protocol.ids(found[at])));
  const figures = {
    protocol: protocol.name,
    clients,
    queriesPerSecond: Math.round(latencies.length / wall),
    p50Ms: latencies[Math.floor(latencies.length * 0.5)],
    p99Ms: latencies[Math.floor(latencies.length * 0.99)],
    cpuMsPerQuery: ((cpu - result.idleCpuShare * wall) * 1000) / latencies.length,
    recall: recallOf(
      ids,
      asked.map((at) => truth[at]),
    ),
  };
  console.log(figures);
  return figures;
}

async function cpuWhile(act) {
  const cpu = server.cpuSeconds();
  const started = performance.now();
  await act();
  return { cpu: server.cpuSeconds() - cpu, wall: (performance.now() - started) / 1000 };
}

function print() {
  const { hnswlib } = result;
  const lines = [
    `${count} × ${dimension}, ef ${result.ef}, recall@10 ${result.recall.toFixed(3)}; ${result.machine}`,
    "",
    "| protocol | clients | queries/s | p50 ms | p99 ms | server CPU ms a query | of hnswlib-node's search alone |",
    "|---|---:|---:|---:|---:|---:|---:|",
    ...result.queries.map(
      (q) =>
        `| ${q.protocol} | ${q.clients} | ${q.queriesPerSecond} | ${q.p50Ms.toFixed(2)} | ${q.p99Ms.toFixed(2)} | ${q.cpuMsPerQuery.toFixed(3)} | ${(q.cpuMsPerQuery / hnswlib.cpuMs).toFixed(2)} × |`,
    ),
    `| hnswlib-node, in process, recall ${hnswlib.recall.toFixed(3)} | | | | | ${hnswlib.cpuMs.toFixed(3)} | 1 |`,
    "",
    "| protocol | points/s written | server CPU s, written | until indexed | seconds until indexed |",
    "|---|---:|---:|---:|---:|",
    ...result.loads.map(
      (l) =>
        `| ${l.protocol} | ${l.pointsPerSecond} | ${l.cpuSecondsWritten.toFixed(1)} | ${l.cpuSecondsIndexed.toFixed(1)} | ${l.secondsUntilIndexed.toFixed(1)} |`,
    ),
    "",
    `Memory of the server with ${result.loads.length} such collections, MiB: ${JSON.stringify(result.memory)}; after the queries ${JSON.stringify(result.memoryAfterQueries)}`,
  ];
  console.log(lines.join("\n"));
}
