/** What `verify` says of a damaged database, and what `repair` saves of it. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { repair } from "../../src/engine/verify/repair.ts";
import { verify } from "../../src/engine/verify/verify.ts";
import { Disk } from "../engine/disk.ts";
import { openOn } from "../engine/opened.ts";
import { type Answers, ask, build, notesSchema, thingsSchema } from "./database.ts";

// Some try many places, on machines that may be busy.
vi.setConfig({ testTimeout: 600_000 });

let whole: Disk;
let expected: { things: Answers; notes: Answers };
beforeAll(async () => {
  whole = (await build({ optimized: false })).disk;
  const store = await openOn(whole.copy().root);
  expected = { things: await ask(store, "things"), notes: await ask(store, "notes") };
  await store.close();
});

const flipped = (path: string, at: number): Disk => {
  const disk = whole.copy();
  const bytes = whole.bytes(path).slice();
  bytes[at]! ^= 0x04;
  disk.replace(path, bytes);
  return disk;
};
const without = async (...paths: string[]): Promise<Disk> => {
  const disk = whole.copy();
  for (const path of paths) {
    const [folder, name] = path.includes("/") ? path.split("/") : [undefined, path];
    await (folder === undefined ? disk.root : await disk.root.directory(folder)).remove(name!);
  }
  return disk;
};
const placeOf = (text: string, file: RegExp): { path: string; at: number } => {
  const needle = new TextEncoder().encode(text);
  for (const path of whole.files().filter((name) => file.test(name))) {
    const at = Buffer.from(whole.bytes(path)).lastIndexOf(needle);
    if (at >= 0) return { path, at };
  }
  throw new Error(`${text} is nowhere`);
};
async function repaired(disk: Disk, options = {}) {
  const to = new Disk();
  const report = await repair(disk.root, to.root, options);
  const store = await openOn(to.root);
  return { report, store };
}

describe("a database that is whole", () => {
  it("is ok, with all files and bytes read, and is not changed", async () => {
    const disk = whole.copy();
    const before = disk.files().map((path) => [path, disk.bytes(path)]);
    const seen: number[] = [];
    const report = await verify(disk.root, { onProgress: ({ bytes }) => seen.push(bytes.done) });
    expect(report).toMatchObject({ ok: true, files: before.length, unreadable: [], leftovers: [] });
    expect(report.bytes).toBe(before.reduce((sum, [, bytes]) => sum + bytes!.length, 0));
    expect(report.collections.map(({ name, points }) => [name, points])).toEqual([
      ["things", 6],
      ["notes", 2],
    ]);
    expect(disk.files().map((path) => [path, disk.bytes(path)])).toEqual(before);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("is repaired to the same", async () => {
    const { report, store } = await repaired(whole.copy());
    expect(report.complete).toBe(true);
    expect(await ask(store, "things")).toEqual(expected.things);
    expect(await ask(store, "notes")).toEqual(expected.notes);
    expect(await store.aliases()).toEqual({ stuff: "things" });
    await store.close();
  });

  it("cannot be verified while it is open, nor repaired into a folder that holds something", async () => {
    const disk = whole.copy();
    const store = await openOn(disk.root);
    await expect(verify(disk.root)).rejects.toMatchObject({ code: "failed_precondition" });
    await store.close();
    await expect(repair(disk.root, whole.copy().root)).rejects.toMatchObject({ code: "already_exists" });
    await expect(verify("/nowhere/at/all")).rejects.toMatchObject({ code: "not_found" });
  });

  it("can be left in the middle", async () => {
    const signal = AbortSignal.abort();
    await expect(verify(whole.copy().root, { signal })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a database whose log is damaged", () => {
  it("names the point whose payload is hit, and saves all others", async () => {
    const { path, at } = placeOf('"year":2005', /log$/);
    const disk = flipped(path, at + 2);
    const report = await verify(disk.root);
    expect(report.ok).toBe(false);
    expect(report.collections[0]!.damaged).toMatchObject([{ id: 5, file: `disk/${path}` }]);
    expect(report.collections[0]!.damaged[0]!.field).toBeUndefined();
    const { report: saved, store } = await repaired(disk);
    expect(saved.collections[0]!.lost).toMatchObject([{ id: 5 }]);
    expect(saved.collections[0]!.missingLsns).toEqual([]);
    expect((await (await store.collection("things")).count()).count).toBe(5);
    expect(await ask(store, "notes")).toEqual(expected.notes);
    await store.close();
  });

  it("names point and field where a vector is hit, and saves the point without it", async () => {
    const things = whole.files().filter((path) => /1\/.*vectors-0/.test(path));
    const disk = flipped(things[0]!, 13);
    const report = await verify(disk.root);
    expect(report.collections[0]!.damaged).toMatchObject([
      { id: "one", field: "a", file: `disk/${things[0]}`, offset: 12 },
    ]);
    const { report: saved, store } = await repaired(disk);
    expect(saved.collections[0]!.withoutVector).toMatchObject([{ id: "one", field: "a" }]);
    const [point] = await (await store.collection("things")).get(["one"], { vectors: true });
    expect(point!.payload).toMatchObject({ year: 1, tag: "y" });
    expect(Object.keys(point!.vectors!)).toEqual(["b"]);
    await store.close();
  });

  it("with every byte of a frame's header changed in turn, and no checkpoint, saves every point", async () => {
    const path = whole.files().find((name) => name.endsWith("segment-000001.log"))!;
    for (let at = 32; at < 64; at++) {
      const disk = flipped(path, at);
      await (await disk.root.directory(path.split("/")[0]!)).remove("slots.checkpoint");
      const { report, store } = await repaired(disk);
      expect(report.complete, `byte ${at}`).toBe(false);
      const answers = await ask(store, "things");
      expect(answers.scroll, `byte ${at}`).toMatchObject(expected.things.scroll as object);
      await store.close();
    }
  });

  it("with any byte between two points changed, and no checkpoint, saves all points but those it is in", async () => {
    const path = whole.files().find((name) => name.endsWith("segment-000001.log"))!;
    const length = new DataView(whole.bytes(path).buffer).getUint32(40, true);
    for (let at = 64; at < 32 + length; at += process.env.FRANCA_SLOW ? 1 : 17) {
      const disk = flipped(path, at);
      await (await disk.root.directory(path.split("/")[0]!)).remove("slots.checkpoint");
      const { store } = await repaired(disk);
      const saved = Object.keys((await ask(store, "things")).scroll as object);
      // One of its three points may be hit, and two of the six have lived since.
      expect(saved.length, `byte ${at}`).toBeGreaterThanOrEqual(5);
      await store.close();
    }
  });

  it("says which writes are missing when nothing else tells of them, and goes on behind", async () => {
    const path = whole.files().find((name) => name.endsWith("segment-000001.log"))!;
    const disk = whole.copy();
    const bytes = whole.bytes(path).slice();
    bytes.fill(0, 32, 200);
    disk.replace(path, bytes);
    await (await disk.root.directory(path.split("/")[0]!)).remove("slots.checkpoint");
    const [things] = (await verify(disk.root)).collections;
    expect(things!.missingLsns).toEqual([{ from: 1, to: 1 }]);
    expect(things!.refused).toMatch(/segment-000001\.log is damaged at byte 32/);
    const { report, store } = await repaired(disk);
    expect(report.collections[0]!.missingLsns).toEqual([{ from: 1, to: 1 }]);
    expect(Object.keys((await ask(store, "things")).scroll as object)).toEqual(
      expect.arrayContaining(["4", "5", "6", "7"]),
    );
    await store.close();
  });

  it("is not missing writes that the checkpoint tells of, and names the points that lay there", async () => {
    const path = whole.files().find((name) => name.endsWith("segment-000001.log"))!;
    const disk = whole.copy();
    const bytes = whole.bytes(path).slice();
    bytes.fill(0, 32, 200);
    disk.replace(path, bytes);
    const [things] = (await verify(disk.root)).collections;
    expect(things!.missingLsns).toEqual([]);
    expect(things!.points).toBe(6);
  });
});

describe("a database that lacks a file", () => {
  it("a segment: names the points that lay in it by the checkpoint", async () => {
    const disk = await without(placeOf('"year":2005', /log$/).path);
    const [things] = (await verify(disk.root)).collections;
    expect(things!.points).toBe(6);
    expect(things!.damaged.length).toBeGreaterThan(0);
    expect(things!.damaged.every(({ id }) => id !== undefined)).toBe(true);
    const { report, store } = await repaired(disk);
    const { lost, points } = report.collections[0]!;
    expect(points + new Set(lost.map(({ id }) => id)).size).toBe(6);
    await store.close();
  });

  it("the manifest: everything is saved", async () => {
    const disk = await without("collection-000001/manifest");
    const { report, store } = await repaired(disk);
    expect(report.collections[0]!.unreadable).toMatchObject([{ file: "disk/collection-000001/manifest" }]);
    expect(await ask(store, "things")).toEqual(expected.things);
    await store.close();
  });

  it("the catalog: points are saved under placeholders, and as they were where the schemas are given", async () => {
    const disk = await without("catalog");
    expect((await verify(disk.root)).unreadable).toMatchObject([{ file: "disk/catalog" }]);
    const { report, store } = await repaired(disk);
    expect(report.collections.map(({ name, points }) => [name, points])).toEqual([
      ["collection-000001", 6],
      ["collection-000002", 2],
    ]);
    expect(report.collections[0]!.notes.join()).toMatch(/names and metrics of its vector fields are lost/);
    const { schema } = await store.describe("collection-000001");
    expect(schema.payload).toEqual(thingsSchema.payload);
    expect(schema.sparse).toEqual(thingsSchema.sparse);
    const notes = await store.collection("collection-000002");
    expect(notes.schema.multi).toEqual({ m: { dimension: 2 } });
    const [first] = await notes.get([1], { vectors: ["m"] });
    expect(first?.multi).toEqual({ m: [Float32Array.of(1, 2), Float32Array.of(3, 1)] });
    await store.close();
    const schemas = {
      "collection-000001": { name: "things", schema: thingsSchema },
      "collection-000002": { name: "notes", schema: notesSchema },
    };
    const again = await repaired(await without("catalog"), { schemas });
    expect(await ask(again.store, "things")).toEqual(expected.things);
    await again.store.close();
  });

  it("catalog and manifest: says why the collection cannot be saved", async () => {
    const { report, store } = await repaired(await without("catalog", "collection-000001/manifest"));
    expect(report.notSaved.map(({ what }) => what)).toEqual([
      expect.stringMatching(/catalog/),
      "collection-000001",
    ]);
    await store.close();
  });
});
