/** Each route of Franca's own wire does what its Store does, and says what is wrong where something is. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Served, startServed } from "./served.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.stop());

const schema = {
  vectors: { e: { dimension: 3, metric: "euclidean" } },
  payload: { year: { type: "integer" }, title: { type: "text" }, at: { type: "datetime" } },
} as const;
const points = [
  { id: 1, vector: [1, 0, 0], payload: { year: 2019, title: "harbour lights" } },
  { id: "two", vector: [0, 1, 0], payload: { year: 2020, title: "mountain paths" } },
  { id: 3, vectors: { e: [0, 0, 1] }, payload: { year: 2020, at: "2026-01-31T12:00:00Z" } },
];

beforeEach(async () => {
  const { store } = served;
  for (const alias of Object.keys(await store.aliases())) await store.dropAlias(alias);
  for (const name of await store.list()) await store.drop(name);
  await served.ask("PUT", "/collections/c", { schema });
  const written = await served.ask("POST", "/collections/c/points/upsert", { points });
  expect(written.body).toMatchObject({ count: 3 });
});

const error = (code: string, message: string | RegExp) => ({
  error: { code, message: expect.stringMatching(message), details: expect.anything() },
});

describe("the server", () => {
  it("says what it is and what its store can do", async () => {
    const { status, body } = await served.ask("GET", "");
    expect(status).toBe(200);
    expect(body).toEqual({
      name: "franca",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      abilities: served.store.abilities,
    });
  });

  it("answers in frames to those who accept them, everywhere", async () => {
    const { type, body } = await served.askFrame("GET", "/collections");
    expect(type).toBe("application/vnd.franca.frame");
    expect(body).toEqual({ collections: ["c"] });
  });
});

describe("sparse and multi vectors", () => {
  it("go and come as JSON and in frames, every bit of indices beyond float32", async () => {
    const own = {
      sparse: { s: { indices: [16_777_217, 4_294_967_295], values: [0.5, 2] } },
      multi: {
        vectors: [
          [1, 2],
          [3, 4],
        ],
      },
    };
    const kinds = { vectors: {}, sparse: { s: {} }, multi: { vectors: { dimension: 2 } } };
    await served.ask("PUT", "/collections/kinds", { schema: kinds });
    await served.ask("POST", "/collections/kinds/points/upsert", { points: [{ id: 1, ...own }] });
    const select = { vectors: true };
    const read = await served.ask("POST", "/collections/kinds/points/get", { ids: [1], select });
    expect(read.body.points).toEqual([{ id: 1, payload: {}, ...own }]);
    const nearest = { indices: [16_777_217, 4_294_967_294], values: [2, 1] };
    const asked = await served.ask("POST", "/collections/kinds/points/query", {
      nearest,
      field: "s",
      select,
    });
    expect(asked.body.hits).toEqual([{ id: 1, payload: {}, score: 1, ...own }]);
    const framed = await served.askFrame("POST", "/collections/kinds/points/get", { ids: [1], select });
    expect(framed.body).toEqual({
      points: [
        {
          id: 1,
          payload: {},
          sparse: { s: { indices: Uint32Array.from(own.sparse.s.indices), values: Float32Array.of(0.5, 2) } },
          multi: { vectors: [Float32Array.of(1, 2), Float32Array.of(3, 4)] },
        },
      ],
    });
    const change = {
      setSparse: { s: { indices: [4_294_967_295], values: [1] } },
      deleteVectors: ["vectors"],
    };
    await served.ask("POST", "/collections/kinds/points/update", { selector: { ids: [1] }, change });
    const after = await served.ask("POST", "/collections/kinds/points/get", { ids: [1], select });
    expect(after.body.points).toEqual([{ id: 1, payload: {}, sparse: change.setSparse, multi: {} }]);
  });
});

describe("collections", () => {
  it("are made, described, listed and dropped", async () => {
    const made = await served.ask("PUT", "/collections/d", { schema });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({ name: "d", aliases: [], schema, points: 0 });
    expect((await served.ask("GET", "/collections")).body).toEqual({ collections: ["c", "d"] });
    expect((await served.ask("GET", "/collections/c")).body.points).toBe(3);
    expect((await served.ask("DELETE", "/collections/d")).body).toEqual({ dropped: true });
    expect((await served.ask("DELETE", "/collections/d")).body).toEqual({ dropped: false });
    const gone = await served.ask("GET", "/collections/d");
    expect(gone.status).toBe(404);
    expect(gone.body).toMatchObject(error("not_found", "d"));
  });

  it("that exist are an error, or opened when their schema is equal", async () => {
    const again = await served.ask("PUT", "/collections/c", { schema });
    expect([again.status, again.body.error.code]).toEqual([409, "already_exists"]);
    const opened = await served.ask("PUT", "/collections/c", { schema, ifExists: "open" });
    expect(opened.body.points).toBe(3);
    const other = await served.ask("PUT", "/collections/c", {
      schema: { vectors: { e: { dimension: 4 } } },
      ifExists: "open",
    });
    expect([other.status, other.body.error.code]).toEqual([400, "failed_precondition"]);
  });

  it("have any name that a path can carry in percent signs", async () => {
    for (const name of ["a/b", "ü ☃", "100%", "?#", "__proto__", ":collection"]) {
      const path = `/collections/${encodeURIComponent(name)}`;
      const made = await served.ask("PUT", path, { schema });
      expect([name, made.status]).toEqual([name, 200]);
      expect((await served.ask("GET", path)).body.name).toBe(name);
    }
  });

  it("are altered", async () => {
    const { body } = await served.ask("PATCH", "/collections/c", {
      addPayload: { lang: { type: "keyword" } },
      dropPayload: ["at"],
    });
    expect(Object.keys(body.schema.payload).sort()).toEqual(["lang", "title", "year"]);
    const unknown = await served.ask("PATCH", "/collections/c", { add: {} });
    expect([unknown.status, unknown.body.error.code]).toEqual([400, "invalid_argument"]);
  });

  it("are refused with a bad schema, which is named", async () => {
    const bad = await served.ask("PUT", "/collections/d", { schema: { vectors: { e: { dimension: 0 } } } });
    expect(bad.status).toBe(400);
    expect(bad.body).toMatchObject(error("invalid_argument", /schema\.vectors\.e\.dimension/));
  });
});

describe("a number out of its bounds", () => {
  it.each([
    ["query", { nearest: [1, 0, 0], limit: 0 }, "body.limit: expected a number of at least 1; got 0"],
    [
      "query",
      { nearest: [1, 0, 0], limit: 1e9 },
      "body.limit: expected a number of at most 1048576; got 1000000000",
    ],
    ["query", { nearest: [1, 0, 0], limit: "10" }, 'body.limit: expected number; got "10"'],
  ])("is refused in words that name it and the bound (%s)", async (call, body, message) => {
    const refused = await served.ask("POST", `/collections/c/points/${call}`, body);
    expect([refused.status, refused.body.error.message]).toEqual([400, message]);
  });
});

describe("aliases", () => {
  it("are set, listed, followed and dropped", async () => {
    expect((await served.ask("PUT", "/aliases/now", { collection: "c" })).body).toEqual({
      alias: "now",
      collection: "c",
    });
    expect((await served.ask("GET", "/aliases")).body).toEqual({ aliases: { now: "c" } });
    expect((await served.ask("GET", "/collections/now")).body.name).toBe("c");
    expect((await served.ask("POST", "/collections/now/points/count")).body.count).toBe(3);
    expect((await served.ask("DELETE", "/aliases/now")).body).toEqual({ dropped: true });
    expect((await served.ask("DELETE", "/aliases/now")).body).toEqual({ dropped: false });
  });

  it("of nothing are refused", async () => {
    expect((await served.ask("PUT", "/aliases/now", { collection: "none" })).status).toBe(404);
    const bad = await served.ask("PUT", "/aliases/now", { collection: 5 });
    expect(bad.body).toMatchObject(error("invalid_argument", /^body\.collection: expected string; got 5$/));
  });
});

describe("writes", () => {
  it("replace points, tell their count, and are read back", async () => {
    const { body } = await served.ask("POST", "/collections/c/points/upsert", {
      points: [{ id: 1, vector: [0.5, 0, 0] }],
    });
    expect(body).toEqual({ lsn: expect.any(Number), count: 1 });
    const got = await served.ask("POST", "/collections/c/points/get", {
      ids: [1, 404],
      select: { vectors: true },
    });
    expect(got.body).toEqual({ points: [{ id: 1, payload: {}, vectors: { e: [0.5, 0, 0] } }, null] });
  });

  it("change parts of points, by id or by filter", async () => {
    const changed = await served.ask("POST", "/collections/c/points/update", {
      selector: { filter: { field: "year", eq: 2020 } },
      change: { setPayload: { seen: true }, deletePayload: ["title"], setVectors: { e: [9, 9, 9] } },
    });
    expect(changed.body.count).toBe(2);
    const got = await served.ask("POST", "/collections/c/points/get", {
      ids: ["two"],
      select: { vectors: true },
    });
    expect(got.body.points[0]).toEqual({
      id: "two",
      payload: { year: 2020, seen: true },
      vectors: { e: [9, 9, 9] },
    });
  });

  it("delete points, by id or by filter, never by neither or both", async () => {
    const path = "/collections/c/points/delete";
    expect((await served.ask("POST", path, { ids: [1, 404] })).body.count).toBe(1);
    expect((await served.ask("POST", path, { filter: { field: "year", eq: 2020 } })).body.count).toBe(2);
    for (const body of [{}, { ids: [1], filter: { ids: [1] } }, { all: true }]) {
      const refused = await served.ask("POST", path, body);
      expect([refused.status, refused.body.error.code]).toEqual([400, "invalid_argument"]);
    }
  });

  it("of a bad point write none of its call", async () => {
    const bad = await served.ask("POST", "/collections/c/points/upsert", {
      points: [
        { id: 9, vector: [1, 2, 3] },
        { id: 10, vector: [1, 2] },
      ],
    });
    expect(bad.body).toMatchObject(error("invalid_argument", /points\[1\].*3 components/));
    expect((await served.ask("POST", "/collections/c/points/count", {})).body.count).toBe(3);
  });

  it("and reads of a collection that is not there are not_found", async () => {
    for (const [path, body] of [
      ["points/upsert", { points: [] }],
      ["points/update", { selector: { ids: [] }, change: {} }],
      ["points/delete", { ids: [] }],
      ["points/get", { ids: [] }],
      ["points/query", { nearest: [1, 2, 3] }],
      ["points/scroll", {}],
      ["points/count", {}],
      ["points/facet", { field: "year" }],
      ["optimize", undefined],
    ] as const) {
      const { status, body: reply } = await served.ask("POST", `/collections/none/${path}`, body);
      expect([path, status, reply.error.code]).toEqual([path, 404, "not_found"]);
    }
    expect((await served.ask("GET", "/collections/none/stats")).status).toBe(404);
  });
});

describe("reads", () => {
  it("find the nearest, with payloads, legs, shortfall and explanation", async () => {
    const path = "/collections/c/points/query";
    const { body } = await served.ask("POST", path, { nearest: [1, 0, 0], limit: 1 });
    expect(body).toEqual({ hits: [{ id: 1, score: 0, payload: points[0]!.payload }], warnings: [] });
    const fused = await served.ask("POST", path, {
      fusion: { legs: [{ nearest: [1, 0, 0] }, { text: "mountain" }] },
      explain: true,
      select: { payload: false, vectors: true },
    });
    expect(fused.body.hits).toHaveLength(3);
    expect(fused.body.hits[0].legs).toBeDefined();
    expect(fused.body.hits[0].vectors.e).toHaveLength(3);
    expect(fused.body.explain.step).toBeDefined();
    expect(fused.body.shortfall.reason).toBe("collection");
  });

  it("take filters, dates among them", async () => {
    const { body } = await served.ask("POST", "/collections/c/points/query", {
      nearest: { id: 1 },
      filter: { field: "at", range: { gte: "2026-01-01T00:00:00Z" } },
    });
    expect(body.hits.map((hit: { id: unknown }) => hit.id)).toEqual([3]);
  });

  it("page through all points", async () => {
    const ids: unknown[] = [];
    let after: unknown;
    do {
      const { body } = await served.ask("POST", "/collections/c/points/scroll", {
        limit: 2,
        ...(after !== undefined && { after }),
      });
      ids.push(...body.points.map((point: { id: unknown }) => point.id));
      after = body.next;
    } while (after !== undefined);
    expect(ids).toEqual([1, 3, "two"]);
  });

  it("count and facet", async () => {
    const filter = { field: "year", eq: 2020 };
    expect((await served.ask("POST", "/collections/c/points/count", { filter })).body).toEqual({
      count: 2,
      warnings: [],
    });
    expect((await served.ask("POST", "/collections/c/points/facet", { field: "year" })).body).toEqual({
      values: [
        { value: 2020, count: 2 },
        { value: 2019, count: 1 },
      ],
      warnings: [],
    });
  });

  it("tell statistics", async () => {
    expect((await served.ask("GET", "/collections/c/stats")).body).toEqual(
      JSON.parse(JSON.stringify(await (await served.store.collection("c")).stats())),
    );
  });
});

describe("optimizing", () => {
  it("tells its progress line by line, and at last that it is done", async () => {
    const many = Array.from({ length: 2000 }, (_, id) => ({ id, vector: [Math.cos(id), Math.sin(id), 0] }));
    await (await served.store.collection("c")).upsert(many);
    const { status, type, text } = await served.ask("POST", "/collections/c/optimize");
    expect([status, type]).toEqual([200, "application/x-ndjson"]);
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ done: true });
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) expect(line).toHaveProperty("stage");
  });
});

describe("what is not documented is refused by its name", () => {
  it("a key of a body", async () => {
    const { body } = await served.ask("POST", "/collections/c/points/query", { nearest: [1, 0, 0], top: 5 });
    expect(body).toMatchObject(
      error("invalid_argument", /^body\.top: expected only nearest, .*; got "top"$/),
    );
    const signal = await served.ask("POST", "/collections/c/points/count", { signal: {} });
    expect(signal.body).toMatchObject(error("invalid_argument", /body\.signal/));
  });

  it("a parameter of the URL, a body where there is none, another content-type", async () => {
    expect((await served.ask("GET", "/collections?limit=5")).body).toMatchObject(
      error("invalid_argument", /^the URL: expected no parameters; got "limit"$/),
    );
    expect((await served.ask("DELETE", "/collections/c", {})).status).toBe(400);
    const form = await served.ask(
      "POST",
      "/collections/c/points/count",
      {},
      { "content-type": "text/plain" },
    );
    expect(form.status).toBe(415);
    const list = await served.ask("POST", "/collections/c/points/count", []);
    expect(list.body).toMatchObject(error("invalid_argument", /^body: expected object; got \[\]$/));
  });

  it("a missing body", async () => {
    const { body } = await served.ask("POST", "/collections/c/points/query");
    expect(body).toMatchObject(error("invalid_argument", /^body: expected a JSON object; got "nothing"$/));
  });
});

describe("frames", () => {
  it("carry points there and back, with ids, vectors and payloads as they are", async () => {
    const sent = [
      {
        id: 2n ** 64n - 1n,
        vector: new Float32Array([0.1, -1e-40, 3e38]),
        payload: { $f32: [0, 1], __proto__x: 1 },
      },
      { id: -(2n ** 63n), vector: new Float32Array(3), payload: { $: { $int: "5" }, big: 2 ** 60 } },
    ];
    const written = await served.askFrame("POST", "/collections/c/points/upsert", { points: sent });
    expect(written.body).toEqual({ lsn: expect.any(Number), count: 2 });
    const got = await served.askFrame("POST", "/collections/c/points/get", {
      ids: sent.map(({ id }) => id),
      select: { vectors: true },
    });
    expect(got.body.points).toEqual(
      sent.map(({ id, vector, payload }) => ({ id, payload, vectors: { e: vector } })),
    );
    const found = await served.askFrame("POST", "/collections/c/points/query", {
      nearest: sent[1]!.vector,
      limit: 1,
    });
    expect(found.body.hits[0].id).toBe(-(2n ** 63n));
  });

  it("that are malformed are refused, in JSON", async () => {
    const response = await fetch(`${served.url}/collections/c/points/count`, {
      method: "POST",
      headers: { "content-type": "application/vnd.franca.frame", accept: "application/vnd.franca.frame" },
      body: "FRF1",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(error("invalid_argument", "malformed"));
  });
});

describe("in JSON", () => {
  it("large ids are written digit by digit, and vectors so that they come back as they were", async () => {
    const vector = new Float32Array([0.1, 1e-40, 3.4e38]);
    const collection = await served.store.collection("c");
    await collection.upsert([{ id: 2n ** 64n - 1n, vector }]);
    const { text, body } = await served.ask("POST", "/collections/c/points/scroll", {
      select: { vectors: true },
      filter: { not: { ids: [1, 3, "two"] } },
    });
    expect(text).toContain('"id":18446744073709551615,');
    expect(new Float32Array(body.points[0].vectors.e)).toEqual(vector);
  });
});

describe("a deadline", () => {
  it("stops what it is for", async () => {
    const { status, body } = await served.ask("GET", "/collections", undefined, { "x-timeout-ms": "no" });
    expect(status).toBe(400);
    expect(body).toMatchObject(error("invalid_argument", "x-timeout-ms"));
  });
});
