/** Puts checksums (and the lengths beside them) right after a change, so that what is behind them is reached. */
import type { Kernel } from "../../src/engine/kernel.ts";

type Crc32c = Kernel["crc32c"];
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Files that are replaced whole. */
export function fixWhole(bytes: Uint8Array, crc32c: Crc32c): Uint8Array {
  if (bytes.length < 32) return bytes;
  const view = viewOf(bytes);
  view.setBigUint64(24, BigInt(bytes.length - 32), true);
  view.setUint32(8, crc32c(bytes.subarray(12, 32), crc32c(bytes.subarray(32))), true);
  return bytes;
}

/** The kernel's checkpoint, which ends with its checksum. */
export function fixGraph(bytes: Uint8Array, crc32c: Crc32c): Uint8Array {
  if (bytes.length >= 4) viewOf(bytes).setUint32(bytes.length - 4, crc32c(bytes.subarray(0, -4)), true);
  return bytes;
}

export function fixEntry(bytes: Uint8Array, crc32c: Crc32c): Uint8Array {
  if (bytes.length < 8) return bytes;
  viewOf(bytes).setUint32(0, bytes.length - 8, true);
  viewOf(bytes).setUint32(4, crc32c(bytes.subarray(8)), true);
  return bytes;
}

/** A segment's log: its header, and frame after frame as far as their lengths lead. */
export function fixLog(bytes: Uint8Array, crc32c: Crc32c): Uint8Array {
  const view = viewOf(bytes);
  if (bytes.length < 32) return bytes;
  view.setUint32(12, crc32c(bytes.subarray(16, 32)), true);
  for (let at = 32; at + 32 <= bytes.length; ) {
    const length = view.getUint32(at + 8, true);
    if (length < 32 || at + length > bytes.length) break;
    view.setUint32(at + 4, crc32c(bytes.subarray(at + 8, at + length)), true);
    at += length;
  }
  return bytes;
}
