/** Rows that stay in a mapped file give the answers of held ones; a build without mapping says so. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kernel, MappedFile, VectorIndex } from "../../../src/engine/kernel.ts";
import { FrancaError } from "../../../src/errors.ts";

const dimension = 37;
const rows = 3000;

export function mappingLaws(kernel: Kernel): void {
  if (kernel.mapFile === undefined) {
    withoutMapping(kernel);
    return;
  }
  const mapFile = (path: string, sizeBytes: number) => kernel.mapFile!(path, sizeBytes);
  describe("rows in mapped files", () => {
    const vectors = randomRows();
    let folder: string;
    let path: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "franca-mapping-"));
      path = join(folder, "rows");
      writeFileSync(path, new Uint8Array(vectors.buffer));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("are found exactly as held ones are, whether put from the file or moved there later, and hold no memory", async () => {
      for (const metric of ["cosine", "dot", "euclidean", "manhattan"] as const) {
        const held = kernel.createIndex({ dimension, metric });
        held.put(0, vectors);
        const file = mapFile(path, vectors.byteLength);
        const fromFile = kernel.createIndex({ dimension, metric });
        fromFile.putMapped(0, vectors.subarray(0, 1000 * dimension), file, 0);
        fromFile.putMapped(1000, vectors.subarray(1000 * dimension), file, 1000);
        const moved = kernel.createIndex({ dimension, metric });
        moved.put(0, vectors);
        await moved.borrow(range(0, rows), file, range(0, rows));
        for (const index of [held, fromFile, moved]) await index.build({ threads: 1 });
        expect(answers(fromFile, vectors)).toEqual(answers(held, vectors));
        expect(answers(moved, vectors)).toEqual(answers(held, vectors));
        for (const index of [fromFile, moved]) {
          expect(held.sizeBytes - index.sizeBytes).toBeGreaterThan(rows * (dimension * 4 - 8) - 8192);
        }
        for (const index of [held, fromFile, moved]) await index.free();
        file.unmap();
      }
    });

    it("move to another file while searches and a build run; the old one can be left, then unmapped", async () => {
      const second = join(folder, "moved");
      const order = Array.from({ length: rows }, (_, i) => (i * 7) % rows);
      const shuffled = new Float32Array(vectors.length);
      order.forEach((row, slot) => {
        shuffled.set(vectors.subarray(slot * dimension, (slot + 1) * dimension), row * dimension);
      });
      writeFileSync(second, new Uint8Array(shuffled.buffer));
      const held = kernel.createIndex({ dimension, metric: "euclidean" });
      held.put(0, vectors);
      const index = kernel.createIndex({ dimension, metric: "euclidean" });
      const old = mapFile(path, vectors.byteLength);
      index.putMapped(0, vectors, old, 0);
      const exact = (from: VectorIndex) =>
        from.search(vectors.subarray(0, 20 * dimension), { k: 5, exact: true });
      const expected = await exact(held);
      const built = index.build();
      const during = Array.from({ length: 10 }, () => exact(index));
      const moved = mapFile(second, vectors.byteLength);
      await expect(index.leave(old)).rejects.toMatchObject({ code: "failed_precondition" });
      await index.borrow(range(0, rows), moved, Uint32Array.from(order));
      await index.leave(old);
      old.unmap();
      for (const answer of [...(await Promise.all(during)), await exact(index)]) {
        expect(answer.slots).toEqual(expected.slots);
        expect(answer.distances).toEqual(expected.distances);
      }
      await built;
      await index.hold(range(0, rows));
      await index.leave(moved);
      moved.unmap();
      expect((await exact(index)).distances).toEqual(expected.distances);
      await index.free();
      await held.free();
    });

    it("stay readable for an index when the file is given up, and for a search when the index is freed", async () => {
      const index = kernel.createIndex({ dimension, metric: "dot" });
      const file = mapFile(path, vectors.byteLength);
      index.putMapped(0, vectors, file, 0);
      file.unmap();
      const search = index.search(vectors, { k: 3, exact: true });
      await index.free();
      expect((await search).counts.every((count) => count === 3)).toBe(true);
      expect(() => refusedBy(kernel, file)).toThrow(/unmapped/);
    });

    it("are refused where they do not lie in the file; absent slots are passed over", async () => {
      const index = kernel.createIndex({ dimension, metric: "dot" });
      const file = mapFile(path, vectors.byteLength);
      const one = vectors.subarray(0, dimension);
      expect(() => index.putMapped(0, one, file, rows)).toThrow(/do not lie/);
      index.put(0, one);
      await index.borrow(range(0, 2), file, range(0, 2));
      await expect(index.borrow(range(0, 1), file, range(rows, rows + 1))).rejects.toThrow(/do not lie/);
      await index.hold(range(4, 5));
      await index.free();
      file.unmap();
    });

    it("a file that is missing or too short is refused before it is read", () => {
      expect(() => mapFile(join(folder, "none"), 10)).toThrow(
        expect.objectContaining({ code: "unavailable" }),
      );
      const short = join(folder, "short");
      writeFileSync(short, new Uint8Array(vectors.buffer));
      truncateSync(short, vectors.byteLength - 1);
      expect(() => mapFile(short, vectors.byteLength)).toThrow(/has \d+ bytes, not/);
    });
  });
}

function withoutMapping(kernel: Kernel): void {
  it("files are not mapped, and an index says so", async () => {
    const index = kernel.createIndex({ dimension, metric: "dot" });
    const none = { sizeBytes: 0, unmap: () => {} };
    expect(() => index.putMapped(0, new Float32Array(dimension), none, 0)).toThrow(
      expect.objectContaining({ code: "unimplemented" }),
    );
    for (const call of [
      index.borrow(range(0, 0), none, range(0, 0)),
      index.hold(range(0, 0)),
      index.leave(none),
    ]) {
      await expect(call).rejects.toBeInstanceOf(FrancaError);
    }
    await index.free();
  });
}

function refusedBy(kernel: Kernel, file: MappedFile): void {
  const index = kernel.createIndex({ dimension, metric: "dot" });
  index.putMapped(0, new Float32Array(dimension), file, 0);
}

function answers(index: VectorIndex, vectors: Float32Array) {
  const queries = vectors.subarray(0, 50 * dimension);
  const { slots, distances } = index.searchSync(queries, { k: 10, ef: 40 });
  const exact = index.searchSync(queries, { k: 10, exact: true });
  return { slots, distances, exactSlots: exact.slots, exactDistances: exact.distances };
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function randomRows(): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: rows * dimension }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
