/**
 * Damage to files: data_loss, or the same answers with what is derived rebuilt, or less of them with a warning that names
 * what is left out. More of it, over a database that holds more, is in test/damage.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { isFrancaError } from "../../src/errors.ts";
import { defineSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";
import { Disk } from "./disk.ts";
import { openOn } from "./opened.ts";

const schema = defineSchema({
  vectors: { a: { dimension: 2 }, b: { dimension: 3, metric: "dot" } },
  payload: { tag: { type: "keyword" }, year: { type: "integer" } },
});
const smallSegments = { segmentBytes: { log: 500, vectors: 2 ** 20 } };

/** Fields beside the declared ones are kept as they are. */
const undeclared = { tag: "y", note: { deep: ["ü"] } };

/** A few writes of each kind, over several segments. */
async function fill(store: Store): Promise<void> {
  const things = await store.create("things", schema);
  await store.setAlias("stuff", "things");
  await things.upsert([
    { id: 1, vectors: { a: [1, 2], b: [1, 0, 0] }, payload: { tag: "x", year: 1 } },
    { id: "zwei", vectors: { a: [3, 4] }, payload: undeclared },
    { id: 2n ** 63n, payload: { year: 3 } },
  ]);
  await things.update({ ids: [1] }, { setPayload: { year: 7 } });
  await things.upsert([{ id: 4, vectors: { b: [0, 1, 0] } }]);
  await things.delete({ ids: [4] });
  await things.update({ ids: ["zwei"] }, { setVectors: { b: [0, 0, 1] } });
  await things.upsert([{ id: 5, vectors: { a: [5, 6], b: [1, 1, 1] }, payload: { tag: "x" } }]);
}

async function answers(store: Store): Promise<unknown> {
  const things = await store.collection("stuff", schema);
  return {
    names: await store.list(),
    aliases: await store.aliases(),
    points: (await things.scroll({ select: { vectors: true } })).points,
    tagged: (await things.scroll({ filter: { field: "tag", eq: "x" } })).points,
    facet: (await things.facet({ field: "tag" })).values,
    near: (await things.query({ nearest: [3, 4], field: "a" })).hits,
    count: (await things.count()).count,
  };
}

/** What a damaged disk answers: its answers, "named" where a warning names what they lack, or the code of its error. */
async function outcome(disk: Disk): Promise<unknown> {
  let store: Store | undefined;
  try {
    store = await openOn(disk.root, smallSegments);
    const given = await answers(store);
    const { warnings } = await (await store.collection("things")).stats();
    return warnings.some(({ code }) => code === "damaged_points") ? "named" : given;
  } catch (error) {
    if (!isFrancaError(error)) throw error;
    return error.code;
  } finally {
    await store?.close().catch(() => {});
  }
}

describe("a database that was closed", () => {
  let whole: Disk;
  let expected: unknown;
  beforeAll(async () => {
    whole = new Disk();
    const store = await openOn(whole.root, smallSegments);
    await fill(store);
    await (await store.collection("things")).optimize();
    expected = await answers(store);
    await store.close();
  });

  it("has several segments, or these tests show less than they say", () => {
    expect(whole.files().filter((path) => path.endsWith(".log")).length).toBeGreaterThan(1);
    expect(whole.files().filter((path) => path.endsWith(".checkpoint")).length).toBe(4);
  });

  it("answers the same, names what is damaged, or data_loss, whichever byte is flipped", async () => {
    const outcomes = { same: 0, named: 0, dataLoss: 0 };
    for (const path of whole.files()) {
      const bytes = whole.bytes(path);
      for (let at = 0; at < bytes.length; at++) {
        const disk = whole.copy();
        const flipped = bytes.slice();
        flipped[at]! ^= 1 << (at % 8);
        disk.replace(path, flipped);
        const got = await outcome(disk);
        if (got === "data_loss") outcomes.dataLoss++;
        else if (got === "named") outcomes.named++;
        else {
          expect(got, `${path}, byte ${at}`).toEqual(expected);
          outcomes.same++;
        }
      }
    }
    expect(outcomes.same).toBeGreaterThan(0);
    expect(outcomes.dataLoss).toBeGreaterThan(0);
    expect(outcomes.named).toBeGreaterThan(0);
  });

  it("is data_loss, or the same, whichever length a file is cut to", async () => {
    for (const path of whole.files()) {
      const bytes = whole.bytes(path);
      for (let length = 0; length < bytes.length; length++) {
        const disk = whole.copy();
        disk.replace(path, bytes.slice(0, length));
        const got = await outcome(disk);
        if (got !== "data_loss") expect(got, `${path} cut to ${length}`).toEqual(expected);
        if (!path.endsWith(".checkpoint")) expect(got, `${path} cut to ${length}`).toBe("data_loss");
      }
    }
  });

  it("is data_loss when any file of the truth is missing, the same when a derived one is", async () => {
    for (const path of whole.files()) {
      const disk = whole.copy();
      const [folder, name] = path.includes("/") ? path.split("/") : [undefined, path];
      await (folder === undefined ? disk.root : await disk.root.directory(folder)).remove(name!);
      expect(await outcome(disk), path).toEqual(path.endsWith(".checkpoint") ? expected : "data_loss");
    }
  });

  it("takes damage to its last write for damage, not for a torn tail, when its checkpoint is missing too", async () => {
    const path = whole.files().findLast((file) => file.endsWith(".log"))!;
    const bytes = whole.bytes(path);
    for (let at = bytes.lastIndexOf(0xf1) - 1; at < bytes.length; at++) {
      const disk = whole.copy();
      const flipped = bytes.slice();
      flipped[at]! ^= 1;
      disk.replace(path, flipped);
      await (await disk.root.directory(path.split("/")[0]!)).remove("slots.checkpoint");
      const got = await outcome(disk);
      if (got !== "data_loss" && got !== "named") expect(got, `byte ${at}`).toEqual(expected);
    }
  });

  it.each([
    ["slots.checkpoint", ["flipped", "missing"]],
    ["payload-indexes.checkpoint", ["flipped", "missing"]],
    ["graph-0.checkpoint", ["flipped"]],
  ])("says in its stats that %s was rebuilt, when it is %j", async (name, damages) => {
    for (const damage of damages) {
      const disk = whole.copy();
      const path = disk.files().find((file) => file.endsWith(name))!;
      const flipped = disk.bytes(path).slice();
      flipped[40]! ^= 1;
      if (damage === "flipped") disk.replace(path, flipped);
      else await (await disk.root.directory(path.split("/")[0]!)).remove(name);
      const store = await openOn(disk.root);
      const { warnings } = await (await store.collection("things")).stats();
      expect(warnings.map(({ code, message }) => [code, message.includes(name)])).toEqual([
        ["derived_rebuilt", true],
      ]);
      await store.close();
    }
  });
});

