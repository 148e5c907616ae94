/**
 * Reads the static model's file (layout: assets/static-model/README.md). Its bytes are not trusted: whatever does not
 * fit the layout to the byte, or fails its checksum, is `data_loss`.
 */

import { FrancaError } from "../../errors.ts";
import { crc32 } from "../crc32.ts";

export interface StaticModel {
  dimension: number;
  /** Row i of the table is the vector of piece i: `scales[i] · table[i·dimension …]`. */
  table: Int8Array;
  scales: Float32Array;
  vocabulary: readonly string[];
  /** Pieces of a text that are read. */
  maxPieces: number;
  /** A piece that first occurs at index i weighs `1 / (1 + max(0, i − positionFree) / positionScale)`. */
  positionFree: number;
  positionScale: number;
  /** CRC-32 of the file, as eight hexadecimal digits. */
  checksum: string;
}

const magic = "FRANCASM";
const version = 1;
const headerBytes = 64;
const checksumBytes = 4;
const largestDimension = 4096;
const largestRows = 1 << 20;
/** Counts of pieces fit 16 bits. */
const largestPieces = (1 << 16) - 1;

/** @throws FrancaError data_loss when the bytes are not a whole, undamaged model file of this version. */
export function readModelFile(bytes: Uint8Array): StaticModel {
  if (bytes.length < headerBytes + checksumBytes) {
    throw damaged(`expected at least ${headerBytes + checksumBytes} bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { dimension, rows, vocabularyBytes } = header;
  const tableAt = headerBytes + 2 * rows;
  const vocabularyAt = tableAt + rows * dimension;
  const checksumAt = vocabularyAt + vocabularyBytes;
  if (bytes.length !== checksumAt + checksumBytes) {
    throw damaged(`its header promises ${checksumAt + checksumBytes} bytes, and there are ${bytes.length}`);
  }
  const stored = view.getUint32(checksumAt, true);
  const computed = crc32(bytes.subarray(0, checksumAt));
  if (stored !== computed) throw damaged(`its checksum says ${hex(stored)}, its bytes give ${hex(computed)}`);
  return {
    dimension,
    // A view, not a copy: the table is nearly the whole file.
    table: new Int8Array(bytes.buffer, bytes.byteOffset + tableAt, rows * dimension),
    scales: readScales(view, rows),
    vocabulary: readVocabulary(bytes.subarray(vocabularyAt, checksumAt), rows),
    maxPieces: header.maxPieces,
    positionFree: header.positionFree,
    positionScale: header.positionScale,
    checksum: hex(stored),
  };
}

interface Header {
  dimension: number;
  rows: number;
  maxPieces: number;
  positionFree: number;
  positionScale: number;
  vocabularyBytes: number;
}

function readHeader(view: DataView): Header {
  const found = Array.from({ length: magic.length }, (_, i) => String.fromCharCode(view.getUint8(i))).join(
    "",
  );
  if (found !== magic) throw damaged(`expected it to begin with ${magic}, got ${JSON.stringify(found)}`);
  const foundVersion = view.getUint32(8, true);
  if (foundVersion !== version) throw damaged(`expected format version ${version}, got ${foundVersion}`);
  return {
    dimension: within("dimension", view.getUint32(12, true), 1, largestDimension),
    rows: within("rows", view.getUint32(16, true), 1, largestRows),
    maxPieces: within("maxPieces", view.getUint32(20, true), 1, largestPieces),
    positionFree: within("positionFree", view.getFloat32(24, true), 0, largestPieces),
    positionScale: within("positionScale", view.getFloat32(28, true), 1e-3, largestPieces),
    vocabularyBytes: view.getUint32(32, true),
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw damaged(`expected ${name} from ${least} to ${most}, got ${value}`);
}

function readScales(view: DataView, rows: number): Float32Array {
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = halfToNumber(view.getUint16(headerBytes + 2 * row, true));
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
      throw damaged(`expected a positive scale for row ${row}, got ${scale}`);
    }
    scales[row] = scale;
  }
  return scales;
}

/** IEEE 754 binary16; Float16Array is younger than the runtimes we support. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readVocabulary(bytes: Uint8Array, rows: number): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damaged("its word pieces are not UTF-8", cause);
  }
  const pieces = text.split("\n");
  if (pieces.length !== rows) throw damaged(`expected ${rows} word pieces, got ${pieces.length}`);
  if (!pieces.includes("[UNK]")) throw damaged("its word pieces lack [UNK]");
  return pieces;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

function damaged(what: string, cause?: unknown): FrancaError {
  return new FrancaError(
    "data_loss",
    `The static model's file is damaged or not one: ${what}. Install franca again, or pass the bytes of a whole model.bin`,
    { cause },
  );
}
