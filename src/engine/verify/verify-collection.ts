/**
 * Verifies one collection: all of its truth is read, every living point looked at, and opening tried.
 */
import type { PointId } from "../../model/id.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { numberedFields } from "../fields.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { logFileName } from "../log/segment.ts";
import { tryOpening } from "./derived.ts";
import { foreignFiles } from "./leftovers.ts";
import { inPlaces, SurvivorReader } from "./read-survivor.ts";
import type { CollectionReport, DamagedPoint, UnreadableRegion } from "./report.ts";
import { type Salvage, salvage } from "./salvage.ts";

export async function verifyCollection(
  name: string,
  schema: CollectionSchema,
  directory: Directory,
  kernel: Kernel,
  onBytes: (bytes: number) => void,
): Promise<CollectionReport> {
  const fields = numberedFields(schema);
  const crc32c: Kernel["crc32c"] = (bytes, seed) => kernel.crc32c(bytes, seed);
  const dimensions = fields.map((field) => field.dimension);
  const found = await salvage(directory, dimensions, { crc32c, onBytes });
  let damaged: DamagedPoint[];
  try {
    damaged = await damagedPoints(found, fields, crc32c, onBytes);
    found.unreadable = withoutTold(found.unreadable, damaged);
    nameIds(found);
  } finally {
    await found.close();
  }
  const trial = await tryOpening(name, schema, directory, kernel);
  return {
    name,
    points: found.survivors.size,
    damaged,
    unreadable: found.unreadable,
    missingLsns: joined(found.missingLsns),
    ...trial,
    leftovers: [...found.leftovers, ...(await foreignFiles(directory, found))],
  };
}

async function damagedPoints(
  found: Salvage,
  fields: readonly { name: string }[],
  crc32c: Kernel["crc32c"],
  onBytes: (bytes: number) => void,
): Promise<DamagedPoint[]> {
  const names = fields.map((field) => field.name);
  const reader = new SurvivorReader(found, names, crc32c);
  const damaged: DamagedPoint[] = [];
  for (const survivor of inPlaces(found.survivors.all(), found)) {
    damaged.push(...(await reader.read(survivor)).damaged);
    onBytes(0);
  }
  return damaged;
}

/** Vectors of living points are told with them; those of others hide nothing. */
export function withoutTold(
  unreadable: Salvage["unreadable"],
  damaged: readonly DamagedPoint[],
): UnreadableRegion[] {
  const told = new Set(damaged.map(({ file, offset }) => `${file}:${offset}`));
  return unreadable.flatMap((region) => {
    if (region.point === undefined) return [region];
    if (told.has(`${region.file}:${region.offset}`)) return [];
    const { point: _, ...rest } = region;
    return [{ ...rest, how: `${region.how}; its point was deleted or replaced since` }];
  });
}

/** Says of each region which living points lay there. */
function nameIds(found: Salvage): void {
  const byFile = new Map<string, UnreadableRegion[]>();
  for (const region of found.unreadable) {
    byFile.set(region.file, [...(byFile.get(region.file) ?? []), region]);
  }
  if (byFile.size === 0) return;
  for (const { id, entry } of found.survivors.all()) {
    const path = `${found.directory.location}/${logFileName(entry.segment)}`;
    for (const region of byFile.get(path) ?? []) {
      if (id === undefined || entry.offset < region.offset || entry.offset >= region.offset + region.length)
        continue;
      const ids: PointId[] = region.ids ?? [];
      ids.push(id);
      region.ids = ids;
    }
  }
}

/** Ranges that touch are one. */
export function joined(ranges: CollectionReport["missingLsns"]): CollectionReport["missingLsns"] {
  const result: CollectionReport["missingLsns"] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else result.push({ ...range });
  }
  return result;
}
