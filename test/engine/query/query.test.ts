/** Laws of one query: ties, pages, shortfalls, selection, explanation, snapshots, cancellation. */
import { beforeEach, describe, expect, it } from "vitest";
import { loadKernel } from "../../../src/engine/kernel/load.ts";
import { runFacet } from "../../../src/engine/query/count.ts";
import { runQuery } from "../../../src/engine/query/query.ts";
import { runScroll } from "../../../src/engine/query/scroll.ts";
import type { Payload } from "../../../src/model/payload.ts";
import { ArrayView } from "./array-view.ts";

const kernel = await loadKernel();
let view: ArrayView;
beforeEach(() => {
  view = new ArrayView(
    {
      vectors: { v: { dimension: 2, metric: "euclidean" }, angle: { dimension: 2 } },
      payload: { n: { type: "integer" }, body: { type: "text" }, tag: { type: "keyword" } },
    },
    kernel,
  );
});

/** Ids of the hits of a query. */
async function idsOf(request: object): Promise<unknown[]> {
  return (await runQuery(view, request)).hits.map(({ id }) => id);
}

describe("ties", () => {
  it("are in the order of ids, whatever the order of writing and wherever the page is cut", async () => {
    const ids = Array.from({ length: 200 }, (_, i) => (i * 37) % 200);
    for (const id of ids) view.upsert({ id, vectors: { v: [1, 1] }, payload: { body: "same words" } });
    for (const ranking of [{ nearest: [0, 0], field: "v" }, { text: "words" }]) {
      expect(await idsOf({ ...ranking, limit: 3 })).toEqual([0, 1, 2]);
      expect(await idsOf({ ...ranking, limit: 5, offset: 90 })).toEqual([90, 91, 92, 93, 94]);
    }
  });

  it("of ids of both kinds: integers before strings, 1 apart from '1'", async () => {
    for (const id of ["b", 2n ** 64n - 1n, "1", 1, -1]) view.upsert({ id, vectors: { v: [0, 0] } });
    expect(await idsOf({ nearest: [1, 1], field: "v" })).toEqual([-1, 1, 2n ** 64n - 1n, "1", "b"]);
  });
});

describe("a short page says why", () => {
  beforeEach(() => {
    for (let n = 0; n < 10; n++)
      view.upsert({ id: n, payload: { n, body: `word w${n}` }, vectors: { v: [n, 0] } });
    view.upsert({ id: "plain" });
  });
  const nearest = { nearest: [0, 0], field: "v" };
  const cases: [name: string, request: object, reason: string | undefined, matched?: number][] = [
    ["a full page", { ...nearest, limit: 10 }, undefined],
    ["the ranking leaves fewer", { ...nearest, limit: 20 }, "filter", 10],
    ["the filter leaves fewer", { ...nearest, filter: { field: "n", range: { lt: 3 } } }, "filter", 3],
    ["words leave fewer", { text: "w3 w4" }, "filter", 2],
    ["the threshold cut", { ...nearest, scoreThreshold: 2 }, "threshold", 10],
    ["the threshold cut nothing", { ...nearest, limit: 20, scoreThreshold: 100 }, "filter", 10],
    ["past the end", { ...nearest, offset: 8, limit: 5 }, "filter", 10],
    ["legs brought fewer", { fusion: { legs: [{ ...nearest, limit: 4 }] } }, "candidates", 10],
    ["the collection holds fewer", { fusion: { legs: [{ text: "word" }] }, limit: 50 }, "filter", 10],
  ];
  for (const [name, request, reason, matched] of cases) {
    it(name, async () => {
      const { shortfall } = await runQuery(view, request);
      expect(shortfall?.reason).toBe(reason);
      expect(shortfall?.matched).toBe(matched);
    });
  }

  it("the collection holds fewer, the point searched by not counted", async () => {
    view.delete("plain");
    const { hits, shortfall } = await runQuery(view, { nearest: { id: 3 }, field: "v" });
    expect(hits.map(({ id }) => id)).not.toContain(3);
    expect(shortfall).toMatchObject({ reason: "collection", matched: 9 });
  });
});

