/**
 * Saves one collection: its living points, read part by part. A point whose vector is damaged is written without it,
 * since its payload is what it can be embedded from again; one whose payload is damaged is left out, since a filter
 * that guards it could not.
 */
import { cancelledError, isFrancaError } from "../../errors.ts";
import type { Payload } from "../../model/payload.ts";
import type { Point } from "../../model/point.ts";
import { reservedKey } from "../../model/reserved-key.ts";
import type { CollectionSchema, MultiField, SparseField } from "../../model/schema.ts";
import type { Collection, Store } from "../../store.ts";
import { numberedFields } from "../fields.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { decodeVectors, type EntryVectors, storedVectors, withoutVectors } from "../log/entry-vectors.ts";
import { inPlaces, type ReadSurvivor, SurvivorReader } from "./read-survivor.ts";
import type { RepairOptions } from "./repair.ts";
import type { DamagedPoint, RepairedCollection } from "./report.ts";
import { type Salvage, salvage } from "./salvage.ts";
import { joined, withoutTold } from "./verify-collection.ts";

const pointsAtOnce = 1000;
const bytesAtOnce = 8 * 2 ** 20;

export async function repairCollection(
  name: string,
  { schema: told, isGuessed }: { schema: CollectionSchema; isGuessed: boolean },
  directory: Directory,
  store: Store,
  kernel: Kernel,
  options: RepairOptions,
): Promise<RepairedCollection> {
  const fields = numberedFields(told);
  const crc32c: Kernel["crc32c"] = (bytes, seed) => kernel.crc32c(bytes, seed);
  const dimensions = fields.map((field) => field.dimension);
  let done = 0;
  const onBytes = (bytes: number) => {
    if (options.signal?.aborted) throw cancelledError("repair", options.signal);
    done += bytes;
    options.onProgress?.({ collection: name, bytes: { done, total: Math.max(done, total) } });
  };
  const total = await truthBytes(directory);
  const found = await salvage(directory, dimensions, { crc32c, onBytes });
  const saved: RepairedCollection = {
    name,
    points: 0,
    withoutVector: [],
    lost: [],
    unreadable: [],
    missingLsns: joined(found.missingLsns),
    notes: [],
  };
  try {
    const names = fields.map((field) => field.name);
    const reader = new SurvivorReader(found, names, crc32c);
    const schema = isGuessed ? await withEntryFields(told, found, reader, saved.notes) : told;
    const target = await store.create(name, schema);
    let batch: Point[] = [];
    let bytes = 0;
    const flush = async () => {
      if (batch.length > 0) await write(target, batch, saved);
      batch = [];
      bytes = 0;
    };
    for (const survivor of inPlaces(found.survivors.all(), found)) {
      onBytes(0);
      const read = await reader.read(survivor);
      const point = pointOf(read, names, schema);
      if (point === undefined) saved.lost.push(...read.damaged);
      else {
        saved.withoutVector.push(...read.damaged);
        batch.push(point);
        bytes += survivor.entry.length + dimensions.reduce((sum, dimension) => sum + dimension * 4, 0);
      }
      if (batch.length >= pointsAtOnce || bytes >= bytesAtOnce) await flush();
    }
    await flush();
    saved.unreadable = withoutTold(found.unreadable, [...saved.lost, ...saved.withoutVector]);
    return saved;
  } finally {
    await found.close();
  }
}

/** With the sparse and multi fields that points have: where the catalog is lost, they alone tell of them. */
async function withEntryFields(
  schema: CollectionSchema,
  found: Salvage,
  reader: SurvivorReader,
  notes: string[],
): Promise<CollectionSchema> {
  const sparse: { [name: string]: SparseField } = {};
  const multi: { [name: string]: MultiField } = {};
  for (const survivor of inPlaces(found.survivors.all(), found)) {
    const { payload } = await reader.read(survivor);
    const vectors = payload && entryVectors(payload);
    for (const name of Object.keys(vectors?.sparse ?? {})) sparse[name] = {};
    for (const [name, rows] of Object.entries(vectors?.multi ?? {}))
      multi[name] = { dimension: rows[0]!.length };
  }
  const names = [...Object.keys(sparse), ...Object.keys(multi)];
  if (names.length === 0) return schema;
  notes.push(`modifiers and metrics are lost of ${names.join(", ")}: they are none, and cosine`);
  return { ...schema, sparse, multi };
}

/** Undefined where a payload holds none. */
function entryVectors(payload: Payload): EntryVectors | undefined {
  if (!Object.hasOwn(payload, reservedKey)) return undefined;
  try {
    return decodeVectors(storedVectors(payload));
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function pointOf(
  { id, payload: stored, vectors }: ReadSurvivor,
  names: readonly string[],
  { sparse, multi }: CollectionSchema,
): Point | undefined {
  if (id === undefined || stored === undefined) return undefined;
  const inEntry = sparse === undefined && multi === undefined ? undefined : entryVectors(stored);
  const payload = inEntry === undefined ? stored : withoutVectors(stored);
  const byName: { [field: string]: Float32Array } = {};
  names.forEach((name, ordinal) => {
    const vector = vectors[ordinal];
    if (vector !== undefined) byName[name] = vector;
  });
  return { id, payload, vectors: byName, ...inEntry } as Point;
}

/** One by one where the schema refuses some: the others are saved. */
async function write(target: Collection, points: Point[], saved: RepairedCollection): Promise<void> {
  try {
    saved.points += (await target.upsert(points)).count;
  } catch (error) {
    if (!isFrancaError(error, "invalid_argument")) throw error;
    if (points.length > 1) {
      for (const point of points) await write(target, [point], saved);
      return;
    }
    const lost: DamagedPoint = { id: points[0]!.id, file: target.name, offset: 0, how: error.message };
    saved.lost.push(lost);
  }
}

async function truthBytes(directory: Directory): Promise<number> {
  let bytes = 0;
  for (const name of await directory.list()) {
    if (!name.startsWith("segment-")) continue;
    const file = await directory.open(name);
    bytes += await file.size();
    await file.close();
  }
  return bytes;
}
