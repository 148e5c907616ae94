/**
 * Frames: what one append writes, the records of a group of calls that are committed together, under one checksum.
 * A frame counts whole or not at all.
 *
 *   magic u32, crc32c u32 (of all that follows), length u32 (with this header), records u32,
 *   LSN of the first record u64 (the others follow it), LSN known to be synced before this append u64, records
 */
import type { Kernel } from "../kernel.ts";

export interface FrameHeader {
  crc: number;
  length: number;
  count: number;
  firstLsn: number;
  /** Records up to here had been synced when this frame was written; damage to them is no torn tail. */
  syncedLsn: number;
}

export const frameHeaderBytes = 32;
/** The most bytes a frame may have. */
export const maxFrameBytes: number = 2 ** 30;
/** Begins with a byte that UTF-8 never holds, so that no payload looks like a frame. */
const magicBytes = [0xff, 0xf1, 0xa2, 0xc3] as const;

export function encodeFrameHeader(
  records: readonly Uint8Array[],
  lsns: { firstLsn: number; syncedLsn: number },
  crc32c: Kernel["crc32c"],
): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes);
  const view = new DataView(header.buffer);
  header.set(magicBytes);
  view.setUint32(
    8,
    records.reduce((sum, record) => sum + record.length, frameHeaderBytes),
    true,
  );
  view.setUint32(12, records.length, true);
  view.setBigUint64(16, BigInt(lsns.firstLsn), true);
  view.setBigUint64(24, BigInt(lsns.syncedLsn), true);
  let crc = crc32c(header.subarray(8));
  for (const record of records) crc = crc32c(record, crc);
  view.setUint32(4, crc, true);
  return header;
}

/** Undefined where the bytes cannot be a frame's header. The checksum is not looked at. */
export function readFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < frameHeaderBytes || magicBytes.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(8, true);
  if (length < frameHeaderBytes || length > maxFrameBytes) return undefined;
  return {
    crc: view.getUint32(4, true),
    length,
    count: view.getUint32(12, true),
    firstLsn: Number(view.getBigUint64(16, true)),
    syncedLsn: Number(view.getBigUint64(24, true)),
  };
}

export function frameHolds(frame: Uint8Array, header: FrameHeader, crc32c: Kernel["crc32c"]): boolean {
  return frame.length === header.length && crc32c(frame.subarray(8)) === header.crc;
}

/** The first place at or after `from` where a frame's magic could stand; −1 where there is none. */
export function nextMagic(bytes: Uint8Array, from: number): number {
  return bytes.indexOf(magicBytes[0], from);
}
