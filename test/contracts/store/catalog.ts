/** Collections, their schemas and their other names. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = { vectors: { v: { dimension: 2 } }, payload: { year: { type: "integer" } } } as const;

export function catalogLaws(suite: Suite): void {
  const { law, fresh } = suite;

  law("a collection is there when create resolves, and gone when drop does", async () => {
    const name = fresh();
    const collection = await suite.store.create(name, schema);
    expect(collection.name).toBe(name);
    expect(await suite.store.list()).toContain(name);
    expect(await suite.store.drop(name)).toBe(true);
    expect(await suite.store.list()).not.toContain(name);
    expect(await suite.store.drop(name)).toBe(false);
    await expect(suite.store.collection(name)).rejects.toMatchObject({ code: "not_found" });
    await expect(suite.store.describe(name)).rejects.toMatchObject({ code: "not_found" });
  });

  law("creating one that is there is refused, or opens it when its schema is equal", async () => {
    const name = fresh();
    await (await suite.store.create(name, schema)).upsert([{ id: 1 }]);
    await expect(suite.store.create(name, schema)).rejects.toMatchObject({ code: "already_exists" });
    const opened = await suite.store.create(name, schema, { ifExists: "open" });
    expect((await opened.count()).count).toBe(1);
    const other = { vectors: { v: { dimension: 3 } } };
    await expect(suite.store.create(name, other, { ifExists: "open" })).rejects.toMatchObject({
      code: "failed_precondition",
    });
    await expect(suite.store.collection(name, other)).rejects.toMatchObject({ code: "failed_precondition" });
    expect((await (await suite.store.collection(name, schema)).count()).count).toBe(1);
  });

  law("describe tells what create was told, with the number of points", async () => {
    const name = fresh();
    const rich = {
      vectors: {
        a: { dimension: 2, metric: "dot" },
        b: { dimension: 3, metric: "euclidean", index: "flat" },
      },
      payload: {
        "author.name": { type: "keyword" },
        text: { type: "text", language: "none" },
        where: { type: "geo" },
      },
    } as const;
    await (await suite.store.create(name, rich)).upsert([{ id: 1, vectors: { a: [1, 2] } }, { id: 2 }]);
    const info = await suite.store.describe(name);
    expect(info).toMatchObject({ name, aliases: [], points: 2, schema: rich });
  });

  law("names may be any text without slashes and control characters", async () => {
    for (const name of [`${fresh()} ü 漢字`, `${fresh()}%2F?&#`, `${fresh()}.v1`]) {
      const made = await suite.store.create(name, schema).catch((error) => error);
      if (made.code === "invalid_argument") continue;
      expect(made.name).toBe(name);
      expect((await suite.store.collection(name)).name).toBe(name);
      expect(await suite.store.drop(name)).toBe(true);
    }
  });

  law("an alias is another name, moved in one step, and never in the way of a collection", async () => {
    const [one, two, alias] = [fresh(), fresh(), fresh()];
    await (await suite.store.create(one, schema)).upsert([{ id: 1 }]);
    await suite.store.create(two, schema);
    await suite.store.setAlias(alias, one);
    expect(await suite.store.aliases()).toMatchObject({ [alias]: one });
    expect(await suite.store.describe(alias)).toMatchObject({ name: one, aliases: [alias] });
    const through = await suite.store.collection(alias);
    expect([through.name, (await through.count()).count]).toEqual([one, 1]);
    await suite.store.setAlias(alias, two);
    expect((await (await suite.store.collection(alias)).count()).count).toBe(0);
    await expect(suite.store.setAlias(one, two)).rejects.toMatchObject({ code: "already_exists" });
    await expect(suite.store.create(alias, schema)).rejects.toMatchObject({ code: "already_exists" });
    await expect(suite.store.setAlias(fresh(), "nobody")).rejects.toMatchObject({ code: "not_found" });
    expect(await suite.store.dropAlias(alias)).toBe(true);
    expect(await suite.store.dropAlias(alias)).toBe(false);
    await expect(suite.store.collection(alias)).rejects.toMatchObject({ code: "not_found" });
    await suite.store.setAlias(alias, two);
    await suite.store.drop(two);
    expect(Object.keys(await suite.store.aliases())).not.toContain(alias);
  });

  law(
    "alter declares fields over points that are there, and drops declarations without changing payloads",
    async () => {
      const name = fresh();
      const collection = await suite.store.create(name, schema);
      await collection.upsert(
        [1, 2, 3].map((id) => ({ id, payload: { year: 2020, word: id < 3 ? "a" : "b" } as never })),
      );
      const filter = { field: "word", eq: "a" } as const;
      const before = await (await suite.store.collection(name)).count({ filter });
      expect(before.count).toBe(2);
      expect(before.warnings).toMatchObject([{ code: "undeclared_field" }]);
      await suite.store.alter(name, { addPayload: { word: { type: "keyword" } } });
      const altered = await suite.store.collection(name);
      expect(altered.schema.payload).toMatchObject({ word: { type: "keyword" } });
      expect(await altered.count({ filter })).toEqual({ count: 2, warnings: [] });
      await suite.store.alter(name, { dropPayload: ["word"] });
      expect((await (await suite.store.collection(name)).get([1]))[0]?.payload).toEqual({
        year: 2020,
        word: "a",
      });
      await expect(
        suite.store.alter(name, { addPayload: { word: { type: "integer" } } }),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/invalid_argument|failed_precondition/),
      });
    },
  );

  law("schemas are checked before anything is made", async () => {
    for (const bad of [
      { vectors: { v: { dimension: 0 } } },
      { vectors: { v: { dimension: 2, metric: "far" } } },
      { vectors: {}, payload: { a: { type: "varchar" } } },
      { vectors: { v: { dimension: 2 } }, more: 1 },
    ]) {
      const name = fresh();
      await expect(suite.store.create(name, bad as never)).rejects.toMatchObject({
        code: "invalid_argument",
      });
      expect(await suite.store.list()).not.toContain(name);
    }
  });
}
