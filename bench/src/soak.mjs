/**
 * A server for a long time: does it leak, err, or let those who abuse it disturb those who do not?
 *
 *   npm run soak -- [--minutes 30] [--points 20000] [--pause 10]
 *
 * `franca serve` runs in its own process over a folder. Clients write, read back, search, delete, page, and go away in the
 * middle; every answer is compared with what was acknowledged. Half of the time another process abuses the server: requests
 * that are none, bombs, depth, floods, and hundreds of connections that begin and never end. Each minute the server collects
 * its garbage and tells its memory, handles, files and sockets. At the end it is stopped, and the folder opened: every
 * acknowledged write must be there. Fails for an error that nobody provoked, a wrong answer, a lost write, a server that does
 * not stop cleanly, or memory, files or handles that grow steadily. Results go to results/soak.json.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { franca } from "./franca.mjs";
import { ask, collection, dimension, startClients } from "./soak-clients.mjs";
import { startServer } from "./soak-server.mjs";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    points: { type: "string", default: "20000" },
    pause: { type: "string", default: "10" },
  },
});
const [minutes, points, pauseMs] = ["minutes", "points", "pause"].map((name) => Number(flags[name]));
/** In each a sample; its second half is under attack. */
const roundMs = Math.min(60_000, (minutes * 60_000) / 8);
const rounds = Math.max(4, Math.round((minutes * 60_000) / roundMs));

const folder = mkdtempSync(join(tmpdir(), "franca-soak-"));
try {
  process.exitCode = await soak();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function soak() {
  const server = await startServer(folder);
  const schema = {
    vectors: { body: { dimension } },
    payload: { color: { type: "keyword" }, version: { type: "integer" } },
  };
  const made = await ask(server.port, new Agent(), "PUT", `/franca/v1/collections/${collection}`, { schema });
  if (made.status !== 200) throw new Error(JSON.stringify(made));
  const attackers = fork(fileURLToPath(new URL("./soak-abuse.mjs", import.meta.url)));
  const tally = { done: {}, refused: 0, wrong: [], latencies: [] };
  const clients = startClients({ port: server.port, points, pauseMs, tally });
  const samples = [];
  const latencies = { calm: [], attacked: [] };
  const phase = async (name) => {
    tally.latencies = [];
    await after(roundMs / 2);
    latencies[name].push(...tally.latencies);
  };
  console.log(`${rounds} rounds of ${roundMs / 1000} s; load ${loadavg()[0].toFixed(2)}\n`);
  console.log(
    "| min | rss MB | heap MB | external MB | handles | files | sockets | requests | refused | wrong |",
  );
  console.log("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
  let attacks = 0;
  for (let round = 1; round <= rounds; round++) {
    attackers.send(`start ${server.port} ${server.grpcPort}`);
    await phase("attacked");
    attackers.send("stop");
    [attacks] = await once(attackers, "message");
    await phase("calm");
    const sample = { minute: (round * roundMs) / 60_000, ...(await server.sample()) };
    samples.push(sample);
    const requests = Object.values(tally.done).reduce((sum, n) => sum + n, 0);
    const { minute, rssMb, heapMb, externalMb, handles, files, sockets } = sample;
    console.log(
      `| ${minute.toFixed(1)} | ${[rssMb, heapMb, externalMb].map((mb) => mb.toFixed(1)).join(" | ")} | ${handles} | ${files} | ${sockets} | ${requests} | ${tally.refused} | ${tally.wrong.length} |`,
    );
  }
  attackers.kill();
  await clients.stop();
  const outcome = await server.stop();
  const lost = await lostWrites(clients.models);
  const faults = [
    ...new Set(tally.wrong),
    ...lost,
    ...(minutes >= 10 ? growths(samples) : []),
    ...(outcome.code === 0 ? [] : [`the server ended with ${JSON.stringify(outcome)}`]),
    ...unexpected(server.said()),
  ];
  const summary = {
    calm: quantiles(latencies.calm),
    attacked: quantiles(latencies.attacked),
    requests: tally.done,
    refused: tally.refused,
    attacks,
    lost: lost.length,
    faults: faults.slice(0, 50),
  };
  console.log("\n| searches | n | p50 ms | p99 ms | longest ms |");
  console.log("|---|---:|---:|---:|---:|");
  for (const name of ["calm", "attacked"]) {
    const { n, p50, p99, longest } = summary[name];
    console.log(`| ${name} | ${n} | ${[p50, p99, longest].map((ms) => ms.toFixed(1)).join(" | ")} |`);
  }
  console.log(
    `\nrequests ${JSON.stringify(tally.done)}, refused ${tally.refused}, attacks ${attacks}, acknowledged writes lost ${lost.length}`,
  );
  console.log(
    faults.length === 0 ? "no fault" : `FAULTS (${faults.length}):\n${faults.slice(0, 20).join("\n")}`,
  );
  mkdirSync(new URL("../results/", import.meta.url), { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, load: loadavg()[0] };
  writeFileSync(
    new URL("../results/soak.json", import.meta.url),
    `${JSON.stringify({ minutes, points, machine, summary, samples }, null, 2)}\n`,
  );
  return faults.length === 0 ? 0 : 1;
}

/** Acknowledged, not attempted since, and yet not there as acknowledged. */
async function lostWrites(models) {
  const { open } = await franca(".");
  const store = await open(folder);
  const opened = await store.collection(collection);
  const lost = [];
  for (const { states } of models) {
    const known = [...states].filter(([, { attempts }]) => attempts.length === 0);
    for (let at = 0; at < known.length; at += 500) {
      const some = known.slice(at, at + 500);
      const found = await opened.get(some.map(([id]) => id));
      for (const [i, [id, { acknowledged }]] of some.entries()) {
        const version = found[i]?.payload?.version;
        if (version !== acknowledged)
          lost.push(`after the end point ${id} has version ${version}; acknowledged was ${acknowledged}`);
      }
    }
  }
  await store.close();
  return lost;
}

/** Between the second quarter and the last; the first is spent on filling what is filled once. */
function growths(samples) {
  const quarter = Math.ceil(samples.length / 4);
  const allowed = {
    rssMb: [1.15, 32],
    heapMb: [1.15, 8],
    externalMb: [1.15, 16],
    handles: [1, 20],
    files: [1.1, 20],
    sockets: [1, 20],
  };
  return Object.entries(allowed).flatMap(([name, [factor, more]]) => {
    const median = (some) =>
      some.map((sample) => sample[name]).toSorted((a, b) => a - b)[Math.floor(some.length / 2)];
    const [early, late] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))];
    return late <= early * factor + more
      ? []
      : [`${name} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`];
  });
}

/** Of what the server said, whatever speaks of a failure of its own. */
function unexpected(said) {
  return said
    .split("\n")
    .filter((line) => /"level":"(error|fatal)"|unhandled|uncaught|TypeError|RangeError/i.test(line));
}

function quantiles(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), longest: sorted.at(-1) ?? 0 };
}
