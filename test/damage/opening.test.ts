/** Opening a database with single damaged points, living with it, and healing it. */
import { describe, expect, it } from "vitest";
import { verify } from "../../src/engine/verify/verify.ts";
import type { Warning } from "../../src/model/result.ts";
import { type CollectionSchema, defineSchema } from "../../src/model/schema.ts";
import type { Collection, SchemaChange, Store } from "../../src/store.ts";
import { Disk } from "../engine/disk.ts";
import { openOn } from "../engine/opened.ts";

const schema: CollectionSchema = defineSchema({
  vectors: { a: { dimension: 2, metric: "euclidean" }, b: { dimension: 2 } },
  payload: { tag: { type: "keyword" }, text: { type: "text" } },
});
const log = "collection-000001/segment-000001.log";
const vectors = "collection-000001/segment-000001.vectors-0";
const noOthers = "collection-000002/segment-000001.log";

async function fill(store: Store): Promise<Collection> {
  const points = await store.create("points", schema);
  await points.upsert(
    [1, 2, 3, 4].map((id) => ({
      id,
      vectors: { a: [id, 0], b: [1, id] },
      payload: { tag: id % 2 ? "odd" : "even", text: `word${id} tea`, note: `note-${id}` },
    })),
  );
  const others = await store.create("others", schema);
  await others.upsert([{ id: 1, vectors: { a: [1, 1] } }]);
  return points;
}

async function closed(): Promise<Disk> {
  const disk = new Disk();
  const store = await openOn(disk.root);
  await (await fill(store)).optimize();
  await store.close();
  return disk;
}

const flip = (disk: Disk, path: string, at: number): void => {
  const bytes = disk.bytes(path).slice();
  bytes[at]! ^= 1;
  disk.replace(path, bytes);
};
const at = (disk: Disk, path: string, text: string): number =>
  Buffer.from(disk.bytes(path)).lastIndexOf(text);
const named = (warnings: readonly Warning[]) => {
  const [warning, ...rest] = warnings.filter(({ code }) => code === "damaged_points");
  expect(rest).toEqual([]);
  return warning?.details;
};

describe("a vector that is damaged", () => {
  const damagedVector = async () => {
    const disk = await closed();
    flip(disk, vectors, 2 * 8 + 1);
    return disk;
  };

  it("is left out of its field's searches, with a warning in every answer; the rest of the point is there", async () => {
    const store = await openOn((await damagedVector()).root);
    const points = await store.collection("points", schema);
    const details = { ids: [3], count: 1, files: [`disk/${vectors}`] };
    const near = await points.query({ nearest: [3, 0], field: "a" });
    expect(near.hits.map(({ id }) => id)).toEqual([2, 4, 1]);
    expect(named(near.warnings)).toEqual(details);
    expect((await points.query({ nearest: [1, 3], field: "b" })).hits.map(({ id }) => id)).toContain(3);
    expect(named((await points.stats()).warnings)).toEqual(details);
    expect(named((await points.count()).warnings)).toEqual(details);
    expect((await points.count()).count).toBe(4);
    expect(named((await points.facet({ field: "tag" })).warnings)).toEqual(details);
    expect(named((await points.scroll()).warnings)).toEqual(details);
    expect((await points.get([3]))[0]?.payload).toMatchObject({ note: "note-3" });
    const whole = await points.scroll({ select: { vectors: true } });
    expect(whole.points.map(({ id }) => id)).toEqual([1, 2, 4]);
    await expect(points.get([1, 3], { vectors: true })).rejects.toMatchObject({
      code: "data_loss",
      message: expect.stringMatching(/^point 3 cannot be read: .*vectors-0 is damaged at byte 16/),
      details: { ids: [3], count: 1 },
    });
    await expect(points.query({ nearest: { id: 3 }, field: "a" })).rejects.toMatchObject({
      code: "data_loss",
    });
    // The graph was not thrown away for it.
    expect((await points.stats()).warnings.map(({ code }) => code)).toEqual(["damaged_points"]);
    await store.close();
  });

  it.each(["upsert", "delete", "setVectors"])("is healed by %s, for good", async (how) => {
    const disk = await damagedVector();
    const store = await openOn(disk.root);
    const points = await store.collection("points", schema);
    if (how === "upsert") await points.upsert([{ id: 3, vectors: { a: [3, 0] } }]);
    else if (how === "delete") await points.delete({ ids: [3] });
    else await points.update({ ids: [3] }, { setVectors: { a: [3, 0] } });
    const near = await points.query({ nearest: [3, 0], field: "a" });
    expect(near.warnings).toEqual([]);
    expect(near.hits[0]!.id).toBe(how === "delete" ? 2 : 3);
    await store.close();
    const again = await openOn(disk.root);
    expect(named((await (await again.collection("points")).stats()).warnings)).toBeUndefined();
    await again.close();
  });
});

