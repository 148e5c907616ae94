/** Upserts, updates and deletions. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = {
  vectors: { a: { dimension: 2 }, b: { dimension: 2 } },
  payload: { year: { type: "integer" } },
} as const;
const single = { vectors: { v: { dimension: 2 } } } as const;

export function writeLaws(suite: Suite): void {
  const { law, fresh } = suite;
  const made = async () => suite.store.create(fresh(), schema);

  law("a write is there for the next read, and LSNs grow", async () => {
    const points = await made();
    const first = await points.upsert([{ id: 1, payload: { year: 1 } }]);
    expect((await points.get([1]))[0]?.payload).toEqual({ year: 1 });
    const second = await points.upsert([{ id: 1, payload: { year: 2 } }]);
    expect((await points.get([1]))[0]?.payload).toEqual({ year: 2 });
    expect(first.count).toBe(1);
    expect(second.lsn).toBeGreaterThan(first.lsn);
    expect((await points.upsert([])).count).toBe(0);
  });

  law("upsert replaces whole, and of an id that comes twice the last counts", async () => {
    const points = await made();
    await points.upsert([{ id: 1, vectors: { a: [1, 2], b: [3, 4] }, payload: { year: 1 } }]);
    await points.upsert([
      { id: 1, vectors: { a: [0, 0] }, payload: { year: 2 } },
      { id: 1, vectors: { b: [5, 6] } },
    ]);
    expect(await points.get([1], { vectors: true })).toEqual([
      { id: 1, payload: {}, vectors: { b: new Float32Array([5, 6]) } },
    ]);
    expect((await points.count()).count).toBe(1);
  });

  law("one bad point, and nothing of the call is written", async () => {
    const points = await made();
    for (const bad of [
      { id: 2, vectors: { a: [1] } },
      { id: 2, vectors: { a: [1, Number.NaN] } },
      { id: 2, vectors: { c: [1, 2] } },
      { id: 2, vector: [1, 2] },
      { id: 2, payload: { year: "x" } },
      { id: 2, more: 1 },
      { id: 1.5 },
      { id: "" },
      {},
    ]) {
      await expect(
        points.upsert([{ id: 1 }, bad as never, { id: 3 }]),
        JSON.stringify(bad),
      ).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
    expect((await points.count()).count).toBe(0);
  });

  law('ids are exact up to 2^64 − 1, and 1 is not "1"', async () => {
    const points = await suite.store.create(fresh(), single);
    const ids = [
      -(2n ** 63n),
      -1,
      0,
      1,
      2 ** 53 - 1,
      2n ** 53n,
      2n ** 63n + 1n,
      2n ** 64n - 1n,
      "1",
      "a b/c?d",
      "ü",
      "漢",
      "𝒳",
    ];
    await points.upsert(ids.map((id, i) => ({ id, payload: { i } as never })));
    expect((await points.get(ids)).map((point) => point?.payload)).toEqual(ids.map((_, i) => ({ i })));
    const page = await points.scroll();
    expect(page.points.map(({ id }) => id)).toEqual(ids);
    expect((await points.get([5n]))[0]).toBeUndefined();
    expect((await points.get([1n]))[0]).toMatchObject({ id: 1 });
    for (const id of [2n ** 64n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, Number.NaN, null, {}, true]) {
      await expect(points.upsert([{ id: id as never }])).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });

  law("payloads come back as they were, whatever their keys are called", async () => {
    const points = await suite.store.create(fresh(), single);
    const payload = JSON.parse(
      '{"":1,"$f32":[0,2],"$$":{"$int":"7"},"__proto__":{"a":1},"constructor":"x","a.b":[[],[null,{}]],"ü漢𝒳":"\\u0000\\n\\"","n":-1.5e-300,"big":123456789012345680000,"t":true,"e":{}}',
    );
    await points.upsert([{ id: 1, payload: payload as never }]);
    const [read] = await points.get([1]);
    expect(JSON.stringify(read?.payload)).toBe(JSON.stringify(payload));
    expect(Object.getPrototypeOf(read?.payload)).toBe(Object.prototype);
  });

  law("what JSON cannot carry is refused in payloads, not dropped or changed in silence", async () => {
    const points = await suite.store.create(fresh(), single);
    const around: { self?: object } = {};
    around.self = around;
    const odd = [undefined, new Map([["a", 1]]), new Date(Number.NaN), 5n, Number.NaN, () => 1, around];
    for (const value of odd) {
      const refusal = { code: "invalid_argument", message: expect.stringContaining("odd") };
      await expect(
        points.upsert([{ id: 1, payload: { odd: value } as never }]),
        String(value),
      ).rejects.toMatchObject(refusal);
      await expect(
        points.update({ ids: [1] }, { setPayload: { odd: [value] } as never }),
        String(value),
      ).rejects.toMatchObject(refusal);
    }
    expect((await points.count()).count).toBe(0);
  });

  law("dates are stored as ISO 8601", async () => {
    const points = await suite.store.create(fresh(), {
      vectors: {},
      payload: { when: { type: "datetime" } },
    });
    await points.upsert([{ id: 1, payload: { when: new Date(1e12) } }]);
    expect((await points.get([1]))[0]?.payload).toEqual({ when: "2001-09-09T01:46:40.000Z" });
    expect(
      (await points.count({ filter: { field: "when", range: { gte: new Date(1e12) } } as never })).count,
    ).toBe(1);
    expect(
      (await points.count({ filter: { field: "when", range: { gt: new Date(1e12) } } as never })).count,
    ).toBe(0);
  });

  law("update applies its parts in order, to the points that are there", async () => {
    const points = await made();
    await points.upsert([
      { id: 1, vectors: { a: [1, 2] }, payload: { year: 1, old: 1 } as never },
      { id: 2, payload: { year: 2 } },
    ]);
    const { count } = await points.update(
      { ids: [1, 3] },
      {
        overwritePayload: { year: 5, gone: 1, kept: 2 } as never,
        deletePayload: ["gone"],
        setPayload: { year: 6 },
        setVectors: { b: [3, 4] },
      },
    );
    expect(count).toBe(1);
    expect(await points.get([1, 2, 3], { vectors: true })).toEqual([
      {
        id: 1,
        payload: { year: 6, kept: 2 },
        vectors: { a: new Float32Array([1, 2]), b: new Float32Array([3, 4]) },
      },
      { id: 2, payload: { year: 2 }, vectors: {} },
      undefined,
    ]);
    expect(
      (
        await points.update(
          { filter: { field: "year", range: { lt: 5 } } as never },
          { setPayload: { year: 9 } },
        )
      ).count,
    ).toBe(1);
    expect((await points.get([2]))[0]?.payload).toEqual({ year: 9 });
    await expect(points.update({ ids: [1] }, { setPayload: { year: "x" } as never })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await points.get([1]))[0]?.payload).toEqual({ year: 6, kept: 2 });
  });

  law("delete takes ids or a filter, and tells how many were there", async () => {
    const points = await made();
    await points.upsert([1, 2, 3, 4].map((id) => ({ id, payload: { year: id } })));
    expect((await points.delete({ ids: [1, 1, 9] })).count).toBe(1);
    expect((await points.delete({ filter: { field: "year", range: { gte: 3 } } as never })).count).toBe(2);
    expect((await points.scroll()).points.map(({ id }) => id)).toEqual([2]);
    await expect(points.delete({} as never)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(points.delete({ ids: [2], filter: { ids: [2] } } as never)).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await points.count()).count).toBe(1);
  });

  law("concurrent writes are all there, each whole", async () => {
    const points = await made();
    const writes = Array.from({ length: 40 }, (_, i) =>
      points.upsert([
        { id: i % 10, payload: { year: i } },
        { id: `w${i}`, payload: { year: i } },
      ]),
    );
    const lsns = (await Promise.all(writes)).map(({ lsn }) => lsn);
    expect(new Set(lsns).size).toBe(40);
    expect((await points.count()).count).toBe(50);
    const last = Array.from(
      { length: 10 },
      (_, id) =>
        lsns
          .map((lsn, i) => ({ lsn, i }))
          .filter(({ i }) => i % 10 === id)
          .reduce((a, b) => (a.lsn > b.lsn ? a : b)).i,
    );
    expect((await points.get(last.map((_, id) => id))).map((point) => point?.payload?.year)).toEqual(last);
  });

  law("a write that was given up before it was sent is not done", async () => {
    const points = await made();
    await expect(points.upsert([{ id: 1 }], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect((await points.count()).count).toBe(0);
  });
}