describe("scores", () => {
  it("of cosine are similarities, of euclidean distances, and thresholds follow", async () => {
    view.upsert({ id: 1, vectors: { v: [3, 4], angle: [1, 0] } });
    view.upsert({ id: 2, vectors: { v: [6, 8], angle: [0, 1] } });
    const far = await runQuery(view, { nearest: [0, 0], field: "v", scoreThreshold: 5 });
    expect(far.hits.map(({ id, score }) => [id, score])).toEqual([[1, 5]]);
    const angle = await runQuery(view, { nearest: [2, 0], field: "angle", scoreThreshold: 0.5 });
    expect(angle.hits.map(({ id, score }) => [id, score])).toEqual([[1, 1]]);
  });

  it("of a fusion are told leg by leg", async () => {
    view.upsert({ id: 1, vectors: { v: [0, 0] }, payload: { body: "apple" } });
    view.upsert({ id: 2, vectors: { v: [1, 0] } });
    const { hits } = await runQuery(view, {
      fusion: { legs: [{ nearest: [0, 0], field: "v" }, { text: "apples" }] },
    });
    expect(hits.map(({ id }) => id)).toEqual([1, 2]);
    expect(hits[0]!.score).toBe(1 / 61 + 1 / 61);
    expect(hits[0]!.legs).toMatchObject({ vector: { score: 0, rank: 0 }, keyword: { rank: 0 } });
    expect(hits[1]!.legs).toEqual({ vector: { score: 1, rank: 1 } });
  });
});

describe("what comes back", () => {
  it("is the payload's paths, arrays with the elements that hold them, nothing that is not there", async () => {
    const payload: Payload = {
      a: { b: 1, c: 2 },
      list: [{ b: 1, c: 2 }, { c: 3 }, 4, [{ b: 5 }]],

      n: 1,
    };
    view.upsert({ id: 1, vectors: { v: [0, 0] }, payload });
    const select = (paths: string[]) =>
      runQuery(view, { nearest: [0, 0], field: "v", select: { payload: paths } }).then(
        ({ hits }) => hits[0]!.payload,
      );
    expect(await select(["a.b", "list.b", "absent", "n.m"])).toEqual({
      a: { b: 1 },
      list: [{ b: 1 }, [{ b: 5 }]],
    });
    expect(await select(["a", "a.b"])).toEqual({ a: { b: 1, c: 2 } });
    expect(await select(["a.b", "a"])).toEqual({ a: { b: 1, c: 2 } });
    expect(await select([])).toEqual({});
  });

  it("is vectors by name, of the fields that the point has", async () => {
    view.upsert({ id: 1, vectors: { v: [3, 4] } });
    const { hits } = await runQuery(view, {
      nearest: [0, 0],
      field: "v",
      select: { payload: false, vectors: true },
    });
    expect(hits).toEqual([{ id: 1, score: 5, vectors: { v: Float32Array.of(3, 4) } }]);
  });

  it("is an explanation when asked for, and not otherwise", async () => {
    view.upsert({ id: 1, vectors: { v: [3, 4] }, payload: { n: 1 } });
    const request = { nearest: [0, 0], field: "v", filter: { field: "n", eq: 1 } };
    expect((await runQuery(view, request)).explain).toBeUndefined();
    const { explain } = await runQuery(view, { ...request, explain: true });
    const names = explain!.steps!.flatMap(({ step, steps }) => [
      step,
      ...(steps ?? []).map((inner) => inner.step),
    ]);
    expect(names).toEqual(["filter", "nearest", "plan", "scan", "fetch"]);
  });
});

describe("warnings", () => {
  it("name undeclared fields and how many payloads were read for them", async () => {
    for (let n = 0; n < 5; n++) view.upsert({ id: n, vectors: { v: [n, 0] }, payload: { n, free: n } });
    const { warnings, hits } = await runQuery(view, {
      nearest: [0, 0],
      field: "v",
      filter: {
        and: [
          { field: "free", range: { gte: 3 } },
          { field: "n", range: { gte: 2 } },
        ],
      },
    });
    expect(hits.map(({ id }) => id)).toEqual([3, 4]);
    expect(warnings).toMatchObject([
      { code: "undeclared_field", details: { field: "free", payloadsRead: 3 } },
    ]);
  });

  it("tell that a text holds no word to search for", async () => {
    view.upsert({ id: 1, payload: { body: "the end" } });
    expect(await runQuery(view, { text: "the, of!" })).toMatchObject({
      hits: [],
      warnings: [{ code: "no_searchable_words" }],
    });
    const { warnings } = await runQuery(view, { text: "end", filter: { field: "body", match: "the" } });
    expect(warnings).toMatchObject([{ code: "no_searchable_words", details: { field: "body" } }]);
  });
});

