/** A disk that is full or fails: what was refused is not there, what was acknowledged is, and nothing is assumed. */
import { describe, expect, it } from "vitest";
import type { Collection } from "../../src/store.ts";
import { Disk, type Operation } from "./disk.ts";
import { openOn, seeded } from "./opened.ts";

const schema = { vectors: { body: { dimension: 2 } } } as const;

function failWith(disk: Disk, code: string, operation: Operation, name: RegExp): void {
  disk.before = (asked, file) => {
    if (asked === operation && name.test(file)) throw Object.assign(new Error(code), { code });
  };
}

async function ids(things: Collection<typeof schema>): Promise<unknown[]> {
  return (await things.scroll()).points.map(({ id }) => id);
}

describe("a disk without room", () => {
  for (const file of [/\.log$/, /\.vectors-0$/]) {
    it(`rejects the whole group with resource_exhausted, and takes writes again when there is room (${file})`, async () => {
      const disk = new Disk();
      const store = await openOn(disk.root);
      const things = await store.create("things", schema);
      await things.upsert([{ id: 1, vector: [1, 1] }]);
      failWith(disk, "ENOSPC", "write", file);
      const refused = await Promise.allSettled([
        things.upsert([{ id: 2, vector: [2, 2] }]),
        things.upsert([{ id: 3, vector: [3, 3] }, { id: 1 }]),
      ]);
      for (const result of refused) {
        expect(result).toMatchObject({
          reason: { code: "resource_exhausted", details: { outcome: "undone" } },
        });
      }
      expect(await ids(things)).toEqual([1]);
      disk.before = () => {};
      await things.upsert([{ id: 4, vector: [4, -4] }]);
      const afterKill = disk.copy();
      await store.close();
      for (const root of [disk.root, afterKill.root]) {
        const again = await openOn(root);
        const read = await again.collection("things", schema);
        expect(await ids(read)).toEqual([1, 4]);
        expect((await read.query({ nearest: [4, -4], limit: 1 })).hits[0]?.id).toBe(4);
        await again.close();
      }
    });
  }

  it("keeps the log as it was when a new segment cannot be made", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root, { segmentBytes: { log: 100, vectors: 2 ** 20 } });
    const things = await store.create("things", schema);
    await things.upsert([
      { id: 1, payload: { text: "long enough to fill the first segment, which is small" } },
    ]);
    failWith(disk, "ENOSPC", "write", /segment-000002\.log$/);
    await expect(things.upsert([{ id: 2 }])).rejects.toMatchObject({ code: "resource_exhausted" });
    disk.before = () => {};
    await things.upsert([{ id: 3 }]);
    await store.close();
    const again = await openOn(disk.root);
    expect(await ids(await again.collection("things", schema))).toEqual([1, 3]);
    await again.close();
  });

  it("is told by stats when checkpoints cannot be written, and loses nothing", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root, { checkpointBytes: 1 });
    const things = await store.create("things", schema);
    failWith(disk, "ENOSPC", "write", /checkpoint/);
    await things.upsert([{ id: 1 }]);
    await expect
      .poll(async () => (await things.stats()).warnings.map(({ code }) => code))
      .toEqual(["background_failed"]);
    await expect(store.close()).rejects.toMatchObject({ code: "resource_exhausted" });
    disk.before = () => {};
    const again = await openOn(disk.root);
    expect(await ids(await again.collection("things", schema))).toEqual([1]);
    await again.close();
  });
});

describe("a disk whose sync fails", () => {
  for (const file of [/\.log$/, /\.vectors-0$/]) {
    it(`makes the collection read-only until it is reopened, whatever the next sync says (${file})`, async () => {
      const disk = new Disk();
      const store = await openOn(disk.root);
      const things = await store.create("things", schema);
      await things.upsert([{ id: 1, vector: [1, 1] }]);
      failWith(disk, "EIO", "sync", file);
      await expect(things.upsert([{ id: 2, vector: [2, 2] }])).rejects.toMatchObject({
        code: "unavailable",
        details: { outcome: "unknown" },
      });
      disk.before = () => {};
      await expect(things.upsert([{ id: 3 }])).rejects.toMatchObject({ code: "failed_precondition" });
      await expect(things.delete({ ids: [1] })).rejects.toMatchObject({ code: "failed_precondition" });
      expect(await ids(things)).toEqual([1]);
      const found = disk.cutPower(seeded(7));
      const again = await openOn(found.root);
      const read = await again.collection("things", schema);
      const after = await ids(read);
      expect([[1], [1, 2]]).toContainEqual(after);
      await read.upsert([{ id: 4 }]);
      expect(await ids(read)).toEqual([...after, 4]);
      await again.close();
    });
  }

  it("rejects a write of durability os only later, when its sync has failed before", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root, { durability: "os", syncEveryMs: 1 });
    const things = await store.create("things", schema);
    failWith(disk, "EIO", "sync", /\.log$/);
    await things.upsert([{ id: 1 }]);
    await expect
      .poll(() =>
        things.upsert([{ id: 2 }]).then(
          () => "written",
          (error) => error.code,
        ),
      )
      .toBe("failed_precondition");
    await store.close();
  });
});

