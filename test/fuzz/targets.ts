/** The readers of every file format, each with true bytes to begin from. */
import { readCatalog } from "../../src/engine/catalog.ts";
import { decodeSlots } from "../../src/engine/checkpoint/slots-file.ts";
import { loadPayloadIndexes } from "../../src/engine/index/payload-indexes.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { Kernel } from "../../src/engine/kernel.ts";
import { looseRecords } from "../../src/engine/log/damaged-frame.ts";
import { decodeEntry } from "../../src/engine/log/entry.ts";
import { frameHeaderBytes, readFrameHeader } from "../../src/engine/log/frame.ts";
import { readManifest } from "../../src/engine/log/manifest.ts";
import { recordsOf } from "../../src/engine/log/record.ts";
import { readSegmentHeader } from "../../src/engine/log/segment.ts";
import { repair } from "../../src/engine/verify/repair.ts";
import { verify } from "../../src/engine/verify/verify.ts";
import { FrancaError } from "../../src/errors.ts";
import { build, smallSegments, thingsSchema } from "../damage/database.ts";
import { askAll } from "../damage/outcome.ts";
import { Disk } from "../engine/disk.ts";
import { openOn } from "../engine/opened.ts";
import { fixEntry, fixGraph, fixLog, fixWhole } from "./fix-up.ts";

export interface Target {
  name: string;
  /** True bytes. */
  samples: Uint8Array[];
  /** Puts checksums right. */
  fix(bytes: Uint8Array): Uint8Array;
  /** Reads; whatever is not a FrancaError is a finding. */
  read(bytes: Uint8Array): unknown;
  /** How dear it is: of so many executions of others it gets one. */
  cost: number;
}

export async function allTargets(): Promise<Target[]> {
  const { disk: whole } = await build();
  const kernel = await loadKernel();
  const crc32c: Kernel["crc32c"] = (bytes, seed) => kernel.crc32c(bytes, seed);
  const folder = "collection-000001";
  const paths = whole.files();
  const bytesOf = (suffix: string) =>
    paths.filter((path) => path.endsWith(suffix)).map((path) => whole.bytes(path));
  const on = (path: string, bytes: Uint8Array): Disk => {
    const disk = whole.copy();
    disk.replace(path, bytes);
    return disk;
  };
  const damage = (how: string) => new FrancaError("data_loss", how);
  const whole32 = (bytes: Uint8Array) => fixWhole(bytes, crc32c);

  const frames = bytesOf(".log").flatMap(framesOf);
  const entries = frames.flatMap((frame) => entriesOf(frame, crc32c));
  const targets: Target[] = [
    {
      name: "catalog",
      samples: bytesOf("catalog"),
      fix: whole32,
      read: (bytes) => readCatalog(on("catalog", bytes).root, crc32c),
      cost: 4,
    },
    {
      name: "manifest",
      samples: bytesOf("manifest"),
      fix: whole32,
      read: async (bytes) =>
        readManifest(await on(`${folder}/manifest`, bytes).root.directory(folder), crc32c),
      cost: 4,
    },
    {
      name: "segment header",
      samples: bytesOf(".log").map((bytes) => bytes.slice(0, 32)),
      fix: (bytes) => fixLog(bytes, crc32c),
      read: async (bytes) => {
        const path = paths.find((each) => each.endsWith(".log"))!;
        const directory = await on(path, bytes).root.directory(path.split("/")[0]!);
        return readSegmentHeader(await directory.open(path.split("/")[1]!), crc32c);
      },
      cost: 4,
    },
    {
      name: "frame and records",
      samples: frames,
      fix: (bytes) => bytes,
      read: (bytes) => {
        const header = readFrameHeader(bytes);
        return header && looseRecords(bytes, header.count, 2, crc32c);
      },
      cost: 1,
    },
    {
      name: "entry",
      samples: entries,
      fix: (bytes) => fixEntry(bytes, crc32c),
      read: (bytes) => decodeEntry(bytes, 2, crc32c, damage),
      cost: 1,
    },
    {
      name: "slots checkpoint",
      samples: bytesOf("slots.checkpoint").map((bytes) => bytes.slice(32)),
      fix: (bytes) => bytes,
      read: (bytes) => typedOrUnfit(() => decodeSlots(bytes, [12, 8])),
      cost: 2,
    },
    {
      name: "payload-indexes checkpoint",
      samples: bytesOf("payload-indexes.checkpoint").map((bytes) => bytes.slice(bytes.indexOf(10, 32) + 1)),
      fix: (bytes) => bytes,
      read: (bytes) => loadPayloadIndexes(thingsSchema.payload!, bytes),
      cost: 2,
    },
    ...(await graphTargets(crc32c)),
  ];
  // Whole databases with one file changed: opened, asked everything, verified and repaired.
  const opened = { ".log": fixLog, catalog: fixWhole, manifest: fixWhole, ".checkpoint": fixWhole };
  for (const [suffix, fixed] of Object.entries(opened)) {
    const own = paths.filter((path) => path.endsWith(suffix));
    let next = 0;
    targets.push({
      name: `database with a changed ${suffix}`,
      samples: own.map((path) => whole.bytes(path)),
      fix: (bytes) => fixed(bytes, crc32c),
      read: async (bytes) => {
        const path = own[next++ % own.length]!;
        const disk = on(path, bytes);
        // Without it all of the log is replayed.
        const isReplayed = next % 3 !== 0 && path.includes("/") && !path.endsWith(".checkpoint");
        if (isReplayed) await (await disk.root.directory(path.split("/")[0]!)).remove("slots.checkpoint");
        await everything(disk);
      },
      cost: 60,
    });
  }
  return targets;
}

