/**
 * A frame's header with one damaged field. What the field must have been follows from what is around the frame, and the
 * frame's checksum then says whether it was.
 */
import type { Kernel } from "../kernel.ts";
import { frameHeaderBytes } from "../log/frame.ts";
import type { LsnRange } from "./report.ts";

/** Undefined where no single field put right makes the checksum hold. @param bytes the frame, to where the next begins */
export function mendHeader(
  bytes: Uint8Array,
  lsns: LsnRange | undefined,
  crc32c: Kernel["crc32c"],
): { firstLsn: number; count: number } | undefined {
  if (bytes.length < frameHeaderBytes) return undefined;
  const header = bytes.slice(0, frameHeaderBytes);
  const view = new DataView(header.buffer);
  const crc = view.getUint32(4, true);
  const said = { firstLsn: Number(view.getBigUint64(16, true)), count: view.getUint32(12, true) };
  const firstLsn = lsns?.from ?? said.firstLsn;
  const count = lsns === undefined ? said.count : lsns.to - lsns.from + 1;
  if (!Number.isSafeInteger(firstLsn) || count < 1) return undefined;
  const holds = (change: () => void): boolean => {
    header.set(bytes.subarray(0, frameHeaderBytes));
    change();
    return crc32c(bytes.subarray(frameHeaderBytes), crc32c(header.subarray(8))) === crc;
  };
  const changes = [
    // The magic alone, which the checksum does not cover.
    () => {},
    () => view.setUint32(8, bytes.length, true),
    () => view.setUint32(12, count, true),
    () => view.setBigUint64(16, BigInt(firstLsn), true),
    // As it is when every append waits for the one before.
    () => view.setBigUint64(24, BigInt(firstLsn - 1), true),
  ];
  const isMended =
    changes.some(holds) &&
    view.getUint32(8, true) === bytes.length &&
    view.getUint32(12, true) === count &&
    view.getBigUint64(16, true) === BigInt(firstLsn);
  return isMended ? { firstLsn, count } : undefined;
}
