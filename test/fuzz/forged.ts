/** A database whose first put names a slot of one's choice, under checksums that hold, to be replayed whole. */

import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { CollectionInfo } from "../../src/store.ts";
import { build, smallSegments } from "../damage/database.ts";
import { openOn } from "../engine/opened.ts";
import { fixLog } from "./fix-up.ts";

export async function openForged(slot: number): Promise<CollectionInfo> {
  const { disk } = await build({ optimized: false });
  const kernel = await loadKernel();
  const folder = "collection-000001";
  const bytes = disk.bytes(`${folder}/segment-000001.log`).slice();
  // Behind the headers of segment, frame and record.
  new DataView(bytes.buffer).setUint32(32 + 32 + 5, slot, true);
  disk.replace(
    `${folder}/segment-000001.log`,
    fixLog(bytes, (piece, seed) => kernel.crc32c(piece, seed)),
  );
  await (await disk.root.directory(folder)).remove("slots.checkpoint");
  const store = await openOn(disk.root, smallSegments);
  try {
    return await store.describe("things");
  } finally {
    await store.close();
  }
}
