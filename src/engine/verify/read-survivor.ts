/**
 * Reads a point that lives, part by part: what is whole of it, and what is damaged. Fastest in the order of places.
 */

import { FrancaError, isFrancaError } from "../../errors.ts";
import { compareIds, type PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { decodeEntry, type Entry, entryHeaderBytes } from "../log/entry.ts";
import { logFileName, vectorFileName } from "../log/segment.ts";
import { Window } from "../log/window.ts";
import type { DamagedPoint } from "./report.ts";
import { lostRow } from "./rows-of-put.ts";
import type { Salvage } from "./salvage.ts";
import type { Survivor } from "./survivors.ts";

export interface ReadSurvivor {
  id: PointId | undefined;
  /** Undefined where it is damaged. */
  payload: Payload | undefined;
  /** By ordinal; undefined where the point has none, or it is damaged. */
  vectors: (Float32Array | undefined)[];
  damaged: DamagedPoint[];
}

/** In the order in which they lie in the files. */
export function inPlaces(survivors: Iterable<Survivor>, salvage: Salvage): Survivor[] {
  const order = new Map([...salvage.segments.keys()].map((id, index) => [id, index]));
  const rank = ({ entry }: Survivor) => order.get(entry.segment) ?? -1;
  return [...survivors].sort((a, b) => rank(a) - rank(b) || a.entry.offset - b.entry.offset);
}

export class SurvivorReader {
  readonly #salvage: Salvage;
  /** By ordinal. */
  readonly #names: readonly string[];
  readonly #crc32c: Kernel["crc32c"];
  readonly #windows = new Map<File, Window>();

  constructor(salvage: Salvage, names: readonly string[], crc32c: Kernel["crc32c"]) {
    this.#salvage = salvage;
    this.#names = names;
    this.#crc32c = crc32c;
  }

  async read(survivor: Survivor): Promise<ReadSurvivor> {
    const damaged: DamagedPoint[] = [];
    const tell = (file: string, offset: number, how: string, field?: string) =>
      damaged.push({
        ...(survivor.id !== undefined && { id: survivor.id }),
        ...(field !== undefined && { field }),
        file: `${this.#salvage.directory.location}/${file}`,
        offset,
        how,
      });
    const payload = await this.#payload(survivor, tell);
    const vectors: (Float32Array | undefined)[] = [];
    for (const ordinal of this.#names.keys()) vectors.push(await this.#vector(survivor, ordinal, tell));
    return { id: survivor.id, payload, vectors, damaged };
  }

  async #payload({ id, entry }: Survivor, tell: Tell): Promise<Payload | undefined> {
    const { segment, offset, length } = entry;
    const name = logFileName(segment);
    const file = this.#salvage.segments.get(segment)?.log;
    if (file === undefined) return void tell(name, offset, "the file is missing");
    const bytes = await this.#window(file).read(offset, length);
    try {
      const found = this.#decode(bytes, `${segment}:${offset}`);
      if (id !== undefined && compareIds(found.id, id) === 0) return found.payload;
      tell(name, offset, "another point lies there than the slot table says");
    } catch (error) {
      if (!isFrancaError(error, "data_loss")) throw error;
      tell(name, offset, error.message);
    }
    return undefined;
  }

  #decode(bytes: Uint8Array, place: string): Entry {
    const fields = this.#names.length;
    const damage = (how: string) => new FrancaError("data_loss", how);
    if (!this.#salvage.wholeAnyway.has(place)) return decodeEntry(bytes, fields, this.#crc32c, damage);
    // Its frame proves it, and only its own checksum is damaged.
    const mended = bytes.slice();
    const crc = this.#crc32c(mended.subarray(entryHeaderBytes));
    new DataView(mended.buffer).setUint32(4, crc, true);
    return decodeEntry(mended, fields, this.#crc32c, damage);
  }

  async #vector({ vectors }: Survivor, ordinal: number, tell: Tell): Promise<Float32Array | undefined> {
    const place = vectors[ordinal];
    if (place === undefined) return undefined;
    const { segment, row, checksum } = place;
    const name = vectorFileName(segment, ordinal);
    const field = this.#names[ordinal]!;
    const stride = this.#salvage.dimensions[ordinal]! * 4;
    if (row === lostRow) return void tell(name, 0, "nothing tells which of the vectors is its own", field);
    const file = this.#salvage.segments.get(segment)?.vectors[ordinal];
    if (file === undefined) return void tell(name, row * stride, "the file is missing", field);
    const bytes = await this.#window(file).read(row * stride, stride);
    if (bytes.length === stride && this.#crc32c(bytes) === checksum)
      return new Float32Array(bytes.slice().buffer);
    return void tell(name, row * stride, "the vector is missing, or its checksum differs", field);
  }

  #window(file: File): Window {
    let window = this.#windows.get(file);
    if (window === undefined) {
      window = new Window(file);
      this.#windows.set(file, window);
    }
    return window;
  }
}

type Tell = (file: string, offset: number, how: string, field?: string) => void;
