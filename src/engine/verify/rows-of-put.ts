/**
 * In which row each vector of a put lies. An entry that is damaged does not say whether it has one: then the rows before
 * the first such entry are counted from the front, and those behind the last from the back.
 */
import type { ReadRecord } from "../log/record.ts";

/** A row that no file has: its bytes will be missing. */
export const lostRow = 0xfffffffe;

/** By entry: its row, `lostRow` where that cannot be told, undefined where it has no vector in the field. */
export function rowsOfPut(
  record: Extract<ReadRecord, { kind: "put" }>,
  ordinal: number,
): (number | undefined)[] {
  const { firstRow, count, checksums } = record.vectors[ordinal]!;
  const damaged = record.entries.damaged ?? [];
  const present = checksums.filter((checksum) => checksum !== undefined).length;
  const unsaid = count - present;
  const isSure = unsaid === 0 || unsaid === damaged.length;
  const rows: (number | undefined)[] = [];
  const unsure = { from: damaged[0] ?? checksums.length, to: damaged.at(-1) ?? -1 };
  let row = firstRow;
  for (const [i, checksum] of checksums.entries()) {
    if (!isSure && i === unsure.to + 1) {
      const behind = checksums.slice(i).filter((other) => other !== undefined).length;
      row = firstRow + count - behind;
    }
    if (checksum === undefined) {
      rows.push(undefined);
      if (isSure && unsaid > 0 && damaged.includes(i)) row++;
    } else {
      rows.push(!isSure && i > unsure.from && i < unsure.to ? lostRow : row);
      row++;
    }
  }
  return rows;
}
