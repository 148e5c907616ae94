/**
 * The calibration of a vector field on the medium, beside the graph it is of: a derived file, replaced whole. A missing
 * one is no news; a damaged one is measured anew, with a warning.
 *
 *   header length u32, header as JSON, then the vectors that were searched by, as float32
 */
import { FrancaError } from "../../errors.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { readWhole, replaceWhole, unusable, type WholeFileFormat } from "../whole-file.ts";
import type { Curve } from "./curve.ts";
import type { FilterClass } from "./filter-class.ts";

const format: WholeFileFormat = { kind: "CA", version: 1 };
const nameOf = (ordinal: number) => `calibration-${ordinal}.checkpoint`;

export interface StoredCalibration {
  cells: StoredCell[];
  asked: { vectors: readonly Float32Array[]; total: number };
}

export interface StoredCell {
  filter: FilterClass;
  k: number;
  /** Whether a query has asked for it. */
  isWanted: boolean;
  curve: Curve;
  /** Points when it was measured, and points written and deleted since. */
  points: number;
  changes: number;
  /** Queries asked before it was measured. */
  askedBefore: number;
}

interface Header {
  dimension: number;
  cells: StoredCell[];
  asked: { count: number; total: number };
}

export async function writeCalibration(
  directory: Directory,
  ordinal: number,
  dimension: number,
  lsn: number,
  { cells, asked }: StoredCalibration,
  crc32c: Kernel["crc32c"],
): Promise<void> {
  const header: Header = {
    dimension,
    cells,
    asked: { count: asked.vectors.length, total: asked.total },
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  const vectors = asked.vectors.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  await replaceWhole(directory, nameOf(ordinal), format, { lsn, body: [length, text, ...vectors] }, crc32c);
}

/** @param lsn of the log: what was measured of points that are lost is of no use */
export async function readCalibration(
  directory: Directory,
  ordinal: number,
  dimension: number,
  lsn: number,
  crc32c: Kernel["crc32c"],
  warn: (warning: Warning) => void,
): Promise<StoredCalibration | undefined> {
  const name = nameOf(ordinal);
  try {
    const file = await readWhole(directory, name, format, crc32c);
    if (file.lsn > lsn) throw new FrancaError("data_loss", "the log ends before it");
    return decode(file.body, dimension);
  } catch (error) {
    const where = `${directory.location}/${name}`;
    const warning = unusable(error, { where, isExpected: false, instead: "recall is measured anew" });
    if (warning !== undefined) warn(warning);
    return undefined;
  }
}

function decode(body: Uint8Array, dimension: number): StoredCalibration {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const headerLength = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + headerLength))) as Header;
  if (header.dimension !== dimension) {
    throw new FrancaError("data_loss", `it is of ${header.dimension} dimensions, not ${dimension}`);
  }
  // Copied, since vectors need not begin at a multiple of 4.
  const bytes = body.slice(4 + headerLength);
  const { count, total } = header.asked;
  if (bytes.length !== count * dimension * 4) throw new FrancaError("data_loss", "vectors are missing");
  const vectors = Array.from(
    { length: count },
    (_, i) => new Float32Array(bytes.buffer, i * dimension * 4, dimension),
  );
  return { cells: header.cells, asked: { vectors, total } };
}
