/** Power cuts while a snapshot is written: its list is there only when all that it lists is. */
import { expect, test } from "vitest";
import { readFolder } from "../../src/engine/backup/read.ts";
import { checkSnapshot } from "../../src/engine/backup/restore.ts";
import { folderTarget } from "../../src/engine/backup/target.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { FrancaError } from "../../src/errors.ts";
import { Disk } from "../engine/disk.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { seed } from "../seed.ts";

test("whatever survives, a snapshot that can be read is whole", async () => {
  const segmentBytes = { log: 2048, vectors: 2048 };
  const store = (await openOn(memoryDirectory(), { segmentBytes })) as Engine;
  const collection = await store.create("c", { vectors: { v: { dimension: 3 } } });
  for (let i = 0; i < 60; i++) await collection.upsert([{ id: i, vector: [i, 1, 2], payload: { i } }]);
  const kernel = await loadKernel();
  const crc32c = (bytes: Uint8Array, before?: number) => kernel.crc32c(bytes, before);
  const nothing = { finish: async () => {}, abandon: async () => {} };
  let [whole, broken] = [0, 0];
  const random = seeded(seed);
  for (let round = 0; round < 150; round++) {
    const disk = new Disk();
    // The last rounds get to the end.
    const operations = Math.floor(round * 2.2);
    let done = 0;
    let found: Disk | undefined;
    disk.before = () => {
      if (done++ < operations || found !== undefined) return;
      found = disk.cutPower(random);
      throw Object.assign(new Error("the power is off"), { code: "EIO" });
    };
    await store.snapshotInto(async () => folderTarget(disk.root, nothing)).catch(() => {});
    const after = found ?? disk.cutPower(random);
    const source = {
      location: "disk",
      read: (reading: Parameters<typeof readFolder>[2]) => readFolder(after.root, crc32c, reading),
    };
    const outcome = await checkSnapshot(source, crc32c, {}).catch((error: FrancaError) => error);
    if (outcome instanceof Error) {
      expect(outcome.code).toBe("data_loss");
      // Nothing but the list tells that it is no snapshot: there is no list whose files are not there.
      expect(outcome.message).toContain("is no whole snapshot");
      broken++;
    } else {
      expect(outcome.collections).toEqual([{ name: "c", lsn: 60 }]);
      whole++;
    }
  }
  expect(Math.min(whole, broken)).toBeGreaterThan(5);
  await store.close();
});
