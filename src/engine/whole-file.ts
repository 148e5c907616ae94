/**
 * Small files that are replaced whole: catalog, manifests, checkpoints. A reader sees the old content or the new one,
 * never a mixture, and every bit is under the checksum.
 *
 * Layout, little-endian: magic "FRANCA" and two letters of kind (8 bytes), CRC-32C of the body and then
 * of the rest of this header (u32), format version (u32), LSN (u64), body length (u64), body.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import type { Warning } from "../model/result.ts";
import type { Directory } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import { mediumFailure } from "./medium-failure.ts";

type Crc32c = Kernel["crc32c"];

export interface WholeFileFormat {
  /** Two ASCII letters. */
  kind: string;
  /** The newest version this build writes and reads. */
  version: number;
}

export interface WholeFile {
  version: number;
  /** The log sequence number that the content covers; 0 where that has no meaning. */
  lsn: number;
  body: Uint8Array;
}

const headerBytes = 32;

/** What to do about damaged truth. */
export const howToMend: string =
  "run `franca verify` to see what is lost, and `franca repair` to save the rest, or restore a backup";

/**
 * Temporary file, sync, rename, sync of the folder.
 * @throws FrancaError with details.outcome "undone" (the old content is there) or "unknown" (either may be)
 */
export async function replaceWhole(
  directory: Directory,
  name: string,
  format: WholeFileFormat,
  content: { lsn: number; body: Iterable<Uint8Array> | AsyncIterable<Uint8Array> },
  crc32c: Crc32c,
): Promise<void> {
  const temporary = `${name}.new`;
  try {
    await writeTemporary(directory, temporary, format, content, crc32c);
  } catch (error) {
    throw mediumFailure(error, "undone");
  }
  try {
    await directory.rename(temporary, name);
    await directory.sync();
  } catch (error) {
    throw mediumFailure(error, "unknown");
  }
}

async function writeTemporary(
  directory: Directory,
  temporary: string,
  format: WholeFileFormat,
  content: { lsn: number; body: Iterable<Uint8Array> | AsyncIterable<Uint8Array> },
  crc32c: Crc32c,
): Promise<void> {
  const file = await directory.open(temporary, { create: true });
  try {
    await file.truncate(0);
    let length = 0;
    let crc = 0;
    for await (const piece of content.body) {
      await file.write(headerBytes + length, [piece]);
      length += piece.length;
      crc = crc32c(piece, crc);
    }
    await file.write(0, [headerOf(format, content.lsn, length, crc, crc32c)]);
    await file.sync();
  } finally {
    await file.close();
  }
}

function headerOf(
  format: WholeFileFormat,
  lsn: number,
  length: number,
  bodyCrc: number,
  crc32c: Crc32c,
): Uint8Array {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode(`FRANCA${format.kind}`));
  view.setUint32(12, format.version, true);
  view.setBigUint64(16, BigInt(lsn), true);
  view.setBigUint64(24, BigInt(length), true);
  view.setUint32(8, crc32c(header.subarray(12), bodyCrc), true);
  return header;
}

/**
 * @throws FrancaError not_found; data_loss when the bytes are not what was written;
 * failed_precondition when a newer build wrote them
 */
export async function readWhole(
  directory: Directory,
  name: string,
  format: WholeFileFormat,
  crc32c: Crc32c,
): Promise<WholeFile> {
  const where = `${directory.location}/${name}`;
  const file = await directory.open(name);
  let bytes: Uint8Array;
  try {
    bytes = await file.read(0, await file.size());
  } finally {
    await file.close();
  }
  if (bytes.length < headerBytes) throw damaged(where, `it has ${bytes.length} bytes, less than its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder("latin1").decode(bytes.subarray(0, 8));
  if (magic !== `FRANCA${format.kind}`) throw damaged(where, "its first bytes are not its magic");
  const crc = crc32c(bytes.subarray(12, headerBytes), crc32c(bytes.subarray(headerBytes)));
  if (crc !== view.getUint32(8, true)) throw damaged(where, "its checksum differs");
  const version = view.getUint32(12, true);
  if (version > format.version) {
    throw new FrancaError(
      "failed_precondition",
      `${where} has format version ${version}; this build reads up to ${format.version}: open it with a newer Franca`,
      { details: { file: where, version, newest: format.version } },
    );
  }
  if (view.getBigUint64(24, true) !== BigInt(bytes.length - headerBytes)) {
    throw damaged(where, "its length differs from the one it names");
  }
  return { version, lsn: Number(view.getBigUint64(16, true)), body: bytes.subarray(headerBytes) };
}

/**
 * What it means that a derived file could not be used: nothing, where there is none and none was expected; else a warning.
 * @throws the error when it is neither damage nor content that does not fit (RangeError, SyntaxError)
 */
export function unusable(
  error: unknown,
  { where, isExpected, instead }: { where: string; isExpected: boolean; instead: string },
): Warning | undefined {
  if (isFrancaError(error, "not_found") && !isExpected) return undefined;
  const isUnfit = error instanceof RangeError || error instanceof SyntaxError || error instanceof FrancaError;
  if (!isUnfit) throw error;
  return {
    code: "derived_rebuilt",
    message: `${where} could not be used (${error.message}); ${instead}`,
    details: { file: where },
  };
}

function damaged(where: string, how: string): FrancaError {
  // A checkpoint is made anew from the log; nobody need do anything.
  const mend = where.endsWith(".checkpoint") ? "" : `; ${howToMend}`;
  return new FrancaError("data_loss", `${where} is damaged: ${how}${mend}`, {
    details: { file: where, offset: 0 },
  });
}