describe("a disk whose write and truncation fail", () => {
  it("makes the collection read-only, since what is left in the file is unknown", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const things = await store.create("things", schema);
    await things.upsert([{ id: 1 }]);
    disk.before = (operation) => {
      if (operation === "write" || operation === "truncate")
        throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    await expect(things.upsert([{ id: 2 }])).rejects.toMatchObject({ code: "unavailable" });
    disk.before = () => {};
    await expect(things.upsert([{ id: 3 }])).rejects.toMatchObject({ code: "failed_precondition" });
    await store.close();
    const again = await openOn(disk.root);
    expect(await ids(await again.collection("things", schema))).toEqual([1]);
    await again.close();
  });
});

describe("durability os", () => {
  it("syncs nothing before it acknowledges, and all when it closes", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root, { durability: "os" });
    const things = await store.create("things", schema);
    const before = disk.count("sync");
    for (let id = 0; id < 10; id++) await things.upsert([{ id, vector: [id, 1] }]);
    expect(disk.count("sync")).toBe(before);
    await store.close();
    const found = disk.cutPower(seeded(1));
    const again = await openOn(found.root);
    expect((await (await again.collection("things")).count()).count).toBe(10);
    await again.close();
  });
});

describe("a catalog that cannot be written", () => {
  it("leaves collections as they were, and takes changes again when there is room", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const kept = await store.create("kept", schema);
    await kept.upsert([{ id: 1 }]);
    failWith(disk, "ENOSPC", "write", /catalog/);
    await expect(store.create("new", schema)).rejects.toMatchObject({ code: "resource_exhausted" });
    await expect(store.drop("kept")).rejects.toMatchObject({ code: "resource_exhausted" });
    disk.before = () => {};
    await kept.upsert([{ id: 2 }]);
    expect(await store.list()).toEqual(["kept"]);
    await store.create("new", schema);
    await store.close();
    const again = await openOn(disk.root);
    expect(await again.list()).toEqual(["kept", "new"]);
    expect(await ids(await again.collection("kept", schema))).toEqual([1, 2]);
    await again.close();
  });

  it("keeps later changes out when it is unknown which one is on the medium, and collections go on", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const kept = await store.create("kept", schema);
    failWith(disk, "EIO", "syncFolder", /^disk$/);
    await expect(store.setAlias("alias", "kept")).rejects.toMatchObject({ code: "unavailable" });
    disk.before = () => {};
    await expect(store.setAlias("alias", "kept")).rejects.toMatchObject({ code: "failed_precondition" });
    await kept.upsert([{ id: 1 }]);
    await store.close();
    const again = await openOn(disk.root);
    expect(await ids(await again.collection("kept", schema))).toEqual([1]);
    await again.close();
  });

  it("is put back when its folder could not be synced, so that a drop that failed drops nothing", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    await store.create("kept", schema);
    let failures = 1;
    disk.before = (operation, name) => {
      if (operation === "syncFolder" && name === "disk" && failures-- > 0) {
        throw Object.assign(new Error("EIO"), { code: "EIO" });
      }
    };
    await expect(store.drop("kept")).rejects.toMatchObject({
      code: "unavailable",
      details: { outcome: "undone" },
    });
    const kept = await store.collection("kept", schema);
    await kept.upsert([{ id: 1 }]);
    const again = await openOn(disk.cutPower(seeded(3)).root);
    expect(await ids(await again.collection("kept", schema))).toEqual([1]);
    await again.close();
  });
});
