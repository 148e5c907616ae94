/**
 * Clients of a soak that do what clients do: write, read what they wrote, search, delete, page. Each knows what the server
 * acknowledged and compares every answer with it; whatever differs is noted, and so is every error.
 */
import { Agent, request } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { randomSource } from "./data.mjs";

export const collection = "soak";
export const dimension = 64;
const path = (verb) => `/franca/v1/collections/${collection}/points/${verb}`;
const colors = ["red", "green", "blue"];

/** { status, body }; rejects when the connection fails. */
export function ask(port, agent, method, target, body) {
  const bytes = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers =
      bytes === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) };
    const asked = request({ host: "127.0.0.1", port, agent, method, path: target, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        text += piece;
      });
      response.once("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      response.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(bytes);
  });
}

/**
 * Starts them. `tally` collects `{ done: {verb: n}, refused, wrong: [text], latencies: number[] }`, latencies in milliseconds
 * of searches. `pauseMs` lies between two requests of a client.
 */
export function startClients({ port, points, pauseMs, tally, writers = 2, searchers = 2 }) {
  let over = false;
  const models = [];
  const running = [];
  const share = Math.floor(points / writers);
  for (let w = 0; w < writers; w++) {
    const model = new Model(w * share, share);
    models.push(model);
    running.push(
      loop((random, call) => write(random, call, model), 100 + w),
      loop((random, call) => read(random, call, model), 200 + w),
    );
  }
  for (let s = 0; s < searchers; s++) running.push(loop(search, 300 + s));
  running.push(loop(page, 400), loop(disconnect, 500));
  return {
    models,
    async stop() {
      over = true;
      await Promise.all(running);
    },
  };

  async function loop(step, seed) {
    const random = randomSource(seed);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = async (verb, body) => {
      const { status, body: answer } = await ask(port, agent, "POST", path(verb), body);
      if (status === 429 || status === 503) {
        tally.refused++;
        await after(200);
        return undefined;
      }
      if (status !== 200) throw new Error(`${verb}: ${status} ${JSON.stringify(answer)}`);
      tally.done[verb] = (tally.done[verb] ?? 0) + 1;
      return answer;
    };
    while (!over) {
      try {
        await step(random, call);
      } catch (error) {
        tally.wrong.push(String(error.message ?? error));
        await after(100);
      }
      await after(pauseMs * (0.5 + random()));
    }
    agent.destroy();
  }

  async function write(random, call, model) {
    const ids = [
      ...new Set(Array.from({ length: 50 }, () => model.first + Math.floor(random() * model.count))),
    ];
    const version = model.nextVersion();
    if (random() < 0.2) {
      model.attempt(ids, undefined);
      if ((await call("delete", { ids })) !== undefined) model.acknowledge(ids, undefined);
      return;
    }
    model.attempt(ids, version);
    const made = ids.map((id) => ({
      id,
      vector: vectorOf(random),
      payload: { version, color: colors[id % 3], text: `${"word ".repeat(20)}${id}` },
    }));
    const answer = await call("upsert", { points: made });
    if (answer !== undefined) model.acknowledge(ids, version);
  }

  async function read(random, call, model) {
    const ids = Array.from({ length: 20 }, () => model.first + Math.floor(random() * model.count));
    const before = ids.map((id) => model.stateOf(id));
    const answer = await call("get", { ids });
    answer?.points.forEach((point, i) => {
      const fault = model.faultOf(ids[i], before[i], point?.payload?.version);
      if (fault !== undefined) tally.wrong.push(fault);
    });
  }

  async function search(random, call) {
    const color = random() < 0.5 ? colors[Math.floor(random() * 3)] : undefined;
    const filter = color === undefined ? {} : { filter: { field: "color", eq: color } };
    const beganMs = performance.now();
    const answer = await call("query", { nearest: vectorOf(random), limit: 10, ...filter });
    if (answer === undefined) return;
    tally.latencies.push(performance.now() - beganMs);
    const { hits } = answer;
    if (hits.some((hit, i) => i > 0 && hit.score > hits[i - 1].score))
      tally.wrong.push("query: hits are out of order");
    if (color !== undefined && hits.some(({ payload }) => payload.color !== color))
      tally.wrong.push("query: a hit that the filter excludes");
    if (hits.length > 10) tally.wrong.push(`query: ${hits.length} hits of 10`);
  }

  async function page(_random, call) {
    const first = await call("scroll", { limit: 100 });
    if (first === undefined || first.next === undefined) return;
    const second = await call("scroll", { limit: 100, after: first.next });
    const ids = [...first.points, ...(second?.points ?? [])].map(({ id }) => id);
    if (ids.some((id, i) => i > 0 && id <= ids[i - 1])) tally.wrong.push("scroll: ids are out of order");
  }

  /** Goes away in the middle of a request, or before its answer. What it writes lies beyond the others' ids. */
  async function disconnect(random) {
    const verb = random() < 0.5 ? "query" : "upsert";
    const body =
      verb === "query"
        ? { nearest: vectorOf(random), limit: 100 }
        : {
            points: Array.from({ length: 50 }, (_, i) => ({
              id: points + 1_000 + i,
              vector: vectorOf(random),
              payload: {},
            })),
          };
    const bytes = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) };
    const asked = request({ host: "127.0.0.1", port, method: "POST", path: path(verb), headers });
    await new Promise((resolve) => {
      asked
        .on("error", resolve)
        .on("close", resolve)
        .on("response", (response) => response.resume());
      asked.write(bytes.slice(0, Math.floor(random() * bytes.length)));
      if (random() < 0.5) asked.end(bytes.slice(0, 0));
      setTimeout(() => asked.destroy(), random() * 20);
    });
    tally.done.disconnect = (tally.done.disconnect ?? 0) + 1;
  }
}

function vectorOf(random) {
  return Array.from({ length: dimension }, () => Math.round((random() - 0.5) * 1e6) / 1e6);
}

/** What a writer knows of its ids: which version was acknowledged, and which ones may have come since. */
class Model {
  #version = 0;
  #states = new Map();

  constructor(first, count) {
    this.first = first;
    this.count = count;
  }

  nextVersion() {
    return ++this.#version;
  }

  stateOf(id) {
    return this.#states.get(id) ?? { acknowledged: undefined, attempts: [] };
  }

  attempt(ids, version) {
    for (const id of ids) {
      const { acknowledged, attempts } = this.stateOf(id);
      this.#states.set(id, { acknowledged, attempts: [...attempts, version] });
    }
  }

  acknowledge(ids, version) {
    for (const id of ids) this.#states.set(id, { acknowledged: version, attempts: [] });
  }

  /** A read that began when `before` was known may see that, whatever was attempted, or what was since acknowledged. */
  faultOf(id, before, version) {
    const now = this.stateOf(id);
    const possible = [before.acknowledged, ...before.attempts, now.acknowledged, ...now.attempts];
    // Several writes may have come and gone while the read was under way.
    if (
      possible.includes(version) ||
      (version !== undefined && version > (before.acknowledged ?? 0) && version <= this.#version)
    )
      return undefined;
    if (version === undefined && now !== before) return undefined;
    return `get: point ${id} has version ${version}; expected one of ${possible.join(", ")}`;
  }

  /** All ids that may exist, with what is known of each. */
  get states() {
    return this.#states;
  }
}