/** Content that does not fit may be a RangeError to the loader of checkpoints, which makes a warning of it. */
async function typedOrUnfit(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof SyntaxError)) throw error;
    if (/allocation|Invalid typed array length|Invalid array length/.test(error.message))
      throw new Error(`too much: ${error.message}`);
  }
}

async function everything(disk: Disk): Promise<void> {
  const typed = (error: unknown) => {
    if (!(error instanceof FrancaError) || error.code === "internal") throw error;
  };
  await verify(disk.copy().root).catch(typed);
  await repair(disk.copy().root, new Disk().root).catch(typed);
  const store = await openOn(disk.root, smallSegments).catch(typed);
  if (store === undefined) return;
  await askAll(store).catch(typed);
  await store.close().catch(typed);
}

async function graphTargets(crc32c: Kernel["crc32c"]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const build of ["native", "wasm"] as const) {
    const kernel = await loadKernel({ prefer: build }).catch(() => undefined);
    if (kernel === undefined) continue;
    const filled = () => {
      const index = kernel.createIndex({ dimension: 4, metric: "euclidean", m: 4 });
      index.put(
        0,
        Float32Array.from({ length: 160 }, (_, i) => Math.sin(i * 7.3)),
      );
      return index;
    };
    const index = filled();
    await index.build({ threads: 1 });
    const pieces: Uint8Array[] = [];
    for await (const piece of index.save()) pieces.push(piece.slice());
    await index.free();
    targets.push({
      name: `graph checkpoint, ${build}`,
      samples: [new Uint8Array(Buffer.concat(pieces))],
      fix: (bytes) => fixGraph(bytes, crc32c),
      read: async (bytes) => {
        const fresh = filled();
        try {
          await fresh.load(inPieces(bytes));
          fresh.searchSync(new Float32Array([1, 2, 3, 4]), { k: 5 });
        } finally {
          await fresh.free();
        }
      },
      cost: 6,
    });
  }
  return targets;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

function framesOf(log: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 32; at < log.length; ) {
    const { length } = readFrameHeader(log.subarray(at))!;
    frames.push(log.slice(at, at + length));
    at += length;
  }
  return frames;
}

function entriesOf(frame: Uint8Array, crc32c: Kernel["crc32c"]): Uint8Array[] {
  const { count } = readFrameHeader(frame)!;
  const body = frame.subarray(frameHeaderBytes);
  const bytes = [...recordsOf(body, count)].map((record) => record.bytes);
  return (looseRecords(frame, count, 2, crc32c) ?? []).flatMap(({ record }, i) => {
    if (!("entries" in record)) return [];
    const { offsets, lengths } = record.entries;
    return offsets.map((offset, each) => bytes[i]!.slice(offset, offset + lengths[each]!));
  });
}