describe("a payload that is damaged", () => {
  const damagedPayload = async () => {
    const disk = await closed();
    flip(disk, log, at(disk, log, "note-3"));
    return disk;
  };

  it("joins the list when a read comes to it; answers leave it out from then on", async () => {
    const disk = await damagedPayload();
    let store = await openOn(disk.root);
    let points = await store.collection("points", schema);
    expect(named((await points.stats()).warnings)).toBeUndefined();
    const near = await points.query({ nearest: [3, 0], field: "a" });
    expect(near.hits.map(({ id }) => id)).toEqual([2, 4, 1]);
    expect(named(near.warnings)).toMatchObject({ ids: [3] });
    expect((await points.count({ filter: { field: "tag", eq: "odd" } })).count).toBe(1);
    expect((await points.facet({ field: "tag" })).values).toEqual([
      { value: "even", count: 2 },
      { value: "odd", count: 1 },
    ]);
    expect((await points.scroll({ filter: { field: "note", eq: "note-3" } })).points).toEqual([]);
    await expect(points.get([3])).rejects.toMatchObject({ code: "data_loss", details: { ids: [3] } });
    // And is remembered.
    await points.upsert([{ id: 5 }]);
    await store.close();
    store = await openOn(disk.root);
    points = await store.collection("points", schema);
    expect(named((await points.stats()).warnings)).toMatchObject({ ids: [3] });
    await points.upsert([{ id: 3, payload: { tag: "odd" } }]);
    expect(named((await points.stats()).warnings)).toBeUndefined();
    expect((await points.count({ filter: { field: "tag", eq: "odd" } })).count).toBe(2);
    await store.close();
  });

  it("is not passed over by a write that selects by filter: whether it matches cannot be known", async () => {
    const store = await openOn((await damagedPayload()).root);
    const points = await store.collection("points", schema);
    await points.scroll();
    const filter = { field: "tag", eq: "odd" } as const;
    await expect(points.delete({ filter })).rejects.toMatchObject({
      code: "data_loss",
      details: { ids: [3] },
    });
    await points.delete({ ids: [3] });
    expect((await points.delete({ filter })).count).toBe(1);
    await store.close();
  });

  it("keeps a field from being declared, since what it holds there cannot be known; nothing has changed then", async () => {
    const disk = await damagedPayload();
    await verify(disk.root);
    let store = await openOn(disk.root);
    const add: SchemaChange = { addPayload: { note: { type: "keyword" } } };
    // Whether a read has found it before, or alter is the first to come to it.
    for (const _ of ["found by alter", "known"]) {
      await expect(store.alter("points", add)).rejects.toMatchObject({
        code: "data_loss",
        message: expect.stringMatching(/^point 3 cannot be read: .*segment-000001\.log is damaged at byte/),
        details: { ids: [3], count: 1 },
      });
      const points = await store.collection("points", schema);
      expect(named((await points.stats()).warnings)).toMatchObject({ ids: [3] });
    }
    let points = await store.collection("points", schema);
    const noted = await points.scroll({ filter: { field: "note", eq: "note-2" } });
    expect(noted.points.map(({ id }) => id)).toEqual([2]);
    expect(noted.warnings.map(({ code }) => code).sort()).toEqual(["damaged_points", "undeclared_field"]);
    await points.upsert([{ id: 5, payload: { note: "note-5" } }]);
    await store.close();

    store = await openOn(disk.root);
    points = await store.collection("points", schema);
    await points.upsert([{ id: 3, payload: { note: "note-3 again" } }]);
    await store.alter("points", add);
    points = await store.collection("points");
    const facet = await points.facet({ field: "note" });
    expect(facet.values.map(({ value }) => value).sort()).toEqual([
      "note-1",
      "note-2",
      "note-3 again",
      "note-4",
      "note-5",
    ]);
    expect(facet.warnings).toEqual([]);
    await store.close();
  });

  it("does not keep a field from being dropped, nor one that was declared before from being right without it", async () => {
    const good = new Disk();
    let store = await openOn(good.root);
    await fill(store);
    await store.alter("points", { addPayload: { note: { type: "keyword" } } });
    await store.close();
    const disk = good.copy();
    flip(disk, log, at(disk, log, "note-3"));
    await (await disk.root.directory("collection-000001")).remove("payload-indexes.checkpoint");
    store = await openOn(disk.root);
    let points = await store.collection("points");
    const facet = await points.facet({ field: "note" });
    expect(facet.values.map(({ value }) => value).sort()).toEqual(["note-1", "note-2", "note-4"]);
    expect(named(facet.warnings)).toMatchObject({ ids: [3] });
    await store.alter("points", { dropPayload: ["note"] });
    points = await store.collection("points", schema);
    const { points: found, warnings } = await points.scroll({ filter: { field: "tag", eq: "odd" } });
    expect(found.map(({ id }) => id)).toEqual([1]);
    expect(named(warnings)).toMatchObject({ ids: [3] });
    await store.close();
  });

  it("is left out of indexes that are rebuilt, and back in them when the file is put back", async () => {
    const good = await closed();
    const disk = good.copy();
    flip(disk, log, at(disk, log, "note-3"));
    await (await disk.root.directory("collection-000001")).remove("payload-indexes.checkpoint");
    let store = await openOn(disk.root);
    let points = await store.collection("points", schema);
    const odd = { filter: { field: "tag", eq: "odd" } } as const;
    expect((await points.count(odd)).count).toBe(1);
    expect(named((await points.count(odd)).warnings)).toMatchObject({ ids: [3] });
    await points.upsert([{ id: 5 }]);
    await store.close();
    const length = good.bytes(log).length;
    const whole = disk.bytes(log).slice();
    whole.set(good.bytes(log).subarray(0, length));
    disk.replace(log, whole);
    store = await openOn(disk.root);
    points = await store.collection("points", schema);
    expect((await points.count(odd)).count).toBe(2);
    expect(named((await points.count(odd)).warnings)).toBeUndefined();
    await store.close();
  });
});