describe("a database whose process died", () => {
  let dead: Disk;
  let expected: unknown;
  beforeAll(async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    await fill(store);
    expected = await answers(store);
    dead = disk.copy();
    await store.close();
  });
  const log = () => dead.files().find((path) => path.endsWith(".log"))!;

  it("has all that was acknowledged", async () => {
    expect(await outcome(dead.copy())).toEqual(expected);
  });

  it("has all but the last write when the log is torn inside it", async () => {
    const bytes = dead.bytes(log());
    const disk = dead.copy();
    disk.replace(log(), bytes.slice(0, bytes.length - 1));
    const store = await openOn(disk.root);
    const things = await store.collection("things", schema);
    expect((await things.get([5]))[0]).toBeUndefined();
    expect((await things.count()).count).toBe(3);
    // The tail that was cut does not come back, and the log goes on from there.
    await things.upsert([{ id: 6 }]);
    await store.close();
    const again = await openOn(disk.root);
    expect((await (await again.collection("things")).count()).count).toBe(4);
    await again.close();
  });

  it("reports damage before the last write as data_loss with file and offset, or names the one point that it is in", async () => {
    const bytes = dead.bytes(log());
    const last = bytes.lastIndexOf(0xf1) - 1;
    for (let at = 0; at < last; at++) {
      const disk = dead.copy();
      const flipped = bytes.slice();
      flipped[at]! ^= 0x10;
      disk.replace(log(), flipped);
      const store = await openOn(disk.root);
      const things = await store.collection("things").catch((reason: unknown) => reason);
      if (isFrancaError(things, "data_loss")) {
        const place = { file: `disk/${log()}`, offset: expect.any(Number) };
        expect(things.details, `byte ${at}`).toMatchObject(place);
      } else {
        // Proven to be in one point alone, or in a payload that was replaced since.
        const given = await answers(store).catch(() => "refused");
        const { warnings } = await (things as Collection).stats();
        if (warnings.length === 0) expect(given, `byte ${at}`).toEqual(expected);
        else expect(warnings[0]!.code, `byte ${at}`).toBe("damaged_points");
      }
      await store.close();
    }
  });

  it("names the points whose vectors are missing for a write that others follow", async () => {
    const path = dead.files().find((file) => file.endsWith(".vectors-0"))!;
    const disk = dead.copy();
    disk.replace(path, dead.bytes(path).slice(0, 12));
    expect(await outcome(disk)).toBe("named");
  });

  it("drops the last write when its vectors did not arrive", async () => {
    const path = dead.files().find((file) => file.endsWith(".vectors-0"))!;
    const disk = dead.copy();
    const bytes = dead.bytes(path);
    disk.replace(path, bytes.slice(0, bytes.length - 4));
    const store = await openOn(disk.root);
    expect((await (await store.collection("things")).get([5]))[0]).toBeUndefined();
    await store.close();
  });
});

it("a directory of a newer format is refused with failed_precondition, not taken for damage", async () => {
  const { replaceWhole } = await import("../../src/engine/whole-file.ts");
  const { loadKernel } = await import("../../src/engine/kernel/load.ts");
  const kernel = await loadKernel();
  const disk = new Disk();
  await replaceWhole(disk.root, "catalog", { kind: "CT", version: 2 }, { lsn: 0, body: [] }, (bytes, seed) =>
    kernel.crc32c(bytes, seed),
  );
  await expect(openOn(disk.root)).rejects.toMatchObject({ code: "failed_precondition" });
});