describe("writes meanwhile", () => {
  const filter = { field: "free", exists: true };
  beforeEach(() => {
    for (let n = 0; n < 20; n++) view.upsert({ id: n, vectors: { v: [n, 0] }, payload: { n, free: 1 } });
  });

  it("a page from which points die is asked again, so that it is full", async () => {
    let writes = 0;
    view.onPayloads = () => {
      // The first two batches of payloads are each followed by a death on the page.
      if (writes < 2) view.delete(writes++);
    };
    expect(await idsOf({ nearest: [0, 0], field: "v", filter, limit: 3 })).toEqual([2, 3, 4]);
  });

  it("under a storm of deaths the answer comes all the same, without the dead, and says why it is short", async () => {
    let next = 0;
    view.onPayloads = () => view.delete(next++);
    const { hits, shortfall } = await runQuery(view, { nearest: [0, 0], field: "v", filter, limit: 20 });
    // Three tries, each of which one point did not survive.
    expect(hits.map(({ id }) => id)).toEqual(Array.from({ length: 17 }, (_, i) => i + 3));
    expect(shortfall).toMatchObject({ reason: "collection", matched: 17 });
  });

  it("a point replaced meanwhile is not found twice, and a new one not half", async () => {
    let done = false;
    view.onPayloads = () => {
      if (!done) view.upsert({ id: 0, vectors: { v: [0.5, 0] }, payload: { free: 1 } });
      done = true;
    };
    const { hits } = await runQuery(view, { nearest: [0, 0], field: "v", filter, limit: 20 });
    expect(hits.map(({ id, score }) => [id, score])).toEqual([
      [0, 0.5],
      ...Array.from({ length: 19 }, (_, i) => [i + 1, i + 1]),
    ]);
  });

  it("a scroll goes on at the next id when points come and go", async () => {
    let done = false;
    view.onPayloads = () => {
      if (!done) for (const id of [3, 5, 7]) view.delete(id);
      done = true;
    };
    const page = await runScroll(view, { filter: { and: [filter] }, limit: 100 });
    expect(page.points.map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, i) => i).filter((id) => ![3, 5, 7].includes(id)),
    );
  });
});

describe("refusals", () => {
  it("a query by a point that is not there, or lacks the vector", async () => {
    view.upsert({ id: "a" });
    await expect(runQuery(view, { nearest: { id: 5 }, field: "v" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(runQuery(view, { nearest: { id: "a" }, field: "v" })).rejects.toMatchObject({
      code: "failed_precondition",
    });
  });

  it("a cancelled query rejects with cancelled, before and in the middle of its work", async () => {
    for (let n = 0; n < 600; n++) view.upsert({ id: n, vectors: { v: [n, 0] }, payload: { free: n } });
    const request = { nearest: [0, 0], field: "v", filter: { field: "free", eq: 1 } };
    await expect(runQuery(view, { ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    const controller = new AbortController();
    view.onPayloads = () => controller.abort();
    await expect(runQuery(view, { ...request, signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it("facets of fields that have none say which there are", async () => {
    await expect(runFacet(view, { field: "free" })).rejects.toThrowError(/n, body, tag/);
    await expect(runFacet(view, { field: "body" })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

it("facets come most frequent first, ties by value, cut at the limit", async () => {
  for (const [i, tag] of ["b", "a", "c", "c", "d", "a", "b", "e"].entries())
    view.upsert({ id: i, payload: { tag } });
  view.delete(7);
  const { values } = await runFacet(view, { field: "tag", limit: 3 });
  expect(values).toEqual([
    { value: "a", count: 2 },
    { value: "b", count: 2 },
    { value: "c", count: 2 },
  ]);
});