describe("a process that died, and damage in what has to be replayed", () => {
  async function died(): Promise<Disk> {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const points = await fill(store);
    await points.update({ ids: [3] }, { setPayload: { note: "later-3" } });
    await points.upsert([{ id: 9, vectors: { a: [9, 9] }, payload: { note: "last" } }]);
    const dead = disk.copy();
    await store.close();
    return dead;
  }

  it("a payload that was replaced is known by its slot: the collection opens, and names the point", async () => {
    const disk = await died();
    flip(disk, log, at(disk, log, "later-3"));
    const store = await openOn(disk.root);
    const points = await store.collection("points", schema);
    expect(named((await points.stats()).warnings)).toMatchObject({ ids: [3] });
    expect((await points.scroll({ filter: { field: "tag", eq: "odd" } })).points.map(({ id }) => id)).toEqual(
      [1],
    );
    await store.close();
  });

  it("a point whose id cannot be known keeps its collection shut, and no other", async () => {
    const disk = await died();
    flip(disk, log, at(disk, log, "note-3"));
    const store = await openOn(disk.root);
    await expect(store.collection("points")).rejects.toMatchObject({
      code: "data_loss",
      message: expect.stringMatching(
        /segment-000001\.log is damaged at byte 32: .*franca verify.*franca repair/,
      ),
      details: { file: `disk/${log}`, offset: 32 },
    });
    expect((await (await store.collection("others")).count()).count).toBe(1);
    expect(disk.files()).toContain(noOthers);
    await store.close();
  });

  it("a last write that has its length and not its checksum is cut, and that is said", async () => {
    const disk = await died();
    flip(disk, log, at(disk, log, "last"));
    const store = await openOn(disk.root);
    const points = await store.collection("points", schema);
    const [warning] = (await points.stats()).warnings.filter(({ code }) => code === "tail_cut");
    expect(warning!.details).toMatchObject({ file: `disk/${log}`, offset: expect.any(Number) });
    expect((await points.get([9]))[0]).toBeUndefined();
    await store.close();
  });
});

it("an old catalog that does not know a collection with points is not opened", async () => {
  const disk = new Disk();
  const store = await openOn(disk.root);
  await store.create("first", schema);
  const old = disk.bytes("catalog").slice();
  await (await store.create("second", schema)).upsert([{ id: 1 }]);
  await store.close();
  disk.replace("catalog", old);
  await expect(openOn(disk.root)).rejects.toMatchObject({
    code: "data_loss",
    message: expect.stringMatching(/collection-000002 holds points, but the catalog does not name it/),
  });
});
